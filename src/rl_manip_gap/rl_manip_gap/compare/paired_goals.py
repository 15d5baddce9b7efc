"""The same goals on the arm and in simulation: differences goal by goal, arm minus simulation.

Goals differ in difficulty, which two rates or two means side by side mistake for chance.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence

import numpy as np

from rl_manip_deploy.evaluation.goal_judge import GoalResult
from rl_manip_gap.compare.policies import paired_interval
from rl_manip_gap.metrics.intervals import Figure, bootstrap


class PairedGoals(NamedTuple):
    """Differences over the goals that both were given."""

    goals: int
    success: Figure  # of the rates [1] (Newcombe 1998, paired, method 10)
    time_s: Optional[Figure]  # to goals that both met, paired bootstrap [s]
    distance_m: Optional[Figure]  # from the goal at its end, paired bootstrap [m]

    @property
    def sentence(self) -> str:
        """The differences for the reader."""
        parts = [f"a difference of {_text(self.success, 100.0, 0)} points"]
        if self.time_s is not None and self.time_s.excludes_zero:
            word = "slower" if self.time_s.value > 0.0 else "faster"
            parts.append(f"the arm is {word} by {_text(self.time_s, 1.0, 2)} s")
        if self.distance_m is not None and self.distance_m.excludes_zero:
            word = "farther from" if self.distance_m.value > 0.0 else "nearer to"
            parts.append(f"it ends {word} the goal by {_text(self.distance_m, 1e3, 1)} mm")
        return ", ".join(parts) + ", goal by goal."


def paired_goals(real: Sequence[GoalResult], sim: Sequence[GoalResult]) -> Optional[PairedGoals]:
    """None where not every goal has an outcome in both."""
    if not real or len(real) != len(sim):
        return None
    met = [[goal.success for goal in place] for place in (real, sim)]
    low, high = paired_interval(*met)
    rate = float(np.mean(met[0]) - np.mean(met[1]))
    both = list(zip(real, sim))
    times = [
        one.time_to_goal_s - other.time_to_goal_s
        for one, other in both
        if one.time_to_goal_s is not None and other.time_to_goal_s is not None
    ]
    distances = [
        one.final_distance_m - other.final_distance_m
        for one, other in both
        if one.final_distance_m is not None and other.final_distance_m is not None
    ]
    return PairedGoals(
        len(real), Figure(rate, (low, high)), _difference(times), _difference(distances)
    )


def _difference(values: List[float]) -> Optional[Figure]:
    """The mean of paired differences, resampled over goals."""
    if not values:
        return None
    sums = np.column_stack([np.ones(len(values)), values])
    value, ends = bootstrap(sums, lambda s: s[..., 1] / s[..., 0], ordered=False)
    return Figure(float(value), None if ends is None else (float(ends[0]), float(ends[1])))


def _text(difference: Figure, scale: float, digits: int) -> str:
    """Value and interval; of a difference whose word tells the sign, as it is."""
    shown = f"{difference.value * scale:+.{digits}f}"
    if difference.ci95 is None:
        return shown
    low, high = (f"{end * scale:+.{digits}f}" for end in difference.ci95)
    return f"{shown} ({low} to {high})"
