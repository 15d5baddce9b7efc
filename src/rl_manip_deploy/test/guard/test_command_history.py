"""The way that was commanded, against sums by hand, and that memory and time stay bounded."""

import numpy as np
import pytest

from rl_manip_deploy.guard.command_history import CommandHistory


def test_each_command_counts_until_the_next_one():
    history = CommandHistory(2)
    history.add(np.array([1.0, 0.0]), 10.0)
    history.add(np.array([2.0, -1.0]), 10.5)
    history.add(np.array([0.0, 0.0]), 10.6)
    # 0.3 s at 1, 0.1 s at 2 and -1, then rest
    np.testing.assert_allclose(history.displacement(10.2, 11.0), [0.5, -0.1])
    np.testing.assert_allclose(history.displacement(10.55, 10.58), [0.06, -0.03])


def test_the_last_command_goes_on_and_the_arm_stood_before_the_first():
    history = CommandHistory(1)
    np.testing.assert_array_equal(history.displacement(0.0, 100.0), [0.0])
    history.add(np.array([0.5]), 10.0)
    np.testing.assert_allclose(history.displacement(-50.0, 12.0), [1.0])


def test_several_beginnings_at_once():
    history = CommandHistory(1)
    history.add(np.array([0.5]), 10.0)
    ways = history.displacement(np.array([10.0, 10.5, 11.0]), 11.0)
    np.testing.assert_allclose(ways, [[0.5], [0.25], [0.0]])


def test_what_a_state_may_lack_by_its_age():
    history = CommandHistory(1)
    history.add(np.array([1.0]), 10.0)
    # received 0.02 s ago, measured up to 0.04 s before
    pending = history.pending(received=11.0, response_time=0.04, now=11.02)
    np.testing.assert_allclose(pending, [[0.06], [0.02]])


def test_it_remembers_seconds_and_no_more_however_long_it_runs():
    history, reference = CommandHistory(6), []
    rng = np.random.default_rng(0)
    now = 0.0
    for _ in range(5000):
        now += rng.choice([0.0, 0.001, 0.002, 0.01])
        velocity = rng.uniform(-1.0, 1.0, 6)
        history.add(velocity, now)
        reference.append((now, velocity))
    since = now - 0.5
    expected = np.zeros(6)
    ends = [time for time, _ in reference[1:]] + [now]
    for (begin, velocity), end in zip(reference, ends):
        expected += velocity * max(end - max(begin, since), 0.0)
    np.testing.assert_allclose(history.displacement(since, now), expected, atol=1e-12)
    assert sum(array.size for array in vars(history).values() if np.ndim(array)) < 40_000


@pytest.mark.parametrize("late", [0.0, -1.0])
def test_a_clock_that_stands_or_goes_back_adds_nothing(late):
    history = CommandHistory(1)
    history.add(np.array([1.0]), 10.0)
    history.add(np.array([2.0]), 10.0 + late)
    np.testing.assert_allclose(history.displacement(9.0, 11.0), [2.0])
