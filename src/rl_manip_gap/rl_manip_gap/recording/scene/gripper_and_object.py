"""What a recording holds of tool, gripper, object and of the robot's speed slider."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from rl_manip_description import Arm, Gripper
from rl_manip_description.kinematics.serial_chain import roll_pitch_yaw
from rl_manip_description.kinematics.written_tool import FARTHEST_TOOL, ToolNumbers
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.bag_topics import Topic
from rl_manip_gap.recording.signals import rows_in_order

_UNIT = 0.01  # a quaternion's length is that near to 1 [1]
_SAME_TOOL = 1e-6  # poses nearer than this are one tool's [m or 1]


class Readings(NamedTuple):
    """One policy input as it was recorded."""

    time: np.ndarray  # (K,) increasing, in the recorder's clock [s]
    values: np.ndarray  # (K, m)


def object_poses(pose: np.ndarray, time: np.ndarray, usable: np.ndarray) -> Dict[str, Readings]:
    """Policy inputs by name: object_pose (K, 7) [m] and xyzw, object_position (K, 3) [m].

    Args:
        pose: (N, 7) of every message, in the base frame.
        time: (N,) when each came [s].
        usable: (N,) which of them count.
    """
    found = _in_order(time, pose, usable)
    return {"object_pose": found, "object_position": Readings(found.time, found.values[:, :3])}


def gripper_openings(topic: Topic, time: np.ndarray, gripper: Gripper) -> Dict[str, Readings]:
    """Policy input gripper_opening (K, 1) [m], from joint states that name the gripper's joint.

    Args:
        topic: of the joint states.
        time: (N,) receive time of its every message [s].
        gripper: which gripper.
    """
    position = np.full((len(time), 1), np.nan)
    for first, group in topic.groups:
        columns = _columns(group.names, gripper)
        if not columns or "position" not in (group.values.dtype.names or ()):
            continue
        positions = group.values["position"].reshape(len(group.rows), -1)
        if positions.shape[1] == len(group.names):
            position[first + group.rows, 0] = positions[:, columns[0]]
    found = _in_order(time, position, topic.trusted)
    if not len(found.time):
        return {}
    return {"gripper_opening": Readings(found.time, gripper.opening(found.values))}


def speed_scaling(topic: Topic, time: np.ndarray) -> Optional[Readings]:
    """Share of full speed (K, 1) [%] that the robot allowed; None where none can be read.

    Args:
        topic: of the speed scaling.
        time: (N,) receive time of its every message [s].
    """
    share = np.full((len(time), 1), np.nan)
    for first, group in topic.groups:
        share[first + group.rows, 0] = group.values["data"]
    possible = (share[:, 0] >= 0.0) & (share[:, 0] <= 100.0 + 1e-6)
    found = _in_order(time, np.where(possible[:, None], share, np.nan), topic.trusted)
    return found if len(found.time) else None


def given_tool(name: str, topic: Topic, arm: Arm, noted: Irregularities) -> Optional[ToolNumbers]:
    """The tool that a person gave the arm, as its guard said it last; None where none can be read.

    Args:
        name: of the topic.
        topic: of the guard's poses of the tool in the flange's frame.
        arm: which arm.
        noted: receives what was left out.
    """
    poses, there = topic.poses(), np.zeros(topic.count, dtype=bool)
    for first, group in topic.groups:
        # a driver's prefix may stand before the name
        there[first + group.rows] = group.names[0].endswith(arm.flange_frame)
    length = np.linalg.norm(poses[:, 3:], axis=1)
    possible = there & np.isfinite(poses).all(axis=1) & (np.abs(length - 1.0) < _UNIT)
    possible &= np.linalg.norm(poses[:, :3], axis=1) <= FARTHEST_TOOL
    noted.add("impossible_tools", name, ~possible, f"left out: no tool on {arm.flange_frame}")
    told = poses[possible]
    if not len(told):
        return None
    others = np.abs(told - told[-1]).max(axis=1) > _SAME_TOOL
    noted.add("other_tools", name, others, "another tool before: goals are judged by the last one")
    turned = roll_pitch_yaw(Rotation.from_quat(told[-1, 3:]).as_matrix())
    # an angle of minus zero reads oddly
    x, y, z, roll, pitch, yaw = (float(number) + 0.0 for number in (*told[-1, :3], *turned))
    return x, y, z, roll, pitch, yaw


def names_only(names: Sequence[str], gripper: Optional[Gripper]) -> bool:
    """Whether joint states are those of the gripper, whose driver may publish by itself."""
    return gripper is not None and len(names) > 0 and len(_columns(names, gripper)) == len(names)


def _columns(names: Sequence[str], gripper: Gripper) -> List[int]:
    # a driver's prefix may stand before the name
    return [i for i, name in enumerate(names) if name.endswith(gripper.joint_name)]


def _in_order(time: np.ndarray, values: np.ndarray, trusted: np.ndarray) -> Readings:
    """Finite values (K, m) in the order of their times."""
    rows = rows_in_order(np.isfinite(values).all(axis=1) & trusted, time)
    return Readings(time[rows], values[rows])
