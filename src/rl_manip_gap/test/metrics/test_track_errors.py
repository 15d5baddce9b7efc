"""Errors along the tool's path and across it."""

import numpy as np
import pytest

from rl_manip_gap.metrics.figures import ToolErrors, path_direction, tool_figures

TIME = np.arange(0.0, 12.0, 0.01)
BLOCK = (TIME // 1.0).astype(int)
SPEED = 0.2  # [m/s]


def figures(offset, path):
    errors = ToolErrors(offset, np.zeros(len(TIME)))
    return tool_figures(errors, BLOCK, path_direction(TIME, path))


def test_a_tool_that_trails_on_a_circle_is_behind_and_on_it():
    angle = SPEED * TIME / 0.3
    path = 0.3 * np.column_stack([np.cos(angle), np.sin(angle), 0.0 * angle])
    along = np.column_stack([-np.sin(angle), np.cos(angle), 0.0 * angle])
    found = figures(-0.004 * along, path)
    assert found["along_track_bias_m"].value == pytest.approx(-0.004, rel=1e-3)
    assert found["along_track_bias_m"].ci95[1] < 0.0
    assert found["along_track_rmse_m"].value == pytest.approx(0.004, rel=1e-3)
    assert found["across_track_rmse_m"].value < 2e-5


def test_a_path_beside_the_simulations_is_across():
    path = SPEED * TIME[:, None] * np.array([1.0, 0.0, 0.0])
    found = figures(np.tile([0.0, 0.003, 0.004], (len(TIME), 1)), path)
    assert found["across_track_rmse_m"].value == pytest.approx(0.005)
    assert found["along_track_rmse_m"].value == pytest.approx(0.0, abs=1e-9)


def test_a_tool_that_stands_has_no_path():
    found = figures(np.ones((len(TIME), 3)), np.zeros((len(TIME), 3)))
    assert "along_track_rmse_m" not in found
    assert "position_rmse_m" in found
