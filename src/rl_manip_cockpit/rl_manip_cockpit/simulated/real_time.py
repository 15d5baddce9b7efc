"""Keeps a simulation as fast as the clock on the wall."""

from __future__ import annotations

import time
from typing import Callable

SMOOTHED = 0.05
"""Weight of the newest step in the pace [1]."""
LATE = 5
"""Periods of delay that are not made up for."""


class RealTime:
    """Waits between two steps.

    Args:
        period: simulated in a step [s].
        clock: steady [s].
        sleep: waits so long [s].
    """

    def __init__(
        self,
        period: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.period = period
        """Simulated in a step [s]."""
        self._clock, self._sleep = clock, sleep
        self._due = self._last = clock()
        self.pace = 1.0
        """Simulated over real time, lately [1]."""

    def wait(self) -> None:
        """Returns when the next step is due."""
        self._due += self.period
        now = self._clock()
        if now < self._due:
            self._sleep(self._due - now)
            now = self._clock()
        elif now > self._due + LATE * self.period:
            self._due = now
        spent = max(now - self._last, 1e-9)
        self.pace += SMOOTHED * (self.period / spent - self.pace)
        self._last = now

    def rest(self, duration: float) -> None:
        """Waits without a step [s]; what went by counts for nothing."""
        self._sleep(duration)
        self._due = self._last = self._clock()
