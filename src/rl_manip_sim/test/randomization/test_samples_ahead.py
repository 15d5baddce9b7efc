"""Samples drawn ahead: each once, of the ranges that hold now, and part of the state."""

from __future__ import annotations

import io

import pytest
import torch

from rl_manip_sim.models.scene import EMPTY, OBJECT_SHAPES, Scene
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.randomization.samples_ahead import BATCH, SamplesAhead

DEFAULT, NONE = PRESETS["default"], PRESETS["none"]


def ahead(seed=0, scene=EMPTY):
    return SamplesAhead(6, 6, torch.Generator().manual_seed(seed), scene)


def test_they_are_those_of_one_draw_in_order():
    samples = ahead()
    expected, _ = DEFAULT.draw(BATCH, 6, 6, torch.Generator().manual_seed(0), EMPTY)
    first, _ = samples.take(DEFAULT, 3)
    second, signal = samples.take(DEFAULT, 5)
    assert torch.equal(first.servo_lag, expected.servo_lag[:3])
    assert torch.equal(second.servo_lag, expected.servo_lag[3:8])
    assert signal.action_delay.shape == (5,)
    assert first.object_shape is None


def test_more_than_a_batch_is_one_draw():
    physics, _ = ahead().take(DEFAULT, BATCH + 1)
    assert len(physics.payload) == BATCH + 1
    assert len(physics.payload.unique()) > BATCH - 5


def test_other_ranges_hold_at_once():
    samples = ahead()
    samples.take(DEFAULT, 3)
    physics, _ = samples.take(NONE, 4)
    assert physics.payload.tolist() == [0.0] * 4


@pytest.mark.parametrize("scene", [EMPTY, Scene(OBJECT_SHAPES)])
def test_another_goes_on_from_the_state(scene):
    samples, other = ahead(scene=scene), ahead(seed=1, scene=scene)
    samples.take(DEFAULT, 3)
    file = io.BytesIO()
    torch.save(samples.state_dict(), file)
    file.seek(0)
    other.load_state_dict(torch.load(file, weights_only=True))
    for mine, its in zip(samples.take(DEFAULT, 9), other.take(DEFAULT, 9)):
        for name, value in mine._asdict().items():
            assert value is None or torch.equal(value, getattr(its, name)), name


def test_a_state_of_nothing_begins_anew():
    other = ahead()
    other.take(NONE, 2)
    other.load_state_dict(ahead().state_dict())
    assert other.take(DEFAULT, 2)[0].payload.shape == (2,)
