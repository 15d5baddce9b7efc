"""Lone values are seen, steps and noise are not."""

import numpy as np

from rl_manip_gap.recording.value_checks import isolated_values

FLOOR = np.array([0.05])


def smooth(count=2000):
    return np.sin(0.01 * np.arange(count))[:, None]


def test_a_lone_value_is_seen_wherever_it_lies():
    for row in (2, 700, 1997):
        values = smooth()
        values[row] += 0.3
        assert list(np.flatnonzero(isolated_values(values, FLOOR))) == [row]


def test_a_step_and_a_pause_are_no_lone_values():
    values = smooth()
    values[900:] += 1.0
    values[1500] = 0.5 * (values[1499] + values[1501])  # one value between two steps
    values[1501:] += 2.0
    values[1700:] += 0.1 * np.arange(300)[:, None]  # a corner
    assert not isolated_values(values, FLOOR).any()


def test_times_with_pauses_hold_no_lone_value():
    time = np.concatenate(
        [[0.0, 60.0], 60.1 + 0.002 * np.arange(500), [70.0], 200.0 + np.arange(5)]
    )
    assert not isolated_values(time[:, None], np.array([0.25])).any()


def test_noise_raises_the_bound():
    noisy = smooth() + np.random.default_rng(0).normal(0.0, 0.1, (2000, 1))
    assert not isolated_values(noisy, FLOOR).any()
    noisy[300] += 20.0
    assert list(np.flatnonzero(isolated_values(noisy, FLOOR))) == [300]


def test_every_column_is_judged_on_its_own():
    values = np.hstack([smooth(), 100.0 * smooth()])
    values[400, 0] += 0.2
    assert list(np.flatnonzero(isolated_values(values, np.array([0.05, 5.0])))) == [400]


def test_few_values_are_left_alone():
    assert not isolated_values(np.array([[0.0], [9.0], [0.0]]), FLOOR).any()
