"""Read the kinematic chain between two frames out of a URDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import List, Optional
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.kinematics.serial_chain import KinematicChain, rotation_about


def read_chain(
    urdf_path: Path, base_frame: str, tool_frame: str, joint_names: Sequence[str]
) -> KinematicChain:
    """The chain of revolute joints from `base_frame` to `tool_frame`; fixed joints are merged.

    Raises:
        ValueError: a frame is missing, or the joints on the way are not `joint_names` in order.
    """
    joints = ElementTree.parse(str(urdf_path)).getroot().findall("joint")
    joint_to = {end_of(joint, "child", urdf_path): joint for joint in joints}
    path: List[ElementTree.Element] = []
    frame = tool_frame
    while frame != base_frame:
        if frame not in joint_to:
            raise ValueError(
                f"{urdf_path.name} has no chain from {base_frame!r} to {tool_frame!r}: "
                f"no joint leads to {frame!r}."
            )
        path.insert(0, joint_to[frame])
        frame = end_of(path[0], "parent", urdf_path)
    moving = [joint.get("name") for joint in path if joint.get("type") != "fixed"]
    if moving != list(joint_names):
        raise ValueError(
            f"{urdf_path.name} has the joints {moving} between {base_frame!r} and "
            f"{tool_frame!r}; the arm's file names {list(joint_names)}."
        )
    origins, axes = [], []
    pending = np.eye(4)
    for joint in path:
        pending = pending @ read_origin(joint)
        if joint.get("type") != "fixed":
            axis = _numbers(joint.find("axis"), "xyz", (1.0, 0.0, 0.0))
            origins.append(pending)
            axes.append(axis / np.linalg.norm(axis))
            pending = np.eye(4)
    # reshape: a chain of fixed joints only has no axis, and still the right number of dimensions.
    arrays = (np.array(origins).reshape(-1, 4, 4), np.array(axes).reshape(-1, 3), pending)
    for array in arrays:
        array.setflags(write=False)
    return KinematicChain(*arrays)


def end_of(joint: ElementTree.Element, side: str, urdf_path: Path) -> str:
    """Name of the link on one side of a joint, "parent" or "child".

    Raises:
        ValueError: the URDF does not name it.
    """
    element = joint.find(side)
    link = None if element is None else element.get("link")
    if link is None:
        raise ValueError(
            f"{urdf_path.name}: joint {joint.get('name')!r} names no {side}: give it "
            f'<{side} link="..."/>.'
        )
    return link


def moved_links(urdf_path: Path, joint_names: Sequence[str]) -> List[str]:
    """The link that each joint moves."""
    joints = ElementTree.parse(str(urdf_path)).getroot().findall("joint")
    moved = {joint.get("name"): end_of(joint, "child", urdf_path) for joint in joints}
    return [moved[name] for name in joint_names]


def read_origin(element: ElementTree.Element) -> np.ndarray:
    """Transform of the <origin> of a joint or shape: R = Rz(yaw) Ry(pitch) Rx(roll)."""
    origin = element.find("origin")
    roll, pitch, yaw = _numbers(origin, "rpy", (0.0, 0.0, 0.0))
    x, y, z = np.eye(3)
    transform = np.eye(4)
    transform[:3, :3] = rotation_about(z, yaw) @ rotation_about(y, pitch) @ rotation_about(x, roll)
    transform[:3, 3] = _numbers(origin, "xyz", (0.0, 0.0, 0.0))
    return transform


def _numbers(
    element: Optional[ElementTree.Element], attribute: str, default: Sequence[float]
) -> np.ndarray:
    text = None if element is None else element.get(attribute)
    return np.array(default if text is None else [float(part) for part in text.split()])
