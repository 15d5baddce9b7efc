"""The way to rest as a short trajectory: what a controller still holds when all of ours has died.

Every message says where the joints are to be some time ahead, and from there on the stop that the
guard has proved to be free. When messages cease, the controller follows that stop by itself.

The controller goes from where it is to the first point of a message along a cubic, and is given
another message long before it gets there: it does not simply follow the points. So the reference
follows the same cubics, and each first point is laid such that the controller has the commanded
velocity by the time of the next message. Points on the integral of the commands would be met as
well, but with a swing: the way lost while the speed rises would be made up by going faster than
commanded, by 27 % at 4 Hz, in which policies with little to spare shake at their goals.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional

import numpy as np

from rl_manip_deploy.guard.braking import Motion, sample
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.safe_motion import stop_profile
from rl_manip_description.kinematics.cubic_spline import between

AHEAD = 0.05
"""Time from a message to its first point [s]: several periods, so that one may be late."""
PERIOD = 0.01
"""Time between two messages [s]."""
# On a cubic of length T the velocity is the second point's from share s = PERIOD / T on, where the
# points are T (v1 + (v1 - v0) (1 - 3 s) / (6 s)) apart: its derivative there, set to v1.
_SHARE = PERIOD / AHEAD
_EARLIER = AHEAD * (1.0 - 3.0 * _SHARE) / (6.0 * _SHARE)  # [s]
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
    """Where the controller is by what it was sent, and what to send it next."""

    def __init__(self, limits: GuardLimits) -> None:
        self._limits = limits
        self._sent: List[Waypoint] = []  # the newest message, and before it where it began
        self._age = 0.0  # of that message [s]

    def move(self, velocity: np.ndarray, time_step: float, measured: Optional[np.ndarray]) -> None:
        """Lets the controller go on by a step.

        Args:
            velocity: commanded from now on, (n,) [rad/s].
            time_step: since the last call [s].
            measured: newest joint positions (n,) [rad]; none keeps the reference.
        """
        self._age += time_step
        if measured is not None and self._is_stray(measured, velocity):
            going = self._now().velocity if self._sent else np.zeros(len(measured))
            self._begin(np.array(measured, dtype=float), going)

    def waypoints(self, motion: Motion) -> List[Waypoint]:
        """To send now: the commanded velocity for `AHEAD` seconds, then the stop.

        Empty before a joint state.
        """
        if not self._sent:
            return []
        here = self._now()
        way = AHEAD * motion.velocity + _EARLIER * (motion.velocity - here.velocity)
        # this may be the last message: then the joint slows down to rest, and does not swing back
        way = np.where(motion.velocity == 0.0, AHEAD / 3.0 * here.velocity, way)
        start = here.position + way
        points = [Waypoint(AHEAD, start, motion.velocity)]
        profile = stop_profile(Motion(motion.velocity, 0.0 * motion.velocity), self._limits)
        length = float(profile.duration.max())
        for share in _SHARES if length > 0.0 else ():
            moved, left = sample(profile, share * length)
            points.append(Waypoint(AHEAD + share * length, start + moved, left.velocity))
        rest = points[-1]
        points[-1] = rest._replace(velocity=0.0 * rest.velocity)
        self._begin(here.position, here.velocity)
        self._sent += points
        return points

    def _begin(self, position: np.ndarray, velocity: np.ndarray) -> None:
        self._sent, self._age = [Waypoint(0.0, position, velocity)], 0.0

    def _now(self) -> Waypoint:
        """Where the controller is."""
        for before, after in zip(self._sent, self._sent[1:]):
            if self._age < after.time:
                length = after.time - before.time
                share = (self._age - before.time) / length
                return Waypoint(self._age, *between(before[1:], after[1:], length, share))
        return self._sent[-1]

    def _is_stray(self, measured: np.ndarray, velocity: np.ndarray) -> bool:
        if not self._sent:
            return True
        here = self._now()
        # at rest the reference may close up with the arm, in motion it runs ahead of it by the lag
        lag = self._limits.response_time + AHEAD
        room = _STRAY + lag * np.maximum(np.abs(here.velocity), np.abs(velocity))
        return bool(np.any(np.abs(here.position - measured) > room))
