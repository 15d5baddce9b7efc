"""When control steps are due: a fixed grid in time, of which a stall leaves steps out."""

from __future__ import annotations

import math


class StepTimes:
    """Times of the control steps of a policy that acts from now on.

    Args:
        now: on the steady clock [s]; the first step is due a period later.
        period: between two steps [s].
        slack: a step may be taken so long before it is due [s]: timers wake up early, too.
    """

    def __init__(self, now: float, period: float, slack: float) -> None:
        self._period, self._slack = period, slack
        self._due = now + period

    def is_due(self, now: float) -> bool:
        """Whether a step is to be taken now."""
        return now >= self._due - self._slack

    def take(self, now: float) -> float:
        """Takes a step; by how much it is late, negative where it is early [s].

        Steps that were missed are left out, and the next one is due when it would have been: a
        single stall makes no later step late.
        """
        late = now - self._due
        self._due += self._period * (1 + max(math.floor(late / self._period), 0))
        return late
