"""Write an arm's URDF from its YAML file: `python -m rl_manip_description.generate_urdf [ARM …]`.

Link frames are those of the maker's own ROS description, so that joint values, axes and tool0 mean
the same there and here: link i stands before the last two factors of its Denavit-Hartenberg
transform Rz(theta) Tz(d) Tx(a) Rx(alpha), in which the maker publishes masses and inertias.
"""

from __future__ import annotations

import math
import sys
from typing import Any, Dict, List, Optional, Sequence, Union
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from rl_manip_description.kinematics.serial_chain import rotation_about
from rl_manip_description.model.arm_files import ARMS, ARMS_FOLDER
from rl_manip_description.model.robot_urdf import indented

HEADER = " Generated from {}.yaml by rl_manip_description.generate_urdf: change that file instead. "


def generate_urdf(name: str) -> str:
    """The URDF of an arm, by name or path, whose YAML file holds `dh`, `links` and `materials`."""
    file = ARMS.file(name)
    values = file.read()
    robot = Element("robot", name=file.name)
    robot.append(ElementTree.Comment(HEADER.format(file.name)))
    # MuJoCo would drop visual shapes and merge tool0 into its parent; others skip this element.
    compiler = SubElement(robot, "mujoco")
    SubElement(compiler, "compiler", discardvisual="false", fusestatic="false")
    for material, rgba in values["materials"].items():
        SubElement(SubElement(robot, "material", name=material), "color", rgba=_text(rgba))

    base, *links = values["links"]
    # The pendant's frame, in which DH parameters hold, is the base frame turned by pi about z.
    before = {"a": 0.0, "alpha": 0.0}
    # Without inertia: it stands still, and robot_state_publisher warns of a root that has one.
    _add_shapes(SubElement(robot, "link", name=base["name"]), base)
    _add_fixed_frame(robot, values["base_frame"], "base", (0.0, 0.0, math.pi))
    parent = base["name"]
    for index, (joint, dh, link) in enumerate(zip(values["joints"], values["dh"], links)):
        _add_link(robot, link, dh)
        element = SubElement(robot, "joint", name=joint["name"], type="revolute")
        SubElement(element, "parent", link=parent)
        SubElement(element, "child", link=link["name"])
        xyz = _dh_to_link(before, (0.0, 0.0, dh["d"]))
        rpy = (before["alpha"], 0.0, math.pi if index == 0 else 0.0)
        SubElement(element, "origin", xyz=_text(xyz), rpy=_text(rpy))
        SubElement(element, "axis", xyz="0 0 1")
        SubElement(
            element,
            "limit",
            lower=_text([joint["position_lower"]]),
            upper=_text([joint["position_upper"]]),
            velocity=_text([joint["velocity"]]),
            effort=_text([joint["effort"]]),
        )
        parent, before = link["name"], dh
    # REP-103: the flange's x axis points out of the arm; tool0 has the last link's axes.
    _add_fixed_frame(robot, parent, "flange", (0.0, -math.pi / 2, -math.pi / 2))
    _add_fixed_frame(robot, "flange", values["tool_frame"], (math.pi / 2, 0.0, math.pi / 2))
    return indented(robot)


def _dh_to_link(dh: Dict[str, float], point: Sequence[float]) -> np.ndarray:
    """A point [m] given in a joint's DH frame, seen from the link frame: Tx(a) Rx(alpha) p."""
    return np.array([dh["a"], 0.0, 0.0]) + _roll(dh) @ np.array(point)


def _roll(dh: Dict[str, float]) -> np.ndarray:
    """Rx(alpha)."""
    return rotation_about(np.array([1.0, 0.0, 0.0]), dh["alpha"])


def _add_link(robot: Element, link: Dict[str, Any], dh: Dict[str, float]) -> None:
    """A link with its shapes, given in the link frame, and its inertia, given in the DH frame."""
    element = SubElement(robot, "link", name=link["name"])
    inertial = SubElement(element, "inertial")
    SubElement(inertial, "mass", value=_text([link["mass"]]))
    SubElement(inertial, "origin", xyz=_text(_dh_to_link(dh, link["com"])), rpy="0 0 0")
    i = link["inertia"]
    (ixx, ixy, ixz), (_, iyy, iyz), (_, _, izz) = (
        _roll(dh)
        @ np.array(
            [
                [i["ixx"], i["ixy"], i["ixz"]],
                [i["ixy"], i["iyy"], i["iyz"]],
                [i["ixz"], i["iyz"], i["izz"]],
            ]
        )
        @ _roll(dh).T
    )
    entries = {"ixx": ixx, "ixy": ixy, "ixz": ixz, "iyy": iyy, "iyz": iyz, "izz": izz}
    SubElement(inertial, "inertia", {name: _text([value]) for name, value in entries.items()})
    _add_shapes(element, link)


def _add_shapes(element: Element, link: Dict[str, Any]) -> None:
    for shape in link["visual"]:
        _add_shape(element, "visual", shape, material=shape["material"])
    for shape in link["collision"]:
        _add_shape(element, "collision", shape, material=None)


def _add_shape(link: Element, role: str, shape: Dict[str, Any], material: Optional[str]) -> None:
    """A cylinder between the points `from` and `to`, all in [m]."""
    start, end = np.array(shape["from"], dtype=float), np.array(shape["to"], dtype=float)
    length = float(np.linalg.norm(end - start))
    x, y, z = (end - start) / length
    element = SubElement(link, role)
    # Turns the cylinder's own axis, z, onto its line: Rz(yaw) Ry(pitch).
    rpy = (0.0, math.acos(z), math.atan2(y, x))
    SubElement(element, "origin", xyz=_text((start + end) / 2), rpy=_text(rpy))
    cylinder = {"radius": _text([shape["radius"]]), "length": _text([length])}
    SubElement(SubElement(element, "geometry"), "cylinder", cylinder)
    if material is not None:
        SubElement(element, "material", name=material)


def _add_fixed_frame(robot: Element, parent: str, name: str, rpy: Sequence[float]) -> None:
    """An empty link at its parent's origin."""
    SubElement(robot, "link", name=name)
    joint = SubElement(robot, "joint", name=f"{parent}-{name}", type="fixed")
    SubElement(joint, "parent", link=parent)
    SubElement(joint, "child", link=name)
    SubElement(joint, "origin", xyz="0 0 0", rpy=_text(rpy))


def _text(numbers: Union[Sequence[float], np.ndarray]) -> str:
    """Numbers for an XML attribute to 15 digits; what rounding left beside a zero is zero."""
    return " ".join(f"{round(float(number), 15) + 0.0:.15g}" for number in numbers)


def _generated() -> List[str]:
    """Files of our own arms that are described by DH parameters; others were imported."""
    paths = sorted(ARMS_FOLDER.rglob("*.yaml"))
    return [str(path) for path in paths if "dh" in ARMS.file(str(path)).read()]


def main(names: Optional[List[str]] = None) -> None:
    """Write the URDF of the named arms beside their YAML; without names of all of ours that have DH
    parameters.

    Args:
        names: of arms, or paths of YAML files.
    """
    for name in names or _generated():
        path = ARMS.file(name).path.with_suffix(".urdf")
        path.write_text(generate_urdf(name), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
