"""Read the kinematic chain between two frames out of a URDF, and write it back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import List, Optional, Union
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.kinematics.serial_chain import KinematicChain, pose_of, roll_pitch_yaw

TURNING = ("revolute", "continuous")
"""Types of joints that an arm may have; ``fixed`` ones are merged."""


def read_chain(
    urdf_path: Path, base_frame: str, tool_frame: str, joint_names: Sequence[str]
) -> KinematicChain:
    """The chain of revolute joints from `base_frame` to `tool_frame`; fixed joints are merged.

    Raises:
        ValueError: a frame is missing, or the joints on the way are not `joint_names` in order.
    """
    root = ElementTree.parse(str(urdf_path)).getroot()
    return chain_in(root, urdf_path.name, base_frame, tool_frame, joint_names)


def chain_in(
    root: ElementTree.Element,
    source: str,
    base_frame: str,
    tool_frame: str,
    joint_names: Sequence[str],
) -> KinematicChain:
    """The same of a URDF that is read already; `source` is what sentences call it.

    Raises:
        ValueError: as `read_chain`.
    """
    path = _way(root, source, base_frame, tool_frame)
    moving = [joint.get("name") for joint in path if joint.get("type") != "fixed"]
    if moving != list(joint_names):
        raise ValueError(
            f"{source} has the joints {moving} between {base_frame!r} and "
            f"{tool_frame!r}; the arm's file names {list(joint_names)}."
        )
    for joint in path:
        if joint.get("type") not in ("fixed", *TURNING):
            raise ValueError(
                f"{source} has the {joint.get('type')} joint {joint.get('name')!r}: only revolute "
                "and continuous joints are supported."
            )
    origins, axes = [], []
    pending = np.eye(4)
    for joint in path:
        pending = pending @ read_origin(joint)
        if joint.get("type") != "fixed":
            origins.append(pending)
            axes.append(axis_of(joint))
            pending = np.eye(4)
    # reshape: a chain of fixed joints only has no axis, and still the right number of dimensions.
    arrays = (np.array(origins).reshape(-1, 4, 4), np.array(axes).reshape(-1, 3), pending)
    for array in arrays:
        array.setflags(write=False)
    return KinematicChain(*arrays)


def _way(
    root: ElementTree.Element, source: str, base_frame: str, tool_frame: str
) -> List[ElementTree.Element]:
    """The joints on the way from one frame to another, first to last."""
    joint_to = {end_of(joint, "child", source): joint for joint in root.findall("joint")}
    path: List[ElementTree.Element] = []
    frame = tool_frame
    while frame != base_frame:
        if frame not in joint_to:
            raise ValueError(
                f"{source} has no chain from {base_frame!r} to {tool_frame!r}: "
                f"no joint leads to {frame!r}."
            )
        path.insert(0, joint_to.pop(frame))
        frame = end_of(path[0], "parent", source)
    return path


def end_of(joint: ElementTree.Element, side: str, urdf: Union[Path, str]) -> str:
    """Name of the link on one side of a joint, "parent" or "child".

    Raises:
        ValueError: the URDF does not name it.
    """
    element = joint.find(side)
    link = None if element is None else element.get("link")
    if link is None:
        raise ValueError(
            f"{getattr(urdf, 'name', urdf)}: joint {joint.get('name')!r} names no {side}: give it "
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
    none = (0.0, 0.0, 0.0)
    return pose_of(_numbers(origin, "xyz", none), _numbers(origin, "rpy", none))


def axis_of(joint: ElementTree.Element) -> np.ndarray:
    """Unit axis (3,) of a joint in its own frame; NaN for an axis of no length."""
    axis = _numbers(joint.find("axis"), "xyz", (1.0, 0.0, 0.0))
    with np.errstate(invalid="ignore"):
        return axis / np.linalg.norm(axis)


def write_chain(
    root: ElementTree.Element,
    chain: KinematicChain,
    base_frame: str,
    tool_frame: str,
    joint_names: Sequence[str],
) -> None:
    """Gives a URDF another chain between two frames: the origins of its joints are changed.

    Fixed joints on the way stay as they are, but for the last one before the tool.
    """
    source = "the URDF"
    given = chain_in(root, source, base_frame, tool_frame, joint_names)
    wanted = [*chain.origins, chain.tool]
    number, before = 0, np.eye(4)
    path = _way(root, source, base_frame, tool_frame)
    for joint in path:
        origin = read_origin(joint)
        moves = joint.get("type") != "fixed"
        if moves or joint is path[-1]:
            had = given.origins[number] if moves else given.tool
            # what is the same stays the same to the last digit
            if not np.allclose(had, wanted[number], rtol=0.0, atol=1e-12):
                _set_origin(joint, np.linalg.inv(before) @ wanted[number])
            number += moves
        before = np.eye(4) if moves else before @ origin


def _set_origin(joint: ElementTree.Element, pose: np.ndarray) -> None:
    """Writes R = Rz(yaw) Ry(pitch) Rx(roll) and the place into the <origin>."""
    origin = joint.find("origin")
    if origin is None:
        origin = ElementTree.SubElement(joint, "origin")
    origin.set("xyz", " ".join(f"{number:.15g}" for number in pose[:3, 3]))
    origin.set("rpy", " ".join(f"{number:.15g}" for number in roll_pitch_yaw(pose[:3, :3])))


def _numbers(
    element: Optional[ElementTree.Element], attribute: str, default: Sequence[float]
) -> np.ndarray:
    text = None if element is None else element.get(attribute)
    return np.array(default if text is None else [float(part) for part in text.split()])
