"""The way to rest as a short trajectory: what a controller still holds when all of ours has died.

Every message has the integrated reference some time ahead, and from there on the stop that the
guard has proved to be free. When messages cease, the controller follows that stop by itself.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional

import numpy as np

from rl_manip_deploy.guard.braking import Motion, sample
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.safe_motion import stop_profile

AHEAD = 0.05
"""Time from a message to its first point [s]: several periods, so that one may be late."""
PERIOD = 0.01
"""Time between two messages [s]."""
# Shares of the stop at which it is sampled; between them the controller's splines differ from it by
# less than 0.1 mrad.
_SHARES = (0.25, 0.5, 0.75, 1.0)
# A reference further from the arm than this is not where the arm is going [rad]: the arm was moved,
# or did not follow.
_STRAY = 0.1


class Waypoint(NamedTuple):
    """Where the joints are to be, some time after the message."""

    time: float  # [s]
    position: np.ndarray  # (n,) [rad]
    velocity: np.ndarray  # (n,) [rad/s]


class TrajectoryReference:
    """Integrates commanded velocities into positions, and plans the stop behind each of them."""

    def __init__(self, limits: GuardLimits) -> None:
        self._limits = limits
        self._position: Optional[np.ndarray] = None
        self._velocity = np.zeros(len(limits.velocity))

    def move(self, velocity: np.ndarray, time_step: float, measured: Optional[np.ndarray]) -> None:
        """Moves the reference on by what was commanded in the last step.

        Args:
            velocity: commanded from now on, (n,) [rad/s].
            time_step: since the last call [s].
            measured: newest joint positions (n,) [rad]; none keeps the reference.
        """
        if measured is not None and self._is_stray(measured, velocity):
            self._position = np.array(measured, dtype=float)
        elif self._position is not None:
            self._position = self._position + 0.5 * time_step * (self._velocity + velocity)
        self._velocity = np.array(velocity, dtype=float)

    def waypoints(self, motion: Motion) -> List[Waypoint]:
        """`AHEAD` seconds at the commanded velocity, then the stop; empty before a joint state."""
        if self._position is None:
            return []
        start = self._position + AHEAD * motion.velocity
        points = [Waypoint(AHEAD, start, motion.velocity)]
        profile = stop_profile(Motion(motion.velocity, 0.0 * motion.velocity), self._limits)
        length = float(profile.duration.max())
        if length <= 0.0:
            return [Waypoint(AHEAD, start, 0.0 * start)]
        for share in _SHARES:
            moved, left = sample(profile, share * length)
            points.append(Waypoint(AHEAD + share * length, start + moved, left.velocity))
        rest = points[-1]
        points[-1] = rest._replace(velocity=0.0 * rest.velocity)
        return points

    def _is_stray(self, measured: np.ndarray, velocity: np.ndarray) -> bool:
        if self._position is None:
            return True
        # at rest the reference may close up with the arm, in motion it runs ahead of it by the lag
        lag = self._limits.response_time + AHEAD
        room = _STRAY + lag * np.maximum(np.abs(self._velocity), np.abs(velocity))
        return bool(np.any(np.abs(self._position - measured) > room))
