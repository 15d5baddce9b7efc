"""Ranges that widen with success."""

from __future__ import annotations

import dataclasses
import math

import pytest

from rl_manip_sim.randomization.curriculum import (
    RandomizationCurriculum,
    interpolated_randomization,
)
from rl_manip_sim.randomization.randomization_cfg import (
    PRESETS,
    RandomizationCfg,
    RandomizationError,
    Range,
)


def test_half_way_between_nominal_and_full():
    full = RandomizationCfg(
        link_mass_scale=Range(0.8, 1.4),
        action_delay=Range(0.0, 0.04),
        joint_friction_scale=Range((0.5,) * 6, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)),
    )
    half = interpolated_randomization(PRESETS["none"], full, 0.5)
    assert half.link_mass_scale == pytest.approx((0.9, 1.2))
    assert half.action_delay == pytest.approx((0.0, 0.02))
    # from 1 for all to a figure per joint
    assert half.joint_friction_scale.low == pytest.approx((0.75,) * 6)
    assert half.joint_friction_scale.high == pytest.approx((1.0, 1.5, 2.0, 2.5, 3.0, 3.5))


def test_ends_are_exact():
    full = PRESETS["aggressive"]
    assert interpolated_randomization(PRESETS["none"], full, 0.0) == PRESETS["none"]
    assert interpolated_randomization(PRESETS["none"], full, 1.0) == full


def test_widens_a_step_per_success_and_never_beyond_full():
    curriculum = RandomizationCurriculum(PRESETS["default"], widen_at=0.9, step=0.4)
    assert curriculum.ranges == PRESETS["none"]
    widened, shares = [], []
    for success in (0.89, 0.9, 0.5, 1.0, 0.95, 1.0):
        widened.append(curriculum.judge(success))
        shares.append(curriculum.share)
    assert widened == [False, True, False, True, True, False]
    assert shares == pytest.approx([0.0, 0.4, 0.4, 0.8, 1.0, 1.0])
    assert curriculum.is_complete
    assert curriculum.ranges == PRESETS["default"]


def test_five_steps_of_a_fifth_end_exactly():
    curriculum = RandomizationCurriculum(PRESETS["default"], widen_at=0.5)
    assert [curriculum.judge(1.0) for _ in range(6)] == [True] * 5 + [False]
    assert curriculum.is_complete


def test_every_range_on_the_way_lies_in_the_next():
    shares = (0.0, 0.25, 0.5, 1.0)
    steps = [
        interpolated_randomization(PRESETS["none"], PRESETS["default"], share) for share in shares
    ]
    for narrow, wide in zip(steps, steps[1:]):
        for item in dataclasses.fields(RandomizationCfg):
            inner, outer = getattr(narrow, item.name), getattr(wide, item.name)
            assert outer.low <= inner.low <= inner.high <= outer.high, item.name


def test_without_a_threshold_it_starts_with_the_full_ranges():
    curriculum = RandomizationCurriculum(PRESETS["default"], widen_at=0.0)
    assert curriculum.is_complete
    assert curriculum.ranges is PRESETS["default"]


@pytest.mark.parametrize(
    ("widen_at", "step", "named"),
    [
        (1.1, 0.2, "widen_at is 1.1, expected 0 to 1"),
        (math.nan, 0.2, "widen_at is nan"),
        (0.9, 0.0, "step is 0.0, expected more than 0"),
        (0.9, math.nan, "step is nan"),
    ],
)
def test_settings_that_cannot_be_used(widen_at, step, named):
    with pytest.raises(RandomizationError, match=named):
        RandomizationCurriculum(PRESETS["default"], widen_at, step)
