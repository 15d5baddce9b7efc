"""Joint positions in which a tool points straight down at points above the table."""

from __future__ import annotations

import math
from typing import Dict, NamedTuple, Tuple

import numpy as np

from rl_manip_description import Arm

COUNT = 1500
"""Points that are tried; nearly all can be reached."""
HOMING = 0.3
"""Share of the way home that joints take back in each step, where the tool does not mind [1]."""
LOWEST, HIGHEST = 0.005, 0.30
"""Least height of fingertips and largest of the tool, unless something else is asked for [m]."""
FROM_HOME, APART = 0.1, 0.3
"""Share of the episodes that start on the way from home to one of the poses, of an arm whose home
is further than this from all of them, as an FR3's joint 2 [1, rad]."""
_FOUND: Dict[Tuple[bytes, ...], TabletopPoses] = {}
"""Poses by what they follow from: every environment of an arm asks for the same."""


class TabletopPoses(NamedTuple):
    """m poses with the tool straight down."""

    joint_position: np.ndarray  # (m, n) [rad]
    tool_pose: np.ndarray  # (m, 7) [m] and xyzw, base frame
    home_is_apart: bool  # whether the arm's home is further than APART from all of them


def tabletop_poses(arm: Arm, lowest: float, highest: float = HIGHEST) -> TabletopPoses:
    """Poses spread over the table in front of the arm, found by damped least squares.

    Args:
      arm: which arm.
      lowest, highest: heights of the tool between which they lie [m].
    """
    chain, limits, practice = arm.chain, arm.limits, arm.practice
    follows_from = (
        *(chain.origins, chain.axes, chain.tool, arm.home),
        *(limits.position_lower, limits.position_upper, practice.posture_spread),
        *(practice.table_ring, arm.workspace.max_azimuth, lowest, highest),
    )
    key = tuple(np.asarray(value).tobytes() for value in follows_from)
    if key not in _FOUND:
        _FOUND[key] = _poses(arm, lowest, highest)
    return _FOUND[key]


def _poses(arm: Arm, lowest: float, highest: float) -> TabletopPoses:
    rng = np.random.default_rng(0)
    near, far = arm.practice.table_ring
    radius = np.sqrt(rng.uniform(near**2, far**2, COUNT))
    azimuth = rng.uniform(-0.9, 0.9, COUNT) * min(arm.workspace.max_azimuth, 1.3) / 1.3
    height = rng.uniform(lowest, highest, COUNT)
    target = np.stack((radius * np.cos(azimuth), radius * np.sin(azimuth), height), axis=1)
    yaw = azimuth + rng.uniform(-math.pi / 2, math.pi / 2, COUNT)

    at_home = arm.forward_kinematics(arm.home).position
    joints = np.tile(arm.home, (COUNT, 1))
    # as far as the first joint turns about the base's z axis
    joints[:, 0] += arm.chain.first_axis[2] * (azimuth - math.atan2(at_home[1], at_home[0]))
    first = joints.copy()
    for _ in range(60):
        _, frame = arm.chain.joint_frames(joints)
        rotation = frame[:, :3, :3]
        linear = target - frame[:, :3, 3]
        down = np.cross(rotation[:, :, 2], (0.0, 0.0, -1.0))
        about = yaw - np.arctan2(rotation[:, 1, 0], rotation[:, 0, 0])
        down[:, 2] += (about + math.pi) % (2 * math.pi) - math.pi
        error = np.concatenate((linear, down), axis=1)
        jacobian = arm.jacobian(joints)
        gram = jacobian @ jacobian.swapaxes(1, 2) + 1e-4 * np.eye(6)
        # of more than six joints the elbow stays where it is at home, as LevelToolAction holds it
        homing = (HOMING if arm.num_joints > 6 else 0.0) * (first - joints)
        missing = error - np.einsum("eij,ej->ei", jacobian, homing)
        step = np.einsum("eij,ei->ej", jacobian, np.linalg.solve(gram, missing[..., None])[..., 0])
        joints += np.clip(step + homing, -0.2, 0.2)
    reached = (np.abs(error).max(axis=1) < 1e-3) & np.all(
        np.abs(joints - arm.home) < arm.practice.posture_spread, axis=1
    )
    joints = arm.limits.within(joints[reached])
    position, quaternion = arm.forward_kinematics(joints)
    tool_pose = np.concatenate((position, quaternion), axis=1)
    lowest_joint = joints.min(axis=0, initial=np.inf)
    beyond = np.maximum(lowest_joint - arm.home, arm.home - joints.max(axis=0, initial=-np.inf))
    return TabletopPoses(joints, tool_pose, bool(beyond.max() > APART))


def some_from_home(
    arm: Arm, poses: TabletopPoses, pose: np.ndarray, free: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Joint positions (k, n) of poses (k,), some of those that are free (k,) moved to home [rad].

    A robot's first goal finds it at home; a policy is not sent from where it has never been.
    """
    joints = poses.joint_position[pose]
    if not poses.home_is_apart:
        return joints
    moved = free & (rng.random(len(pose)) < FROM_HOME)
    share = np.where(moved, rng.random(len(pose)), 0.0)[:, None]
    return joints + share * (arm.home - joints)
