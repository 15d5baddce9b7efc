"""The stand-in robot: the driver's hazards, and physics that differ from the training model's."""

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_sim.stand_in.hidden_parameters import draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SPEEDJ_ACCELERATION, SimulatedArm

ARM = load_arm("ur5e")
REQUEST = [0.3, -0.2, 0.2, 0.4, -0.4, 0.5]


@pytest.fixture
def sim():
    return SimulatedArm(ARM, draw_hidden_parameters(6, seed=3), seed=3)


def run(sim, seconds):
    return [sim.step() for _ in range(round(seconds / CYCLE))]


def test_it_stands_still_without_a_command(sim):
    run(sim, 1.0)
    assert sim.is_at_rest
    np.testing.assert_allclose(sim.true_position, ARM.home, atol=2e-3)


def test_one_command_is_held_for_ever(sim):
    assert sim.command(REQUEST)
    run(sim, 0.5)
    before = sim.true_position
    run(sim, 1.0)
    np.testing.assert_allclose(sim.true_position - before, REQUEST, rtol=0.05, atol=0.01)


def test_the_command_arrives_late_and_is_reached_within_the_hidden_gain():
    hidden = draw_hidden_parameters(6, seed=3)
    sim = SimulatedArm(ARM, hidden)
    sim.command([0.5] * 6)
    late = int(hidden.command_delay / CYCLE)
    run(sim, (late - 1) * CYCLE)
    assert np.abs(sim.true_velocity).max() < 1e-2
    run(sim, 0.5)
    np.testing.assert_allclose(sim.true_velocity, 0.5 * hidden.velocity_gain, atol=0.01)


@pytest.mark.parametrize("command", [[], [0.1] * 5, [0.1] * 7, [np.nan] * 6, [0.1] * 5 + [np.inf]])
def test_command_of_wrong_length_or_not_finite_is_dropped_and_the_last_one_held(sim, command):
    sim.command(REQUEST)
    run(sim, 0.3)
    assert not sim.command(command)
    run(sim, 0.3)
    np.testing.assert_allclose(sim.true_velocity, REQUEST, atol=0.05)


def test_pause_stops_it_at_the_driver_s_deceleration(sim):
    sim.command([1.0] * 6)
    run(sim, 0.3)
    sim.pause()
    run(sim, 1.0 / SPEEDJ_ACCELERATION + 0.15)
    assert sim.is_at_rest


def test_play_starts_from_zero_and_not_from_the_last_command(sim):
    sim.command(REQUEST)
    run(sim, 0.3)
    sim.pause()
    sim.command(REQUEST)  # ignored: the controller is stopped
    run(sim, 0.3)
    sim.play()
    run(sim, 0.3)
    assert sim.is_at_rest
    sim.command(REQUEST)
    run(sim, 0.3)
    np.testing.assert_allclose(sim.true_velocity, REQUEST, atol=0.05)


def test_speed_scaling_slows_it_down(sim):
    sim.speed_scaling = 0.5
    sim.command(REQUEST)
    run(sim, 0.5)
    np.testing.assert_allclose(sim.true_velocity, 0.5 * np.array(REQUEST), atol=0.03)


def test_arm_that_hits_the_table_stops_its_program(sim):
    sim.command([0.0, 0.8, 0.0, 0.0, 0.0, 0.0])
    run(sim, 4.0)
    assert not sim.program_running
    assert np.all(np.abs(sim.true_velocity) < 0.1)


def test_measurements_carry_noise_and_currents(sim):
    readings = run(sim, 1.0)
    measured = np.array([reading.position for reading in readings[100:]])
    assert 1e-5 < (measured - measured.mean(axis=0)).std() < 1e-3
    assert np.all(np.isfinite([reading.effort for reading in readings]))


def test_seeds_draw_different_arms_and_the_same_seed_the_same():
    one, same, other = (draw_hidden_parameters(6, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.velocity_gain, same.velocity_gain)
    assert one.command_delay == same.command_delay
    assert one.command_delay != other.command_delay
    assert not np.allclose(one.friction_scale, 1.0, atol=0.05)


def test_after_a_protective_stop_it_plays_only_when_it_was_unlocked(sim):
    sim.command(REQUEST)
    run(sim, 0.3)
    sim.protective_stop()
    run(sim, 0.3)
    assert sim.is_at_rest
    assert not sim.play()
    sim.unlock()
    assert not sim.program_running
    assert sim.play()
    run(sim, 0.3)
    assert sim.is_at_rest  # the command of before is forgotten
