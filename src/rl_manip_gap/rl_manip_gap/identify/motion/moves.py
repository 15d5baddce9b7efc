"""Moves from place to place as a policy makes them: what is fitted to tones is tried on these."""

from __future__ import annotations

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.identify.motion.excitation import FULL, ExcitationLimits

_CONTROL = 0.04  # control step of a policy [s]
_APPROACH = 3.0  # commanded velocity over what is left of the way [1/s]
_GOAL = 2.0  # time for each goal [s]
_LAST = 1.0  # the motion fades out over this time [s]
SHORTEST = 6.0  # [s]
_ROOM = 0.75  # share of the excursion that goals are drawn in: a move may overshoot [1]


class Moves:
    """Joint velocities on the way to one random place after another.

    As a policy's behind the velocity guard: fast at first and ever slower near the place, by
    straight lines from control step to control step.

    Args:
        arm: which arm.
        start: (n,) joint positions from which it sets out [rad].
        centre: (n,) joint positions around which the places lie, and at which it ends [rad].
        duration: length [s].
        seed: of the places.
        limits: what the motion keeps to.

    Raises:
        ValueError: too short a duration, or no places above the least height.
    """

    def __init__(
        self,
        arm: Arm,
        start: np.ndarray,
        centre: np.ndarray,
        duration: float = 20.0,
        seed: int = 0,
        limits: ExcitationLimits = FULL,
    ) -> None:
        if duration < SHORTEST:
            raise ValueError(
                f"moves last {duration:g} s: give at least {SHORTEST:g} s, or 0 for no moves."
            )
        self.duration = duration
        self._start = np.asarray(start, dtype=float)
        centre = np.asarray(centre, dtype=float)
        reach = _ROOM * limits.room(arm, centre)
        places = np.random.default_rng(seed).uniform(
            -reach, reach, (int(duration / _GOAL), len(centre))
        )
        places[-1] = 0.0

        def path_at(share: float) -> np.ndarray:
            self._knots = self._velocities(arm, centre + share * places, limits)
            return self.path()

        limits.high_share(arm, path_at)  # the knots are those of the share that it found

    def velocity(self, time: np.ndarray) -> np.ndarray:
        """Joint velocities (k, n) [rad/s] at times (k,) [s], zero outside the duration."""
        time = np.asarray(time, dtype=float)
        at = np.arange(len(self._knots)) * _CONTROL
        inside = (time > 0.0) & (time < self.duration)
        return inside[:, None] * np.column_stack(
            [np.interp(time, at, knots) for knots in self._knots.T]
        )

    def path(self) -> np.ndarray:
        """Joint positions (k, n) [rad] every 40 ms, as far as the arm follows exactly."""
        steps = 0.5 * (self._knots[1:] + self._knots[:-1]) * _CONTROL
        return self._start + np.concatenate([0.0 * steps[:1], np.cumsum(steps, axis=0)])

    def _velocities(self, arm: Arm, places: np.ndarray, limits: ExcitationLimits) -> np.ndarray:
        """Velocity at each control step (k, n) [rad/s]; the last is zero."""
        fastest = limits.velocity_share * arm.limits.velocity
        change = limits.acceleration_share * arm.limits.acceleration * _CONTROL
        position, velocity = self._start.copy(), np.zeros(len(fastest))
        steps = int(self.duration / _CONTROL)
        fading = round(_LAST / _CONTROL)
        knots = [velocity]
        for step in range(steps):
            goal = places[min(int(step * _CONTROL / _GOAL), len(places) - 1)]
            wanted = _APPROACH * (goal - position)
            wanted = wanted / max(1.0, float((np.abs(wanted) / fastest).max()))
            wanted = wanted * min(1.0, max(0.0, (steps - 1 - step) / fading))
            more = wanted - velocity
            more = more / max(1.0, float((np.abs(more) / change).max()))
            position = position + (velocity + 0.5 * more) * _CONTROL
            velocity = velocity + more
            knots.append(velocity)
        return np.array(knots)
