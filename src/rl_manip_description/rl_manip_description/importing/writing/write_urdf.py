"""An arm's own URDF: base, the links that its joints move, and the tool's frame; no more."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence, Union
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from rl_manip_description.importing.reading.read_links import Inertia
from rl_manip_description.kinematics.link_shapes import BASE, Solids
from rl_manip_description.kinematics.serial_chain import KinematicChain, roll_pitch_yaw
from rl_manip_description.model.arm import JointLimits
from rl_manip_description.model.robot_urdf import indented


class Parts(NamedTuple):
    """Everything that goes into the URDF."""

    name: str
    base: str
    tool: str
    joint_names: Sequence[str]
    link_names: Sequence[str]  # that the joints move
    chain: KinematicChain
    limits: JointLimits
    inertias: Sequence[Inertia]  # of these links
    solids: Solids


def urdf_text(parts: Parts, source: str) -> str:
    """The URDF; `source` says where its figures are from."""
    robot = Element("robot", name=parts.name)
    robot.append(ElementTree.Comment(f" {source} ".replace("--", "- -")))
    compiler = SubElement(robot, "mujoco")
    SubElement(compiler, "compiler", discardvisual="false", fusestatic="false")
    # without inertia: it stands still, and robot_state_publisher warns of a root that has one
    _add_link(robot, parts.base, None, parts.solids, BASE)
    parent = parts.base
    for number, (joint, link) in enumerate(zip(parts.joint_names, parts.link_names)):
        _add_link(robot, link, parts.inertias[number], parts.solids, number)
        endless = bool(parts.limits.endless[number])
        kind = "continuous" if endless else "revolute"
        element = _add_joint(robot, joint, kind, parent, link, parts.chain.origins[number])
        SubElement(element, "axis", xyz=_text(parts.chain.axes[number]))
        limit = {
            "velocity": _text([parts.limits.velocity[number]]),
            "effort": _text([parts.limits.effort[number]]),
        }
        if not endless:
            limit["lower"] = _text([parts.limits.position_lower[number]])
            limit["upper"] = _text([parts.limits.position_upper[number]])
        SubElement(element, "limit", limit)
        parent = link
    if parts.tool != parent:
        SubElement(robot, "link", name=parts.tool)
        _add_joint(robot, f"{parent}-{parts.tool}", "fixed", parent, parts.tool, parts.chain.tool)
    return indented(robot)


def _add_link(
    robot: Element, name: str, inertia: Optional[Inertia], solids: Solids, number: int
) -> None:
    link = SubElement(robot, "link", name=name)
    if inertia is not None:
        inertial = SubElement(link, "inertial")
        SubElement(inertial, "mass", value=_text([inertia.mass]))
        SubElement(inertial, "origin", xyz=_text(inertia.center), rpy="0 0 0")
        ((xx, xy, xz), (_, yy, yz), (_, _, zz)) = inertia.about_center
        entries = {"ixx": xx, "ixy": xy, "ixz": xz, "iyy": yy, "iyz": yz, "izz": zz}
        SubElement(inertial, "inertia", {key: _text([value]) for key, value in entries.items()})
    for role in ("visual", "collision"):
        for index in np.flatnonzero(solids.link == number):
            shape = SubElement(link, role)
            _add_origin(shape, solids.pose[index])
            _add_solid(SubElement(shape, "geometry"), solids, int(index))


def _add_solid(geometry: Element, solids: Solids, index: int) -> None:
    half, disc, ball = solids.half[index], solids.disc[index], solids.ball[index]
    if disc:
        SubElement(geometry, "cylinder", radius=_text([disc]), length=_text([2.0 * half[2]]))
    elif not ball:
        SubElement(geometry, "box", size=_text(2.0 * half))
    elif half.any():
        SubElement(geometry, "capsule", radius=_text([ball]), length=_text([2.0 * half[2]]))
    else:
        SubElement(geometry, "sphere", radius=_text([ball]))


def _add_joint(
    robot: Element, name: str, kind: str, parent: str, child: str, pose: np.ndarray
) -> Element:
    joint = SubElement(robot, "joint", name=name, type=kind)
    SubElement(joint, "parent", link=parent)
    SubElement(joint, "child", link=child)
    _add_origin(joint, pose)
    return joint


def _add_origin(element: Element, pose: np.ndarray) -> None:
    rpy = roll_pitch_yaw(pose[:3, :3])
    SubElement(element, "origin", xyz=_text(pose[:3, 3]), rpy=_text(rpy))


def _text(numbers: Union[Sequence[float], np.ndarray]) -> str:
    """To a nanometre or nanoradian, what rounding left beside zero is zero; inertias of grams keep
    six digits."""
    return " ".join(_number(float(number)) for number in numbers)


def _number(value: float) -> str:
    return f"{value:.9g}" if abs(value) > 1e-9 else "0"
