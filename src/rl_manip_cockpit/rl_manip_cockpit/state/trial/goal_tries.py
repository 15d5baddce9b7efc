"""How goals are met: judged as an evaluation judges, at the end of their time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Deque, Optional, Tuple

from rl_manip_description.wilson import wilson_interval

KEPT = 50
"""Goals that are looked back on."""


@dataclass(frozen=True)
class Tally:
    """Of the last goals that had their full time."""

    count: int = 0
    met: int = 0
    mean_time: Optional[float] = None
    """Until a goal was met for good [s], over those that were; None for none."""

    @property
    def interval(self) -> Tuple[float, float]:
        """95 % interval of the share that is met [1]; of no goal, everything."""
        return wilson_interval(self.met, self.count)


class GoalTries:
    """One goal after the other; a goal that is replaced before its time is up does not count.

    Args:
        goal_time: what a goal has [s].
    """

    def __init__(self, goal_time: float) -> None:
        self._goal_time = goal_time
        self._ended: Deque[Optional[float]] = deque(maxlen=KEPT)  # time to goal; None: not met
        self.elapsed = 0.0
        """Since the goal began [s]."""
        self.met_since: Optional[float] = None
        """When it was met for good [s], as far as is known; None while it is not."""
        self._counts = True

    def begin(self) -> None:
        """Another goal."""
        self.elapsed, self.met_since, self._counts = 0.0, None, True

    def advance(self, period: float, is_met: bool) -> None:
        """Takes the state after a control period [s]."""
        self.elapsed += period
        if not is_met:
            self.met_since = None
        elif self.met_since is None:
            self.met_since = self.elapsed

    @property
    def is_over(self) -> bool:
        """Whether the goal had its full time."""
        return self.elapsed >= self._goal_time - 1e-9

    def judge(self, failed: bool = False) -> None:
        """The goal's time is up, or the arm `failed` before; a goal is judged once."""
        if self._counts:
            self._ended.append(None if failed else self.met_since)
        self._counts = False

    def forget(self) -> None:
        """The arm is another one from here on: what was counted, and the goal, say nothing."""
        self._ended.clear()
        self._counts = False

    @property
    def tally(self) -> Tally:
        """Of the goals that were judged since."""
        times = [time for time in self._ended if time is not None]
        mean = sum(times) / len(times) if times else None
        return Tally(len(self._ended), len(times), mean)
