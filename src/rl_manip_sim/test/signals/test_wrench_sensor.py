"""What a force-torque sensor says: against figures worked out by hand."""

from __future__ import annotations

import pytest
import torch

from rl_manip_sim.models.scene import HOLE_SHAPES, Scene
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.signals.wrench_sensor import WrenchSensor

DT = 0.04  # [s]
EVERYONE = torch.arange(2)


def sensor(count=2, **changed):
    generator = torch.Generator().manual_seed(0)
    _, drawn = PRESETS["none"].draw(count, 6, 6, generator, Scene(hole_shapes=HOLE_SHAPES))
    wrist = WrenchSensor(count, DT, 0.1, generator)
    drawn = drawn._replace(**{k: torch.full_like(getattr(drawn, k), v) for k, v in changed.items()})
    wrist.reset(torch.arange(count), drawn, torch.zeros(count, 6))
    return wrist


def wrench(force, count=2):
    return torch.tensor([[0.0, 0.0, force, 0.1, 0.0, 0.0]]).repeat(count, 1)


@pytest.mark.parametrize(("delay", "expected"), [(0.0, [8.0, 4.0]), (0.01, [6.0, 5.0])])
def test_a_force_is_read_as_late_as_the_sensor_is(delay, expected):
    """A quarter of a period late: a quarter of the reading is of the period before."""
    wrist, seen = sensor(wrench_delay=delay), []
    for force in (8.0, 4.0):
        wrist.read(wrench(force))
        seen.append(float(wrist.wrench[0, 2]))
    assert seen == pytest.approx(expected)


def test_a_bias_is_added_to_each_element_from_the_first_reading_on():
    wrist = sensor(wrench_force_bias=0.5, wrench_torque_bias=-0.02)
    expected = torch.tensor([0.5, 0.5, 0.5, -0.02, -0.02, -0.02])
    torch.testing.assert_close(wrist.wrench, expected.expand(2, 6))
    wrist.read(wrench(3.0))
    torch.testing.assert_close(wrist.wrench, (wrench(3.0) + expected).float())


def test_noise_is_as_large_as_it_is_said_to_be():
    wrist = sensor(4000, wrench_force_noise=0.4, wrench_torque_noise=0.01)
    wrist.read(wrench(3.0, 4000))
    off = wrist.wrench - wrench(3.0, 4000)
    torch.testing.assert_close(off[:, :3].std(), torch.tensor(0.4), rtol=0.05, atol=0.0)
    torch.testing.assert_close(off[:, 3:].std(), torch.tensor(0.01), rtol=0.05, atol=0.0)


def test_figures_of_a_hole_are_drawn_only_where_there_is_one():
    """Else each training of a task without one would draw other figures than before."""
    names = ("wrench_delay", "wrench_force_noise")
    left = []
    for scene in (Scene(), Scene(hole_shapes=("round",))):
        generator = torch.Generator().manual_seed(0)
        physics, signal = PRESETS["default"].draw(3, 6, 6, generator, scene)
        left.append(generator.get_state())
        assert all((getattr(signal, name) is None) is not scene.has_hole for name in names)
        assert (physics.hole_clearance is None) is not scene.has_hole
    assert not torch.equal(*left)
