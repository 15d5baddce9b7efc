"""Which points the guard keeps where: the tool in its box, every link above the floor."""

from __future__ import annotations

import numpy as np

from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_description import Arm
from rl_manip_description.kinematics.link_shapes import read_cylinders

# A coordinate without an upper bound [m]; infinity times zero would be no number.
_UNBOUNDED = 1e6


class GuardedSpace:
    """Turns joint positions into c coordinates [m] with bounds.

    They are x, y and z of the tool, and for every end of a collision cylinder the height of its
    lowest point. A cylinder is lowest at an end, so all of the arm is above the floor if they are.
    The first link only turns about the vertical and is left out.
    """

    def __init__(self, arm: Arm, limits: GuardLimits) -> None:
        self._chain = arm.chain
        cylinders = read_cylinders(arm.urdf_path, arm.joint_names)
        kept = cylinders.link > 0
        link, ends, radius = (field[kept] for field in cylinders)
        axis = ends[:, 1] - ends[:, 0]
        axis = axis / np.linalg.norm(axis, axis=-1, keepdims=True)
        self._link = np.repeat(link, 2)
        self._radius = np.repeat(radius, 2)
        # one product with a frame's third row gives the heights of end and of axis
        self._end = np.append(ends.reshape(-1, 3), np.ones((2 * len(link), 1)), axis=1)
        self._axis = np.append(np.repeat(axis, 2, axis=0), np.zeros((2 * len(link), 1)), axis=1)
        floor = np.full(2 * len(link), limits.floor)
        self.lower = np.append(limits.tool_lower, floor) + limits.tool_margin
        self.upper = np.append(limits.tool_upper - limits.tool_margin, 0.0 * floor + _UNBOUNDED)
        self.levers = self._longest_levers()

    def coordinates(self, joint_position: np.ndarray) -> np.ndarray:
        """Coordinates (..., c) [m] in the base frame for joint positions (..., n) [rad]."""
        frames, tool = self._chain.joint_frames(joint_position)
        rows = frames[..., self._link, 2, :]
        height = np.sum(rows * self._end, axis=-1)
        upright = np.sum(rows * self._axis, axis=-1)
        # a disc of radius r whose axis has the vertical component u reaches down by r sqrt(1 - u^2)
        lowest = height - self._radius * np.sqrt(np.maximum(1.0 - upright**2, 0.0))
        return np.concatenate([tool[..., :3, 3], lowest], axis=-1)

    def _longest_levers(self) -> np.ndarray:
        """How far a joint moves a coordinate at most, links stretched, (n, c) [m/rad]."""
        origins = np.linalg.norm(self._chain.origins[:, :3, 3], axis=-1)
        n = len(origins)
        # link that carries each point, and how far from that link's joint it lies
        link = np.append(np.full(3, n - 1), self._link)
        size = np.linalg.norm(self._end[:, :3], axis=-1) + self._radius
        size = np.append(np.full(3, np.linalg.norm(self._chain.tool[:3, 3])), size)
        way = np.cumsum(origins)  # along the stretched links, from the base
        levers = way[link] - way[:, None] + size
        levers = np.where(link >= np.arange(n)[:, None], levers, 0.0)
        # about the vertical nothing goes up or down
        if np.allclose((self._chain.origins[0, :3, :3] @ self._chain.axes[0])[:2], 0.0):
            levers[0, 2:] = 0.0
        return levers
