"""A motion that shows an arm's parameters: many frequencies, both directions, every joint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable

import numpy as np

from rl_manip_description import Arm

# Two octaves of slow motion show gain and friction, the fast ones tell delay from lag and show
# inertia; no two joints share a frequency, so that no joint's motion hides another's [Hz].
_SLOWEST, _FASTEST, _TONES = 0.12, 2.4, 7
_RAMP = 1.0  # the motion sets in and fades out over this time [s]
_SAMPLE = 0.01  # spacing at which limits are checked [s]


@dataclass(frozen=True)
class ExcitationLimits:
    """Bounds of the motion, well inside what the velocity guard allows."""

    excursion: float = 0.4
    """Largest distance of a joint from its start [rad]."""
    velocity_share: float = 0.4
    """Largest speed over the arm's velocity limit [1]."""
    acceleration_share: float = 0.6
    """Largest acceleration over the arm's acceleration limit [1]."""
    min_tool_height: float = 0.1
    """Lowest tool position above the table [m]."""

    def slowed(self, share: float) -> ExcitationLimits:
        """The same with everything that moves smaller: shares and excursion times `share` [1]."""
        return replace(
            self,
            excursion=share * self.excursion,
            velocity_share=share * self.velocity_share,
            acceleration_share=share * self.acceleration_share,
        )

    def room(self, arm: Arm, centre: np.ndarray) -> np.ndarray:
        """How far joints may go from positions (n,) [rad] to either side, (n,) [rad]."""
        limits = arm.limits
        room = np.minimum(limits.position_upper - centre, centre - limits.position_lower)
        return np.minimum(self.excursion, 0.8 * room)

    def high_share(self, arm: Arm, path_at: Callable[[float], np.ndarray]) -> float:
        """Share of a motion at which the tool stays above its least height [1].

        Args:
            arm: which arm.
            path_at: joint positions (k, n) [rad] of the motion at a share of its size.

        Raises:
            ValueError: even a small motion comes below.
        """
        share = 1.0
        for _ in range(40):
            height = arm.forward_kinematics(path_at(share)).position[:, 2]
            if height.min() >= self.min_tool_height:
                return share
            share *= 0.9
        raise ValueError(
            f"the tool would come below {self.min_tool_height:g} m from there: start higher."
        )


FULL = ExcitationLimits()  # at full speed


class Excitation:
    """Velocities of a multi-sine motion.

    Args:
        arm: which arm.
        start: (n,) joint positions from which it sets out [rad].
        duration: length [s], ramps included.
        seed: of the phases.
        limits: what the motion keeps to.

    Raises:
        ValueError: a duration that leaves no motion between the ramps.
    """

    def __init__(
        self,
        arm: Arm,
        start: np.ndarray,
        duration: float = 60.0,
        seed: int = 0,
        limits: ExcitationLimits = FULL,
    ) -> None:
        if duration < 4.0 * _RAMP:
            raise ValueError(f"duration is {duration:g} s, expected at least {4.0 * _RAMP:g} s.")
        self.duration = duration
        self._start = np.asarray(start, dtype=float)
        rng = np.random.default_rng(seed)
        tones = np.geomspace(_SLOWEST, _FASTEST, _TONES * arm.num_joints)
        self._frequency = tones.reshape(_TONES, arm.num_joints)
        self._phase = rng.uniform(0.0, 2.0 * np.pi, self._frequency.shape)
        # Equal accelerations above 0.5 Hz, equal velocities below: friction needs speed.
        self._amplitude = 1.0 / np.maximum(self._frequency, 0.5)
        self._amplitude *= self._scale(arm, self._start, limits)

    def velocity(self, time: np.ndarray) -> np.ndarray:
        """Joint velocities (k, n) [rad/s] at times (k,) [s], zero outside the duration."""
        time = np.asarray(time, dtype=float)
        angle = 2.0 * np.pi * self._frequency * time[:, None, None] + self._phase
        raw = (self._amplitude * np.sin(angle)).sum(axis=1)
        inside = np.clip(np.minimum(time, self.duration - time) / _RAMP, 0.0, 1.0)
        return raw * (inside**2 * (3.0 - 2.0 * inside))[:, None]

    def path(self) -> np.ndarray:
        """Joint positions (k, n) [rad] every 10 ms, as far as the arm follows exactly."""
        velocity = self.velocity(np.arange(0.0, self.duration, _SAMPLE))
        return self._start + np.cumsum(velocity, axis=0) * _SAMPLE

    @property
    def excursion(self) -> float:
        """Largest distance of any joint from its start [rad]."""
        return float(np.abs(self.path() - self._start).max())

    def _scale(self, arm: Arm, start: np.ndarray, limits: ExcitationLimits) -> np.ndarray:
        """Factor per joint (n,) that keeps the motion within the limits."""
        time = np.arange(0.0, self.duration, _SAMPLE)
        velocity = self.velocity(time)
        travel = np.cumsum(velocity, axis=0) * _SAMPLE
        acceleration = np.gradient(velocity, _SAMPLE, axis=0)
        scale = np.min(
            [
                limits.room(arm, start) / np.abs(travel).max(axis=0),
                limits.velocity_share * arm.limits.velocity / np.abs(velocity).max(axis=0),
                limits.acceleration_share
                * arm.limits.acceleration
                / np.abs(acceleration).max(axis=0),
            ],
            axis=0,
        )
        return scale * limits.high_share(arm, lambda share: start + share * scale * travel)
