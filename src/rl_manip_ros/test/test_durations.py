"""Quantiles of durations: nearest rank, of the last ones only."""

from rl_manip_ros.durations import Durations


def test_quantiles_in_milliseconds():
    durations = Durations()
    for i in range(101):
        durations.add(1e-3 * i)
    assert durations.summary() == {"p50": "50.000", "p99": "99.000", "max": "100.000"}


def test_only_the_last_ones_count():
    durations = Durations(capacity=10)
    for seconds in [9.0] * 5 + [0.001] * 10:
        durations.add(seconds)
    assert durations.summary()["max"] == "1.000"


def test_before_the_first_there_are_dashes():
    assert set(Durations().summary().values()) == {"-"}
