"""The URDF of an arm with what is mounted on its flange: for RViz and simulators that load URDF."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence, Tuple
from xml.dom import minidom
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from rl_manip_description.model.arm import Arm
from rl_manip_description.model.gripper import Gripper, GripperShape
from rl_manip_description.model.own_kinematics import arm_urdf


class GripperParts(NamedTuple):
    """Names that a gripper has in the URDF; fingers are the left and the right one."""

    body: str
    """Link that stands still relative to the flange."""
    pin: str
    """Link that the gripper's joint of /joint_states turns."""
    finger_links: Tuple[str, str]
    finger_joints: Tuple[str, str]


def gripper_parts(gripper: Gripper) -> GripperParts:
    """What links and joints of a gripper are called."""
    prefix = gripper.joint_name.partition("_left_knuckle")[0]
    fingers = [f"{prefix}_{side}_finger" for side in ("left", "right")]
    left, right = fingers
    return GripperParts(
        body=f"{prefix}_base_link",
        pin=f"{prefix}_left_knuckle_link",
        finger_links=(f"{left}_link", f"{right}_link"),
        finger_joints=(f"{left}_joint", f"{right}_joint"),
    )


def robot_urdf(arm: Arm, mimic: bool = True) -> str:
    """URDF text of the arm and, where it has one, its gripper.

    The gripper's joint of /joint_states turns a small pin, and both fingers slide by mimicking it:
    closed_position is finger travel 0 to either side, open_position half the largest opening.

    Args:
      arm: which arm.
      mimic: False for simulators that know no such joints: without the pin, each finger by itself,
        and the gripper's body marked to be kept where fixed joints are merged.
    """
    robot = ElementTree.fromstring(arm_urdf(arm))
    if arm.gripper is not None:
        _add_gripper(robot, arm.gripper, arm.flange_frame, mimic)
    for element in robot.iter():  # the file's own indentation would come out doubled
        element.text, element.tail = (element.text or "").strip() or None, None
    return indented(robot)


def indented(robot: Element) -> str:
    """The text of a URDF, an element a line."""
    text = ElementTree.tostring(robot, encoding="unicode")
    return minidom.parseString(text).toprettyxml(indent="  ")


def _add_gripper(robot: Element, gripper: Gripper, flange: str, mimic: bool) -> None:
    parts = gripper_parts(gripper)
    body = parts.body
    _add_link(robot, body, gripper.mass - 2.0 * gripper.finger_mass, gripper.body, side=1.0)
    mount = _add_joint(
        robot, f"{flange}-{body}", "fixed", flange, body, (0.0, 0.0, 0.0), gripper.turned
    )
    if mimic:
        _add_pin(robot, gripper, parts)
    else:
        mount.set("dont_collapse", "true")

    travel = gripper.max_opening / 2.0
    per_angle = travel / (gripper.open_position - gripper.closed_position)
    for side, link, joint in zip((1.0, -1.0), parts.finger_links, parts.finger_joints):
        _add_link(robot, link, gripper.finger_mass, gripper.finger, side)
        finger = _add_joint(robot, joint, "prismatic", body, link, (0.0, 0.0, 0.0))
        SubElement(finger, "axis", xyz=_text((side, 0.0, 0.0)))
        _add_limit(finger, 0.0, travel, gripper.closing_speed / 2.0, gripper.max_force)
        if mimic:
            SubElement(
                finger,
                "mimic",
                joint=gripper.joint_name,
                multiplier=_text([per_angle]),
                offset=_text([-per_angle * gripper.closed_position]),
            )
    SubElement(robot, "link", name=gripper.tool_frame)
    offset = (0.0, 0.0, gripper.tool_offset)
    _add_joint(robot, f"{body}-{gripper.tool_frame}", "fixed", body, gripper.tool_frame, offset)


