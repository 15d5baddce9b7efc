"""The stand-in robot's peg and hole, and what its wrist says."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_sim.models.scene import HOLE_SHAPES, Scene
from rl_manip_sim.stand_in.hidden_hole import HiddenHole, HiddenWrist, HoleChoice, draw_hole
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_sim.stand_in.simulated_hole import WristSensor


@pytest.fixture(scope="module")
def arm():
    return load_arm("ur5e")


def lowered(arm, aside, shape, seconds=0.8, speed=0.01):
    """A peg that is lowered at home beside or over a hole 1 mm wider; its depth [m] and the arm."""
    sim = SimulatedArm(arm, draw_hidden_parameters(6, 1), 1, Scene(hole_shapes=HOLE_SHAPES))
    sim.hole.become(HiddenHole(shape, 1e-3, np.zeros(3)))
    tool = arm.forward_kinematics(sim.true_position).position
    mouth = tool + (aside, 0.0, -PEG_LENGTH - 0.002)
    sim.hole.place(mouth, 0.0)
    for _ in range(round(seconds / CYCLE)):
        jacobian = arm.jacobian(sim.true_position)
        sim.command(np.linalg.solve(jacobian, (0.0, 0.0, -speed, 0.0, 0.0, 0.0)))
        sim.step()
    tip = arm.forward_kinematics(sim.true_position).position - (0.0, 0.0, PEG_LENGTH)
    return mouth[2] - tip[2], sim


@pytest.mark.parametrize("shape", HOLE_SHAPES)
def test_the_peg_goes_into_the_hole_and_not_into_the_block(arm, shape):
    inside, sim = lowered(arm, 0.0, shape)
    assert 0.004 < inside < 0.0065 < HOLE_DEPTH
    outside, sim = lowered(arm, 0.01, shape)
    assert outside < 1e-3
    assert sim.hole.wrench[2] < -20.0  # pushed up, against the tool's z axis


def test_what_the_wrist_says_is_late_and_biased():
    bias = np.array([0.1, 0.2, 0.3, 0.01, 0.02, 0.03])
    hidden = HiddenWrist(latency=3 * CYCLE, bias=bias, noise=np.zeros(6))
    sensor, said = WristSensor(hidden, CYCLE, np.random.default_rng(0)), []
    for force in (1.0, 2.0, 3.0, 4.0, 5.0):
        sensor.feel(np.array([0.0, 0.0, force, 0.0, 0.0, 0.0]))
        said.append(sensor.reading()[2] - 0.3)
    np.testing.assert_allclose(said, [0.0, 0.0, 0.0, 1.0, 2.0])
    np.testing.assert_allclose(np.delete(sensor.reading(), 2), np.delete(bias, 2))


def test_a_hole_is_drawn_within_its_bounds_or_chosen():
    rng = np.random.default_rng(0)
    drawn = [draw_hole(rng) for _ in range(300)]
    assert {hole.shape for hole in drawn} == set(HOLE_SHAPES)
    clearances = [hole.clearance for hole in drawn]
    assert 5e-4 <= min(clearances) < 7e-4 < 1.8e-3 < max(clearances) <= 2e-3
    errors = np.array([hole.error for hole in drawn])
    assert 0.0018 < np.abs(errors).max() <= 0.002
    chosen = draw_hole(rng, HoleChoice(hole_shape="square", hole_clearance=0.001, hole_error=0.0))
    assert (chosen.shape, chosen.clearance) == ("square", 0.001)
    assert not chosen.error.any()
    with pytest.raises(ValueError, match="hole_shape"):
        HoleChoice(hole_shape="oval")
