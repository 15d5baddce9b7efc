"""Tool poses of long recordings."""

from __future__ import annotations

import numpy as np

from rl_manip_description import Arm, ToolPose

_PORTION = 2048  # poses at once: their matrices stay in the processor's cache


def tool_poses(arm: Arm, joint_position: np.ndarray) -> ToolPose:
    """Tool poses (k, ...) in the base frame of joint positions (k, n) [rad], in portions."""
    position, quaternion = np.empty((len(joint_position), 3)), np.empty((len(joint_position), 4))
    for first in range(0, len(joint_position), _PORTION):
        part = slice(first, first + _PORTION)
        position[part], quaternion[part] = arm.forward_kinematics(joint_position[part])
    return ToolPose(position, quaternion)
