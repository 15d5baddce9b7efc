"""Curves from the lines of metrics.jsonl, worked out by hand."""

from __future__ import annotations

import numpy as np

from rl_manip_cockpit.state.run_seen import CHARTS, POINTS, curves

ROWS = [
    {"env_steps": 10, "losses/value": 3.0, "charts/success": None},
    {"env_steps": 20, "losses/value": 2.0, "eval/success_rate": 0.25, "charts/success": 0.1},
    {"env_steps": 30, "losses/actor": 7.0, "charts/success": 0.2},
    {"env_steps": 40, "eval/success_rate": 0.75},
]


def test_what_a_line_leaves_out_is_what_was_given_last():
    drawn = curves(ROWS, CHARTS["Success"])
    assert drawn.env_steps.tolist() == [20, 30, 40]
    assert drawn.figures["eval/success_rate"].tolist() == [0.25, 0.25, 0.75]
    assert drawn.figures["charts/success"].tolist() == [0.1, 0.2, 0.2]


def test_a_name_that_ends_in_a_stroke_stands_for_all_that_begin_so():
    drawn = curves(ROWS, ("losses/",))
    assert list(drawn.figures) == ["losses/value", "losses/actor"]
    assert drawn.env_steps.tolist() == [10, 20, 30]
    assert drawn.figures["losses/actor"].tolist() == [7.0, 7.0, 7.0]  # before the first: the first


def test_there_is_no_curve_before_there_is_a_figure():
    assert curves([], ("losses/",)) is None
    assert curves([{"env_steps": 1, "charts/reward": None}], ("charts/reward",)) is None


def test_a_long_curve_keeps_its_ends():
    rows = [{"env_steps": step, "charts/reward": float(step)} for step in range(5 * POINTS)]
    drawn = curves(rows, ("charts/reward",))
    assert len(drawn.env_steps) == POINTS
    assert drawn.env_steps[[0, -1]].tolist() == [0, 5 * POINTS - 1]
    assert np.array_equal(drawn.env_steps, drawn.figures["charts/reward"])
