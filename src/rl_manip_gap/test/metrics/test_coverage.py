"""95 % intervals hold the truth in at least 90 % of random noisy recordings."""

import numpy as np

from rl_manip_gap.metrics.figures import error_figures
from rl_manip_gap.metrics.intervals import block_of
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


def test_rmse_and_bias_of_correlated_errors():
    """AR(1) errors of 0.1 s memory: mean square is bias^2 + sigma^2 exactly."""
    covered = {"rmse": 0, "bias": 0}
    trials, step, keep = 100, 0.01, np.exp(-0.1)
    for seed in range(trials):
        rng = np.random.default_rng(seed)
        bias, sigma = rng.uniform(-1e-3, 1e-3), rng.uniform(5e-4, 3e-3)
        noise = np.empty(3000)
        noise[0] = rng.standard_normal()
        for k, shock in enumerate(rng.standard_normal(len(noise) - 1)):
            noise[k + 1] = keep * noise[k] + np.sqrt(1.0 - keep**2) * shock
        block = block_of(step * np.arange(len(noise)), 1.0)
        figures = error_figures(bias + sigma * noise, block, "position", "rad")
        for name, true in (("rmse", np.hypot(bias, sigma)), ("bias", bias)):
            low, high = figures[f"position_{name}_rad"].ci95
            covered[name] += low <= true <= high
    assert min(covered.values()) >= 0.9 * trials, covered
