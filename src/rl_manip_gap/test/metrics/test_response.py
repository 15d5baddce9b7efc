"""Delay and gain against signals whose delay and gain are known."""

import numpy as np
import pytest

from rl_manip_gap.metrics.response import joint_response
from rl_manip_gap.recording.signals import Commands, TimeSpan
from rl_manip_gap.testing.synthetic_bag import smooth_velocity


def smooth_case(rate, delay, gain, noise, seed, duration=30.0):
    """Commands and states of one smooth signal at one rate [Hz]."""
    time = np.arange(0.0, duration, 1.0 / rate)
    signal = smooth_velocity(seed, 1)
    velocity = gain * signal(time - delay)
    velocity += noise * np.random.default_rng(seed).standard_normal(velocity.shape)
    return Commands(time, signal(time)), time, velocity


@pytest.mark.parametrize(("rate", "tolerance"), [(500.0, 0.5e-3), (100.0, 2e-3)])
def test_delay_and_gain_are_recovered_between_samples(rate, tolerance):
    for seed in range(6):
        delay = 0.0123 + 0.0071 * seed
        response = joint_response(*smooth_case(rate, delay, 0.93, 0.002, seed), joint=0)
        assert response.delay_s.value == pytest.approx(delay, abs=tolerance)
        assert response.gain.value == pytest.approx(0.93, rel=0.01)


def test_intervals_cover_the_truth():
    """At least 90 % of 50 noisy recordings; 50 x 2 intervals of nominally 95 %."""
    covered = 0
    for seed in range(50):
        delay = 0.01 + 0.0013 * seed
        case = smooth_case(250.0, delay, 1.03, 0.02, seed, duration=20.0)
        response = joint_response(*case, joint=0)
        for figure, truth in ((response.delay_s, delay), (response.gain, 1.03)):
            covered += figure.ci95[0] <= truth <= figure.ci95[1]
    assert covered >= 90


def test_a_sharp_response_to_held_commands():
    """Commands at 25 Hz hold; their clock keeps no step with the states'."""
    rng = np.random.default_rng(0)
    time = np.arange(0.0, 40.0, 0.002)
    command_time = np.cumsum(rng.uniform(0.038, 0.042, 990))
    commands = Commands(command_time, smooth_velocity(1, 1)(command_time))
    velocity = 0.9 * commands.at(time - 0.0347)
    response = joint_response(commands, time, velocity, 0)
    assert response.delay_s.value == pytest.approx(0.0347, abs=0.5e-3)
    assert response.gain.value == pytest.approx(0.9, rel=0.01)


def test_a_lag_counts_as_delay():
    """dv/dt = (u - v) / T follows a slow signal T late."""
    time = np.arange(0.0, 60.0, 0.002)
    command = np.sin(2 * np.pi * 0.3 * time)[:, None]
    commands = Commands(time, command)
    velocity = np.zeros_like(command)
    for k in range(1, len(time)):
        velocity[k] = velocity[k - 1] + 0.002 / 0.04 * (command[k - 1] - velocity[k - 1])
    response = joint_response(commands, time, velocity, 0)
    assert response.delay_s.value == pytest.approx(0.04, abs=2e-3)


def test_what_is_excluded_does_not_count():
    commands, time, velocity = smooth_case(250.0, 0.02, 1.0, 0.0, 3)
    velocity[(time > 10.0) & (time < 14.0)] = 0.0  # the arm was stopped
    spoiled = joint_response(commands, time, velocity, 0)
    mended = joint_response(commands, time, velocity, 0, excluded=(TimeSpan(10.0, 14.0),))
    assert abs(spoiled.gain.value - 1.0) > 0.01
    assert mended.gain.value == pytest.approx(1.0, abs=0.002)
    assert mended.delay_s.value == pytest.approx(0.02, abs=0.5e-3)


def test_a_joint_at_rest_has_no_response():
    time = np.arange(0.0, 10.0, 0.01)
    still = np.zeros((len(time), 1))
    assert joint_response(Commands(time, still), time, still, 0) is None
