"""The simulated forward_position_controller: no ramp, no time-out, what is wrong is dropped."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.position_controller import PositionController
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm

ARM = load_arm("ur5e")


@pytest.fixture
def controller():
    return PositionController(np.array([1.0, -1.0]), np.array([False, True]))


def test_the_last_position_is_held_for_ever(controller):
    assert controller.desired(9.0)[0].tolist() == [1.0, -1.0]
    assert controller.take([1.2, -0.7])
    position, velocity = controller.desired(1e6)
    assert position.tolist() == [1.2, -0.7]
    assert velocity.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("command", [[], [1.0], [1.0, 2.0, 3.0], [1.0, np.nan], [np.inf, 0.0]])
def test_what_is_no_position_is_dropped(controller, command):
    assert not controller.take(command)
    assert controller.desired(0.0)[0].tolist() == [1.0, -1.0]


def test_an_endless_joint_goes_the_shorter_way_and_another_one_as_it_is_told(controller):
    controller.take([1.0 - 2.0 * np.pi, 3.0])
    assert controller.desired(0.0)[0] == pytest.approx([1.0 - 2.0 * np.pi, 3.0 - 2.0 * np.pi])


@pytest.fixture
def sim():
    arm = SimulatedArm(ARM, draw_hidden_parameters(6, seed=3), seed=3)
    arm.follow_positions()
    return arm


def run(sim, seconds):
    for _ in range(round(seconds / CYCLE)):
        sim.step()


def test_the_arm_goes_there_and_stays(sim):
    goal = ARM.home + np.array([0.1, -0.1, 0.1, 0.0, 0.2, -0.2])
    for share in np.linspace(0.0, 1.0, 250):
        assert sim.go_to(ARM.home + share * (goal - ARM.home))
        sim.step()
    run(sim, 2.0)
    np.testing.assert_allclose(sim.true_position, goal, atol=3e-3)
    assert sim.is_at_rest


def test_when_positions_cease_in_motion_it_stands_within_a_tenth_of_a_second(sim):
    for step in range(250):
        sim.go_to(ARM.home + 0.002 * step)
        sim.step()
    assert np.abs(sim.true_velocity).min() > 0.9
    run(sim, 0.1)
    assert np.abs(sim.true_velocity).max() < 0.1


def test_after_a_pause_it_holds_where_it_stood(sim):
    sim.go_to(ARM.home + 0.05)
    run(sim, 0.5)
    sim.pause()
    sim.go_to(ARM.home)
    run(sim, 0.2)
    sim.play()
    run(sim, 0.5)
    np.testing.assert_allclose(sim.true_position, ARM.home + 0.05, atol=3e-3)


def test_a_velocity_controller_takes_no_positions():
    arm = SimulatedArm(ARM, draw_hidden_parameters(6, seed=3))
    assert not arm.go_to(ARM.home)
