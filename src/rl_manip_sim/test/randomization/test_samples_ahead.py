"""Samples drawn ahead: each once, of the ranges that hold now, and part of the state."""

from __future__ import annotations

import io

import pytest
import torch

from rl_manip_sim.models.scene import EMPTY, OBJECT_SHAPES, Scene
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.randomization.samples_ahead import BATCH, SamplesAhead, eased

DEFAULT, NONE = PRESETS["default"], PRESETS["none"]


def ahead(seed=0, scene=EMPTY, eased_share=0.0):
    return SamplesAhead(6, 6, torch.Generator().manual_seed(seed), scene, eased_share)


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


def test_what_is_eased_is_at_its_share_of_the_way_from_nominal():
    physics, signal = PRESETS["aggressive"].draw(2, 6, 6, torch.Generator().manual_seed(0), EMPTY)
    share = torch.tensor([0.0, 0.5])
    nearer = eased(physics, share)
    assert nearer.object_shape is None
    assert torch.equal(nearer.servo_lag[0], torch.full((6,), 0.02))  # the nominal lag [s]
    assert torch.allclose(nearer.servo_lag[1], 0.02 + 0.5 * (physics.servo_lag[1] - 0.02))
    late = eased(signal, share).action_delay
    assert late.tolist() == pytest.approx([0.0, 0.5 * float(signal.action_delay[1])])


@pytest.mark.parametrize("scene", [EMPTY, Scene(OBJECT_SHAPES)])
def test_a_share_of_the_episodes_is_eased_and_all_figures_of_one_alike(scene):
    wide, count = PRESETS["aggressive"], 2000
    plain, plain_signal = ahead(scene=scene).take(wide, count)
    physics, signal = ahead(scene=scene, eased_share=0.5).take(wide, count)
    share = physics.payload / plain.payload  # nominal is 0 kg, as no delay is
    assert torch.allclose(signal.action_delay, share * plain_signal.action_delay, atol=1e-6)
    untouched = share == 1.0
    assert 0.45 < float(untouched.float().mean()) < 0.55
    # a square of a uniform figure is below a quarter in every second episode
    assert 0.45 < float((share[~untouched] < 0.25).float().mean()) < 0.55
