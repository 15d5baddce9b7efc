"""Figures against numbers worked out by hand."""

import numpy as np
import pytest

from rl_manip_deploy.evaluation.goal_judge import GoalResult
from rl_manip_gap.metrics.figures import (
    error_figures,
    goal_figures,
    share_outside,
    timing_figures,
    tool_errors,
)
from rl_manip_gap.metrics.intervals import block_of, bootstrap


def test_rmse_maximum_and_bias():
    # errors 3, -4, 1: mean 0; mean square 26/3
    figures = error_figures(np.array([3.0, -4.0, 1.0]), np.zeros(3, int), "position", "rad")
    assert figures["position_rmse_rad"].value == pytest.approx(np.sqrt(26 / 3))
    assert figures["position_max_rad"].value == 4.0
    assert figures["position_bias_rad"].value == pytest.approx(0.0)
    assert figures["position_rmse_rad"].ci95 is None  # one block has no spread


def test_tool_errors_of_a_turned_base_joint(arm):
    # 0.01 rad about the base axis moves the tool by 0.01 times its distance from that axis.
    here = np.tile(arm.home, (4, 1))
    there = here - np.array([0.01, 0, 0, 0, 0, 0])
    errors = tool_errors(arm, here, there)
    radius = np.linalg.norm(arm.forward_kinematics(arm.home).position[:2])
    assert errors.angle == pytest.approx(0.01, abs=1e-9)
    assert errors.distance == pytest.approx(2 * radius * np.sin(0.005), rel=1e-9)


def test_timing_counts_dropouts():
    time = np.concatenate([np.arange(10) * 0.1, 1.5 + np.arange(10) * 0.1])
    figures = timing_figures(time)
    assert figures["dropouts"].value == 1
    assert figures["longest_gap_s"].value == pytest.approx(0.6)
    assert figures["rate_hz"].value == pytest.approx(19 / 2.4)
    assert figures["jitter_s"].value == pytest.approx(0.0, abs=1e-12)


def test_goal_figures():
    outcomes = [
        GoalResult((0.0, 0.0, 0.0), t is not None, d, t)
        for d, t in ((0.01, 1.0), (0.02, 3.0), (0.3, None))
    ]
    figures = goal_figures(outcomes)
    assert figures["success_rate"].value == pytest.approx(2 / 3)
    assert figures["mean_final_distance_m"].value == pytest.approx(0.11)
    assert figures["mean_time_to_goal_s"].value == pytest.approx(2.0)


def test_block_bootstrap_covers_the_mean_of_correlated_noise():
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        noise = np.convolve(rng.standard_normal(6050), np.ones(50) / 50, mode="valid")
        block = block_of(np.arange(len(noise)) * 0.01, 2.0)
        sums = np.column_stack([np.bincount(block), np.bincount(block, weights=noise)])
        _, (low, high) = bootstrap(sums, lambda s: s[..., 1] / s[..., 0])
        covered += low <= 0.0 <= high
    assert covered >= 88


def test_share_outside_by_element():
    values = np.array([[0.0, 5.0], [2.0, 0.0], [0.5, 0.5], [0.1, 0.2]])
    outside = share_outside(values, np.array([0.0, 0.0]), np.array([1.0, 1.0]))
    assert outside.mean(axis=0) == pytest.approx([0.25, 0.25])
    assert outside.any(axis=1).mean() == 0.5
