"""Faults of the simulated driver: their share, and the values that are refused."""

import numpy as np
import pytest

from rl_manip_sim.stand_in.state_faults import StateFaults


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
