"""How far the tools of two copies of an arm are apart where goals are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rl_manip_description.goals.goal_poses import GoalPoseCfg, GoalPoses
from rl_manip_description.model.arm import Arm
from rl_manip_description.model.own_kinematics import with_tool

POSES = 2000


class ToolDifference(NamedTuple):
    """Distance and angle between two tools with the joints at the same positions."""

    mean_mm: float
    most_mm: float
    mean_mrad: float
    most_mrad: float

    def __str__(self) -> str:
        return (
            f"{self.mean_mm:.1f} mm on average and up to {self.most_mm:.1f} mm, turned by "
            f"{self.mean_mrad:.1f} mrad and up to {self.most_mrad:.1f} mrad"
        )


def tool_difference(nominal: Arm, own: Arm) -> ToolDifference:
    """Over poses whose nominal tool is in the arm's goal region; the same poses each time.

    They are the same for a tool that a person gave: it may be where no such pose is.
    """
    poses = GoalPoses(with_tool(nominal, None), GoalPoseCfg(), np.random.default_rng(0)).draw(POSES)
    tools = [each.chain.joint_frames(poses.joint_position)[1] for each in (nominal, own)]
    first, second = tools
    away = 1e3 * np.linalg.norm(first[:, :3, 3] - second[:, :3, 3], axis=1)
    between = np.swapaxes(first[:, :3, :3], 1, 2) @ second[:, :3, :3]
    # of small angles the cosine says little: |R - R^T| = 2 sqrt(2) sin(angle)
    skew = between - np.swapaxes(between, 1, 2)
    sine = np.linalg.norm(skew, axis=(1, 2)) / np.sqrt(8.0)
    angle = 1e3 * np.arcsin(np.clip(sine, 0.0, 1.0))
    return ToolDifference(
        *(float(figure) for figure in (away.mean(), away.max(), angle.mean(), angle.max()))
    )