def _add_pin(robot: Element, gripper: Gripper, parts: GripperParts) -> None:
    _add_link(robot, parts.pin, 0.001, (), side=1.0)
    knuckle = _add_joint(
        robot, gripper.joint_name, "revolute", parts.body, parts.pin, (0.0, 0.0, 0.0)
    )
    SubElement(knuckle, "axis", xyz="0 -1 0")
    low, high = sorted((gripper.open_position, gripper.closed_position))
    speed = gripper.closing_speed / gripper.max_opening * (high - low)
    _add_limit(knuckle, low, high, speed, gripper.max_force)


def _add_link(
    robot: Element, name: str, mass: float, shapes: Sequence[GripperShape], side: float
) -> None:
    """A link whose mass is spread evenly over the box round its shapes; side -1 mirrors x."""
    link = SubElement(robot, "link", name=name)
    low, high = _bounds(shapes)
    x, y, z = (b - a for a, b in zip(low, high))
    inertial = SubElement(link, "inertial")
    SubElement(inertial, "mass", value=_text([mass]))
    center = [(a + b) / 2.0 for a, b in zip(low, high)]
    SubElement(inertial, "origin", xyz=_text((side * center[0], *center[1:])), rpy="0 0 0")
    # A solid box: m / 12 (b^2 + c^2).
    moments = [mass / 12.0 * (b * b + c * c) for b, c in ((y, z), (x, z), (x, y))]
    zero = _text([0.0])
    inertia = dict(zip(("ixx", "iyy", "izz"), (_text([moment]) for moment in moments)))
    SubElement(inertial, "inertia", {**inertia, "ixy": zero, "ixz": zero, "iyz": zero})
    for shape in shapes:
        roles: List[Tuple[str, Optional[str]]] = []
        roles += [("visual", shape.material)] if shape.material != "none" else []
        roles += [("collision", None)] if shape.collision else []
        for role, material in roles:
            element = SubElement(link, role)
            sx, sy, sz = shape.center
            SubElement(element, "origin", xyz=_text((side * sx, sy, sz)), rpy="0 0 0")
            geometry = SubElement(element, "geometry")
            if shape.kind == "box":
                SubElement(geometry, "box", size=_text([2.0 * half for half in shape.size]))
            else:
                radius, half_length = shape.size
                length = _text([2.0 * half_length])
                SubElement(geometry, "cylinder", radius=_text([radius]), length=length)
            if material is not None:
                SubElement(element, "material", name=material)


def _bounds(shapes: Sequence[GripperShape]) -> Sequence[Sequence[float]]:
    """Lowest and highest corner [m] of the shapes together; a centimetre's cube of none."""
    if not shapes:
        return (-0.005,) * 3, (0.005,) * 3
    halves = [s.size if s.kind == "box" else (s.size[0], s.size[0], s.size[1]) for s in shapes]
    pairs = [list(zip(shape.center, half)) for shape, half in zip(shapes, halves)]
    low = [min(pair[axis][0] - pair[axis][1] for pair in pairs) for axis in range(3)]
    return low, [max(pair[axis][0] + pair[axis][1] for pair in pairs) for axis in range(3)]


def _add_joint(
    robot: Element,
    name: str,
    kind: str,
    parent: str,
    child: str,
    xyz: Sequence[float],
    yaw: float = 0.0,
) -> Element:
    joint = SubElement(robot, "joint", name=name, type=kind)
    SubElement(joint, "parent", link=parent)
    SubElement(joint, "child", link=child)
    SubElement(joint, "origin", xyz=_text(xyz), rpy=_text((0.0, 0.0, yaw)))
    return joint


def _add_limit(joint: Element, lower: float, upper: float, velocity: float, effort: float) -> None:
    SubElement(
        joint,
        "limit",
        lower=_text([lower]),
        upper=_text([upper]),
        velocity=_text([velocity]),
        effort=_text([effort]),
    )


def _text(numbers: Sequence[float]) -> str:
    return " ".join(f"{round(float(number), 15) + 0.0:.15g}" for number in numbers)
