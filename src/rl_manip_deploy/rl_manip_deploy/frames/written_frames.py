"""Frames as a person writes them in a YAML file, as `static_transform_publisher` takes them:

    frames:
      - {parent: base_link, child: table, xyz: [0.5, 0.0, 0.1], rpy: [0.0, 0.0, 1.5708]}
      - {parent: world, child: base_link, xyz: [0.0, 0.0, 0.8]}
      - {parent: tool0, child: camera, xyz: [0.0, 0.05, 0.03], quaternion: [0.0, 0.0, 0.0, 1.0]}

xyz [m] and rpy [rad], about fixed axes as in a URDF, or a quaternion xyzw, are the child's in its
parent; names are those that headers of messages have.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

import numpy as np

from rl_manip_deploy.frames.frame_tree import FrameTree, Placed
from rl_manip_deploy.written import known_keys, numbers
from rl_manip_description.kinematics.serial_chain import matrix_from_quaternion, pose_of
from rl_manip_description.model.described_files import DescribedFile
from rl_manip_description.paths import path_of

FARTHEST = 100.0
"""[m] that a frame is from its parent, at most: what is further was meant in millimetres."""
_UNIT = 0.01  # a quaternion's length differs from 1 by less [1]


def read_frames(path: str) -> Dict[str, Placed]:
    """The frames of a file, by their names; none without a path.

    Raises:
        ValueError: the file cannot be read, or a frame in it cannot be; names both.
    """
    if not path:
        return {}
    file = path_of(path)
    return frames_in(DescribedFile(file.stem, file).read(), str(file))


def frames_in(values: Any, source: str) -> Dict[str, Placed]:
    """The same of what such a file says.

    Args:
        source: what sentences call it.
    """
    try:
        listed = known_keys(values, required=("frames",))["frames"]
        if not isinstance(listed, list) or not listed:
            raise ValueError(f"frames is {listed!r}: give a list of parent, child, xyz and rpy.")
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from None
    return _frames_of(listed, source)


def unconnected(frames: Mapping[str, Placed], tree: FrameTree, base: str) -> str:
    """What keeps the frames of a file from being seen from the base; empty where nothing does.

    Args:
        frames: of the file.
        tree: with these frames, and those of the robot.
        base: the base frame.
    """
    for child, placed in frames.items():
        if tree.way(child, base) is None:
            return (
                f"{placed.source}: frame {child!r} hangs on {tree.root_of(child)!r}, which nothing "
                f"connects to {base!r}: add that, or give one of "
                f"{', '.join(connected(tree, base))} as its parent."
            )
    return next((f"{dispute}." for dispute in tree.disputes.values()), "")


def connected(tree: FrameTree, base: str) -> list[str]:
    """Names of the frames that connect to the base, the base first."""
    return [base, *(name for name in tree.frames if name != base and tree.way(name, base))]


def _frames_of(listed: list[Any], source: str) -> Dict[str, Placed]:
    found: Dict[str, Placed] = {}
    for place, values in enumerate(listed, 1):
        name = values.get("child") if isinstance(values, dict) else None
        where = f"{source}: frame {name!r}" if name else f"{source}: frame number {place}"
        try:
            child, placed = _frame(values, source)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
        if child in found:
            raise ValueError(
                f"{where} is there twice, on {found[child].parent!r} and on {placed.parent!r}: "
                "keep one."
            )
        found[child] = placed
    for child in found:
        _refuse_a_ring(child, found)
    return found


def _frame(values: Any, source: str) -> tuple[str, Placed]:
    given = known_keys(values, ("parent", "child", "xyz"), ("rpy", "quaternion"))
    parent, child = (_name(key, given[key]) for key in ("parent", "child"))
    if parent == child:
        raise ValueError("it is its own parent: give the frame that it hangs on.")
    xyz = numbers("xyz", given["xyz"], 3)
    if np.linalg.norm(xyz) > FARTHEST:
        raise ValueError(f"xyz is {list(xyz)}, over {FARTHEST:g} m: give metres.")
    if "rpy" in given and "quaternion" in given:
        raise ValueError("rpy and quaternion are both given: keep one.")
    if "quaternion" not in given:
        return child, Placed(
            parent, pose_of(xyz, numbers("rpy", given.get("rpy", [0] * 3), 3)), source
        )
    xyzw = np.array(numbers("quaternion", given["quaternion"], 4))
    length = float(np.linalg.norm(xyzw))
    if abs(length - 1.0) > _UNIT:
        raise ValueError(f"quaternion has length {length:g}: give a unit quaternion x, y, z, w.")
    pose = pose_of(xyz)
    pose[:3, :3] = matrix_from_quaternion(xyzw / length)
    return child, Placed(parent, pose, source)


def _name(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value or value.startswith("/"):
        raise ValueError(f"{key} is {value!r}: give a frame's name, without a slash before it.")
    return value


def _refuse_a_ring(child: str, frames: Mapping[str, Placed]) -> None:
    ring = [child]
    while (placed := frames.get(ring[-1])) is not None:
        ring.append(placed.parent)
        if placed.parent == child:
            raise ValueError(
                f"{placed.source}: the frames {' -> '.join(ring)} hang on each other in a ring: "
                "one of them must hang on the robot."
            )
        if len(ring) > len(frames):
            return  # a ring further up, which is found from there
