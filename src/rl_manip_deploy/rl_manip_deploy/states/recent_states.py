"""The last half second of joint states: speeds by difference, rest, and whether speeds are true."""

from __future__ import annotations

from collections import deque
from typing import Deque, NamedTuple, Optional, Sequence, Tuple

import numpy as np

SPACING = 0.008  # [s] between two states that are kept
WINDOW = 0.5  # [s] for which they are kept
DIFFERENCE_OVER = 0.018  # [s] at least, between the two positions that give a velocity
AT_REST_FOR = 0.1  # [s]
LONGEST_GAP = 0.1  # [s] between two states; what came before a longer one says nothing
STILL = 2e-3  # [rad] that an arm at rest may seem to move: ten times the noise of a simulated arm
SLOW = 0.03  # [rad/s] likewise
# Positions and the sum of the velocities may differ by so much: late receipts, filters, gains.
FIT, FIT_SHARE = 0.06, 0.3  # [rad], [1]


class _Kept(NamedTuple):
    time: float  # [s] of receipt
    position: np.ndarray  # [rad]
    travelled: np.ndarray  # [rad] sum of the measured velocities


class RecentStates:
    """A window over the joint states that were taken.

    All times are the receiver's steady clock, in [s].
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self.forget()

    def forget(self) -> None:
        """Starts anew with the next state."""
        self._kept: Deque[_Kept] = deque()
        self._last: Optional[_Kept] = None
        self._velocity: Optional[np.ndarray] = None

    def add(self, position: np.ndarray, velocity: Optional[np.ndarray], now: float) -> bool:
        """Takes the next state [rad, rad/s]; whether it is one of those that are kept.

        Args:
            velocity: None where the driver sends none.
        """
        if self._last is not None and now - self._last.time > LONGEST_GAP:
            self.forget()
        last = self._last
        travelled = np.zeros(len(position)) if last is None else last.travelled
        if last is not None and velocity is not None and self._velocity is not None:
            travelled = travelled + 0.5 * (velocity + self._velocity) * (now - last.time)
        self._velocity = velocity
        self._last = _Kept(now, position, travelled)
        if self._kept and now - self._kept[-1].time < SPACING:
            return False
        self._kept.append(self._last)
        while now - self._kept[0].time > WINDOW:
            self._kept.popleft()
        return True

    def derived_velocity(self) -> Tuple[np.ndarray, float]:
        """Velocity by difference (n,) [rad/s], NaN at first, and by how much it lags [s]."""
        if self._last is not None:
            for kept in reversed(self._kept):
                elapsed = self._last.time - kept.time
                if elapsed >= DIFFERENCE_OVER:
                    return (self._last.position - kept.position) / elapsed, 0.5 * elapsed
        return np.full(len(self._names), np.nan), 0.0

    def is_at_rest(self) -> bool:
        """Whether the arm has not moved for `AT_REST_FOR`; false while that is not known."""
        if self._last is None:
            return False
        if self._velocity is not None and np.abs(self._velocity).max() > SLOW:
            return False
        lowest = highest = self._last.position
        for kept in reversed(self._kept):
            lowest = np.minimum(lowest, kept.position)
            highest = np.maximum(highest, kept.position)
            if np.any(highest - lowest > STILL):
                return False
            if self._last.time - kept.time >= AT_REST_FOR:
                return True
        return False

    def misfit(self) -> str:
        """Why the measured velocities cannot be those of the positions; empty where they can."""
        if self._velocity is None or self._last is None or not self._kept:
            return ""
        first, last = self._kept[0], self._last
        moved, summed = last.position - first.position, last.travelled - first.travelled
        room = FIT + FIT_SHARE * np.maximum(np.abs(moved), np.abs(summed))
        wrong = np.abs(moved - summed) > room
        if not wrong.any():
            return ""
        joint = int(np.argmax(np.abs(moved - summed) - room))
        return (
            f"{self._names[joint]} moved by {moved[joint]:.2f} rad in "
            f"{last.time - first.time:.2f} s, but its measured velocities add up to "
            f"{summed[joint]:.2f} rad: the driver's velocities are wrong"
        )
