"""Goals are judged once, at the end of their time, and never when they are replaced before."""

from __future__ import annotations

import pytest

from rl_manip_cockpit.state.trial.goal_tries import KEPT, GoalTries, Tally


def tried(tries: GoalTries, states: list[bool]) -> None:
    """A goal of one second, in steps of a quarter."""
    tries.begin()
    for is_met in states:
        tries.advance(0.25, is_met)
    if tries.is_over:
        tries.judge()


def test_a_goal_counts_by_its_end_and_from_when_on_it_was_met_for_good():
    tries = GoalTries(1.0)
    tried(tries, [True, False, True, True])  # for good from 0.75 s on
    tried(tries, [True, True, True, False])
    tried(tries, [False, True, True, True])  # from 0.5 s on
    assert tries.tally == Tally(count=3, met=2, mean_time=pytest.approx(0.625))
    assert tries.met_since == 0.5


def test_a_goal_that_is_replaced_counts_nothing_and_a_failure_at_once():
    tries = GoalTries(1.0)
    tried(tries, [True, True, True])  # a quarter was left
    assert not tries.is_over
    assert tries.tally.count == 0
    tries.begin()
    tries.advance(0.25, True)
    tries.judge(failed=True)
    assert tries.tally == Tally(count=1, met=0, mean_time=None)


def test_a_goal_that_stays_is_judged_once():
    tries = GoalTries(1.0)
    tried(tries, [True] * 4)
    tries.advance(1.0, True)
    tries.judge()
    assert tries.tally.count == 1


def test_what_was_tried_with_another_arm_is_forgotten_and_so_is_the_goal_under_way():
    tries = GoalTries(1.0)
    tried(tries, [True] * 4)
    tries.begin()
    tries.forget()
    tries.judge()
    assert tries.tally == Tally()
    assert tries.tally.interval == (0.0, 1.0)
    tried(tries, [True] * 4)
    assert tries.tally.count == 1


def test_only_the_last_goals_are_looked_back_on():
    tries = GoalTries(1.0)
    for _ in range(KEPT):
        tried(tries, [False] * 4)
    for _ in range(KEPT):
        tried(tries, [True] * 4)
    assert (tries.tally.count, tries.tally.met) == (KEPT, KEPT)
