"""Faults of the simulated driver: their share, and the values that are refused."""

import numpy as np
import pytest

from rl_manip_sim.stand_in.state_faults import FrozenReading, StateFaults


def test_without_faults_nothing_changes():
    rng, position = np.random.default_rng(0), np.arange(6.0)
    faults = StateFaults()
    assert not faults.is_dropped(rng)
    assert faults.wait(rng) == 0.0
    assert faults.spoil(position, rng) is position


def test_shares_are_kept():
    rng = np.random.default_rng(1)
    faults = StateFaults(state_dropout=0.2, nan_states=0.3, state_jitter=0.01)
    dropped = np.mean([faults.is_dropped(rng) for _ in range(5000)])
    spoiled = np.mean([np.isnan(faults.spoil(np.zeros(6), rng)).sum() for _ in range(5000)])
    waits = [faults.wait(rng) for _ in range(1000)]
    assert dropped == pytest.approx(0.2, abs=0.02)
    assert spoiled == pytest.approx(0.3, abs=0.03)
    assert 0.0 <= min(waits) < max(waits) <= 0.01


def test_zeros_are_sent_now_and_then():
    rng = np.random.default_rng(2)
    faults = StateFaults(zero_states=0.1)
    sent = [faults.spoil(np.ones(6), rng) for _ in range(2000)]
    assert {tuple(position) for position in sent} == {(0.0,) * 6, (1.0,) * 6}
    assert np.mean([not position.any() for position in sent]) == pytest.approx(0.1, abs=0.03)


def test_states_come_no_more_often_than_the_interval():
    faults, rng = StateFaults(state_interval=0.048), np.random.default_rng(0)
    assert faults.is_dropped(rng, 0.046)
    assert not faults.is_dropped(rng, 0.048)


def test_frozen_states_stay_as_they_were_when_they_froze():
    frozen = FrozenReading()
    assert frozen.of(("a",), False) == ("a",)
    assert [frozen.of((name,), True) for name in "bcd"] == [("b",)] * 3
    assert frozen.of(("e",), False) == ("e",)
    assert frozen.of(("f",), True) == ("f",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state_dropout", 1.1),
        ("nan_states", -0.1),
        ("state_jitter", float("nan")),
        ("speed_scaling", 101.0),
        ("clock_offset", float("inf")),
    ],
)
def test_values_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        StateFaults().changed(**{name: value})
