"""Measured figures beside trained ranges, and the advice that comes from it."""

import pytest

from rl_manip_gap.compare.training_ranges import (
    DELAY,
    GAIN,
    advice,
    response_beside_training,
    trained,
    worst,
)
from rl_manip_gap.metrics.intervals import Figure

# action and observation delay 0 to 38 ms, servo lag 15 to 30 ms of a nominal 20 ms: -5 to 48 ms
RANGES = {
    "action_delay": [0.0, 0.03],
    "observation_delay": [0.0, 0.008],
    "servo_lag": [[0.015, 0.015], [0.03, 0.03]],
    "velocity_gain": [0.97, 1.03],
}


def joint(delay, gain=1.0, half=0.001):
    return {
        "delay_s": Figure(delay + 0.02, (delay + 0.02 - half, delay + 0.02 + half)),
        "sim_delay_s": Figure(0.02),
        "gain": Figure(gain, (gain - half, gain + half)),
        "sim_gain": Figure(1.0),
    }


@pytest.mark.parametrize(
    ("delay", "word"),
    [(0.012, "inside"), (0.0475, "at the edge"), (0.06, "outside"), (-0.02, "outside")],
)
def test_a_delay_lies_inside_at_the_edge_or_outside(delay, word):
    found = response_beside_training({"a": joint(delay), "b": joint(0.01)}, RANGES)
    first = found[0]
    assert (first.name, first.joint) == (DELAY, "a")
    assert (first.trained_low, first.trained_high) == pytest.approx((-0.005, 0.048))
    assert (first.measured, first.word) == (pytest.approx(delay), word)
    assert worst(found, DELAY) == word
    assert worst(found, GAIN) == "inside"
    assert first.to_json()["is"] == word


def test_the_advice_comes_from_where_the_arm_lies():
    inside = response_beside_training({"a": joint(0.012), "b": joint(0.02)}, RANGES)
    said = advice(inside, DELAY, "action_delay")
    assert "for that (-5 to 48 ms later than the simulation): the delay needs no new" in said
    outside = response_beside_training({"a": joint(0.06, gain=0.9), "b": joint(0.01)}, RANGES)
    said = advice(outside, DELAY, "action_delay")
    assert "of a lies outside" in said
    assert "raise the upper end of action_delay by 13 ms" in said
    said = advice(outside, GAIN, "velocity_gain")
    assert "lower the lower end of velocity_gain by 0.071" in said


def test_a_joint_whose_figures_are_withheld_is_left_out():
    assert [one.name for one in response_beside_training({"a": {}}, RANGES)] == []


def test_a_range_by_joint_and_one_that_the_record_does_not_name():
    assert trained({"servo_lag": [[0.01, 0.02], [0.03, 0.04]]}, "servo_lag", 1) == (0.02, 0.04)
    assert trained({}, "velocity_gain", 0) == (1.0, 1.0)
