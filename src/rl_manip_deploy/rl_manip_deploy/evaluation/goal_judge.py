"""Whether a goal was met within its time, and after how long."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np

from rl_manip_deploy.policy.goals.goal_checks import Check, ObjectCheck, Seen, ToolCheck, goal_check

__all__ = [
    "HOLD",
    "Check",
    "GoalJudge",
    "GoalResult",
    "ObjectCheck",
    "Seen",
    "ToolCheck",
    "goal_check",
    "how_far_off",
    "time_for",
]

# Without a time of its own a goal gets the policy's episode and so much more, for the way through
# ROS and for starts further away than a goal was in training [s].
_EXTRA_TIME = 2.0
# A goal counts as met only when it has stayed met for so long [s].
HOLD = 0.2


@dataclass(frozen=True)
class GoalResult:
    """What became of one goal."""

    position: Tuple[float, ...]  # (3,) [m] in the base frame
    success: bool
    final_distance_m: Optional[float]  # of tool or object as seen last; None where never seen
    time_to_goal_s: Optional[float]  # from the goal's publication until it came to stay met


def time_for(asked: float, episode: float) -> float:
    """Time that a goal gets [s]: what was asked for or, where that is 0, that of its policy.

    Args:
        asked: for this goal [s].
        episode: length of the policy's episodes [s].
    """
    return asked if asked > 0.0 else episode + _EXTRA_TIME


def how_far_off(distance: Optional[float]) -> str:
    """A distance to the goal [m] in words; None or infinite where it was never seen."""
    if distance is None or math.isinf(distance):
        return "unseen"
    return f"{1e3 * distance:.1f} mm off"


class GoalJudge:
    """Watches one goal; `result` is there once it is met or has timed out.

    Args:
        check: what counts.
        goal: (7,) position [m] and quaternion xyzw.
        start: when the goal was set [s].
        timeout: how long it may take [s].
        hold: how long it must stay met [s].
    """

    def __init__(
        self, check: Check, goal: np.ndarray, start: float, timeout: float, hold: float = HOLD
    ) -> None:
        self.result: Optional[GoalResult] = None
        self.distance = math.inf
        """Of tool or object to the goal, as it was seen last; infinite before [m]."""
        self._check, self._goal, self._hold = check, goal, hold
        self._start, self._deadline = start, start + timeout
        self.timeout = timeout
        """Time that there is for it [s]."""
        self._there_since: Optional[float] = None

    def watch(self, seen: Seen) -> None:
        """Takes what was measured last."""
        distance, there = self._check.look(seen)
        if math.isfinite(distance):
            self.distance = distance
        if not there:
            self._there_since = None
        elif self._there_since is None:
            self._there_since = seen.time
        met = self._there_since is not None and seen.time - self._there_since >= self._hold
        if met or seen.time >= self._deadline:
            taken = None
            if met and self._there_since is not None:
                taken = self._there_since - self._start
            self.result = GoalResult(
                position=tuple(map(float, self._goal[:3])),
                success=met,
                final_distance_m=self.distance if math.isfinite(self.distance) else None,
                time_to_goal_s=taken,
            )
