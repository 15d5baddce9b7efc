"""Joint positions in which a tool points straight down at points above the table."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from rl_manip_description import Arm, load_arm

COUNT = 1500
"""Points that are tried; nearly all can be reached."""
LOWEST, HIGHEST = 0.02, 0.30
"""Heights of the tool [m]."""


class TabletopPoses(NamedTuple):
    """m poses with the tool straight down."""

    joint_position: np.ndarray  # (m, n) [rad]
    tool_pose: np.ndarray  # (m, 7) [m] and xyzw, base frame


def tabletop_radii(arm: Arm) -> np.ndarray:
    """Nearest and farthest distance from the base's axis at which the tool points down [m]."""
    return arm.workspace.outer_radius * np.array([0.5, 0.82])


def tabletop_poses(arm: Arm) -> TabletopPoses:
    """Poses spread over the table in front of the arm, found by damped least squares."""
    return _tabletop_poses(arm.name, arm.gripper.name if arm.gripper else "")


@functools.lru_cache(maxsize=8)
def _tabletop_poses(arm_name: str, gripper: str) -> TabletopPoses:
    arm = load_arm(arm_name, gripper)
    rng = np.random.default_rng(0)
    near, far = tabletop_radii(arm)
    radius = np.sqrt(rng.uniform(near**2, far**2, COUNT))
    azimuth = rng.uniform(-0.9, 0.9, COUNT) * min(arm.workspace.max_azimuth, 1.3) / 1.3
    height = rng.uniform(LOWEST, HIGHEST, COUNT)
    target = np.stack((radius * np.cos(azimuth), radius * np.sin(azimuth), height), axis=1)
    yaw = azimuth + rng.uniform(-math.pi / 2, math.pi / 2, COUNT)

    at_home = arm.forward_kinematics(arm.home).position
    joints = np.tile(arm.home, (COUNT, 1))
    joints[:, 0] += azimuth - math.atan2(at_home[1], at_home[0])
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
        step = np.einsum("eij,ei->ej", jacobian, np.linalg.solve(gram, error[..., None])[..., 0])
        joints += np.clip(step, -0.2, 0.2)
    reached = (np.abs(error).max(axis=1) < 1e-3) & np.all(
        np.abs(joints - arm.home) < np.array([2.0, 1.8, 1.8, 1.8, 1.8, 3.2]), axis=1
    )
    joints = joints[reached]
    position, quaternion = arm.forward_kinematics(joints)
    return TabletopPoses(joints, np.concatenate((position, quaternion), axis=1))
