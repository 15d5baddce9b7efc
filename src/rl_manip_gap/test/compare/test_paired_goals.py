"""Differences goal by goal, where intervals side by side would overlap."""

import numpy as np
import pytest

from rl_manip_deploy.evaluation.goal_judge import GoalResult
from rl_manip_gap.compare.paired_goals import paired_goals


def outcome(success, time, distance):
    fields = dict.fromkeys(GoalResult.__dataclass_fields__)
    fields.update(success=success, time_to_goal_s=time, final_distance_m=distance)
    return GoalResult(**fields)


def test_14_of_20_against_20_of_20_is_more_than_chance():
    real = [outcome(k < 14, 1.0 if k < 14 else None, 0.01) for k in range(20)]
    sim = [outcome(True, 1.0, 0.01) for _ in range(20)]
    pairs = paired_goals(real, sim)
    assert pairs.success.value == pytest.approx(-0.3)
    # Newcombe's method 10 by hand: p 0.7 (Wilson 0.481 to 0.855), q 1 (0.839 to 1), phi 0:
    # -0.3 - sqrt(0.219^2 + 0^2) and -0.3 + sqrt(0.155^2 + 0.161^2)
    assert pairs.success.ci95 == pytest.approx((-0.519, -0.077), abs=2e-3)
    assert pairs.success.excludes_zero
    assert "-30 (-52 to -8) points" in pairs.sentence


def test_a_little_slower_at_every_goal_is_slower():
    """Means of 1 to 3 s overlap; the differences of 0.1 s do not hold zero."""
    times = np.linspace(1.0, 3.0, 20)
    late = 0.1 + 0.02 * np.sin(np.arange(20))
    real = [outcome(True, t + d, 0.01) for t, d in zip(times, late)]
    pairs = paired_goals(real, [outcome(True, t, 0.01) for t in times])
    assert pairs.time_s.value == pytest.approx(late.mean())
    assert 0.05 < pairs.time_s.ci95[0] < 0.1 < pairs.time_s.ci95[1] < 0.15
    assert "the arm is slower by +0.10" in pairs.sentence
    assert not pairs.success.excludes_zero
    assert not pairs.distance_m.excludes_zero


def test_goals_that_are_not_the_same_are_not_paired():
    assert paired_goals([outcome(True, 1.0, 0.0)], []) is None
