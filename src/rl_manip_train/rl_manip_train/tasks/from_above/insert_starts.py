"""Where episodes of insertion begin: poses of the arm, and holes under the peg or beside it."""

from __future__ import annotations

import math
from typing import Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_train.tasks.from_above.tabletop_poses import tabletop_poses

LOWEST_MOUTH = 0.05
"""Least height of a hole's mouth over the table [m]."""
OVER = 0.04
"""Largest height of the tip over the block at the start of an episode over it [m]."""
AZIMUTH = 0.8
"""Starts lie within this of straight ahead [rad]."""
TURNED = 0.35
"""Largest angle between tool and hole about the vertical at the start [rad]."""


class InsertStarts:
    """Draws them.

    Args:
      arm: which arm.
      far_share: share that starts beside the block instead of over it [1].
    """

    def __init__(self, arm: Arm, far_share: float) -> None:
        self._far_share, self._ring = far_share, arm.practice.table_ring
        lowest = PEG_LENGTH + LOWEST_MOUTH - HOLE_DEPTH
        self.highest = float(arm.forward_kinematics(arm.home).position[2]) + 0.01
        """Largest height of the tool [m]."""
        poses = tabletop_poses(arm, lowest, self.highest)
        azimuth = np.arctan2(poses.tool_pose[:, 1], poses.tool_pose[:, 0])
        ahead = np.abs(azimuth) <= AZIMUTH
        self.joint_position, self._tools = poses.joint_position[ahead], poses.tool_pose[ahead]
        """Poses (m, n) of the arm with its tool straight down [rad]."""
        # below the tip of these there is room for a block
        self._high = np.flatnonzero(self._tools[:, 2] >= PEG_LENGTH + LOWEST_MOUTH + OVER)

    def draw(
        self, rng: np.random.Generator, clearance: np.ndarray, training: bool
    ) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Indices (k,) into the poses, mouths (k, 3) [m] and directions (k,) [rad] of holes.

        Args:
          rng: draws them.
          clearance: (k,) by which pegs are thinner than their holes [m].
          training: start some with the peg on the block's face, or in the hole.
        """
        count = len(clearance)
        kind = rng.random(count)
        far = kind < self._far_share
        pose = rng.choice(self._high, count)
        pose[far] = rng.integers(len(self.joint_position), size=int(far.sum()))
        tool = self._tools[pose]
        aside = 0.03 * np.sqrt(rng.random(count))
        aside[far] = rng.uniform(0.09, 0.12, int(far.sum()))
        height = rng.uniform(0.005, OVER, count)
        height[far] = rng.uniform(-0.045, 0.06, int(far.sum()))
        if training:
            face, inside = (kind >= 0.7) & (kind < 0.85), kind >= 0.85
            aside[face] *= 0.1
            height[face] = rng.uniform(5e-4, 2e-3, int(face.sum()))
            aside[inside] *= 0.25 * clearance[inside] / 0.03
            height[inside] = rng.uniform(-0.025, 0.0, int(inside.sum()))
        towards = rng.uniform(-math.pi, math.pi, count)
        away = aside[:, None] * np.stack((np.cos(towards), np.sin(towards)), axis=1)
        # a hole beside the peg is rather on the side of the middle of the ring
        near, outer = self._ring
        radius = np.linalg.norm(tool[:, :2] + away, axis=1)
        away[far & ((radius < near) | (radius > outer))] *= -1.0
        turned = rng.uniform(-TURNED, TURNED, count)
        if training:
            turned[inside] = 0.0
        yaw = 2.0 * np.arctan2(tool[:, 4], tool[:, 3]) + turned
        mouth = np.empty((count, 3))
        mouth[:, :2] = tool[:, :2] + away
        mouth[:, 2] = np.maximum(tool[:, 2] - PEG_LENGTH - height, LOWEST_MOUTH)
        return pose, mouth, yaw
