"""Where a controller of positions is to hold the arm: the guard's velocities, integrated."""

from __future__ import annotations

from typing import Optional

import numpy as np

from rl_manip_deploy.guard.conditions.following import TRANSIT
from rl_manip_deploy.guard.guard_limits import GuardLimits

# Time that one step is taken to last at most [s]: a guard that was held up goes on from where the
# controller holds the arm, and does not make up for what it missed in one leap.
_LONGEST_STEP = 0.03
# What the reference may be ahead of an arm at rest [rad]: it gives way under what it carries, and
# still closes up after a stop. So far the controller presses where something holds the arm up.
_LEAD = 0.05


class PositionReference:
    """Begins where the arm is, and runs ahead of it by no more than the arm's lag explains.

    It never leaps: a controller of positions follows a leap as fast as the drives can.

    Args:
        limits: `response_time` is the arm's longest lag.
        measured: joint positions (n,) [rad] at the start.
    """

    def __init__(self, limits: GuardLimits, measured: np.ndarray) -> None:
        self._limits = limits
        self._position = np.array(measured, dtype=float)
        self._velocity = np.zeros_like(self._position)

    def move(
        self, velocity: np.ndarray, time_step: float, measured: Optional[np.ndarray]
    ) -> np.ndarray:
        """Moves on by what was commanded in the last step; where the arm is to be, (n,) [rad].

        Args:
            velocity: commanded from now on, (n,) [rad/s].
            time_step: since the last call [s].
            measured: newest joint positions (n,) [rad]; none is as if the arm had followed.
        """
        speed = np.maximum(np.abs(self._velocity), np.abs(velocity))
        length = min(time_step, _LONGEST_STEP)
        moved = self._position + 0.5 * length * (self._velocity + velocity)
        self._velocity = np.array(velocity, dtype=float)
        if measured is not None:
            lead = _LEAD + (self._limits.response_time + TRANSIT) * speed
            near = np.clip(moved, measured - lead, measured + lead)
            # back to an arm that was carried away: no faster than it may be commanded to move
            most = length * self._limits.velocity
            moved = np.clip(near, self._position - most, self._position + most)
        self._position = moved
        return moved.copy()
