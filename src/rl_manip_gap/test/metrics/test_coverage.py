"""95 % intervals hold the truth as often as they say."""

import numpy as np
import pytest
from scipy.signal import lfilter

from rl_manip_gap.metrics.intervals import bootstrap, mean_vector, skewed
from rl_manip_gap.metrics.response import joint_response
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag

BAGS = 50


def test_delay_and_gain_of_fifty_random_bags(arm, tmp_path):
    covered = {"delay_s": 0, "gain": 0}
    for seed in range(BAGS):
        rng = np.random.default_rng(seed)
        truth = Truth(
            duration=rng.uniform(8.0, 14.0),
            state_rate=rng.choice([125.0, 250.0, 500.0]),
            delay=rng.uniform(0.005, 0.08),
            gain=rng.uniform(0.9, 1.1),
            noise=rng.uniform(0.001, 0.02),
            seed=seed,
        )
        truth = Truth(**{**vars(truth), "command_rate": truth.state_rate})
        recording = read_recording(response_bag(tmp_path / str(seed), arm, truth), arm)
        states = recording.states
        joint = seed % arm.num_joints
        response = joint_response(recording.commands, states.time, states.velocity, joint)
        for name, true in (("delay_s", truth.delay), ("gain", truth.gain)):
            low, high = getattr(response, name).ci95
            covered[name] += low <= true <= high
    assert min(covered.values()) >= 0.9 * BAGS, covered


DRAWS = 1000
BLOCKS = 60  # of 1 s


def correlated(memory, bias, axes=1, step=0.05):
    """Errors of variance 1 with a memory [s] about a bias, shape (BLOCKS, DRAWS, axes, 20)."""
    rng, keep = np.random.default_rng(7), np.exp(-step / memory)
    shocks = rng.standard_normal((DRAWS, axes, BLOCKS * round(1.0 / step)))
    shocks[..., 1:] *= np.sqrt(1.0 - keep**2)
    series = lfilter([1.0], [1.0, -keep], shocks)
    series[:, 0] += bias
    return np.moveaxis(series.reshape(DRAWS, axes, BLOCKS, -1), 2, 0)


def covered(ends, truth):
    return np.mean((ends[0] <= truth) & (truth <= ends[1]))


@pytest.mark.parametrize(("memory", "least"), [(0.1, 0.93), (0.5, 0.92), (3.0, 0.90)])
def test_bias_and_rmse_of_errors_with_a_memory(memory, least):
    """60 s in windows of 1 s; without regard to memory, bias at 3 s is covered in 59 %."""
    bias, rms = 0.5, np.sqrt(1.0 + 0.5**2)
    errors = correlated(memory, bias)[:, :, 0]
    sums = np.stack([np.full(errors.shape[:2], 20.0), errors.sum(-1), (errors**2).sum(-1)], axis=-1)
    _, ends = bootstrap(sums, lambda s: s[..., 1] / s[..., 0])
    assert 0.93 <= covered(ends, bias) <= 0.98
    value, ends = bootstrap(sums, lambda s: np.sqrt(s[..., 2] / s[..., 0]))
    assert least <= covered(skewed(value, ends), rms) <= 0.98


@pytest.mark.parametrize("bias", [0.0, 0.3])
def test_a_tools_bias_that_is_zero_is_told_from_zero_in_one_of_twenty(bias):
    """Memory of half a second: the mean over 60 s has a standard error of 0.13 along each axis."""
    sums = correlated(0.5, bias, axes=3).sum(-1)
    counted = np.concatenate([np.full((BLOCKS, DRAWS, 1), 20.0), sums], axis=-1)
    found = [mean_vector(counted[:, draw]) for draw in range(DRAWS)]
    length = np.array([whole.ci95 for _, whole in found]).T
    parts = np.array([[part.ci95 for part in axes] for axes, _ in found]).T
    assert 0.93 <= covered(length, bias) <= 0.99
    assert 0.93 <= covered(parts[:, 0], bias) <= 0.97
    assert 0.93 <= covered(parts[:, 2], 0.0) <= 0.97
