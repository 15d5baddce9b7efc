"""Command and sensor paths, against periods worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.signals.signal_path import CommandPath, SensorPath

DT = 0.04  # [s]
UNLIMITED = 1e6  # [rad/s^2]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def command_path(num_envs=1, acceleration=UNLIMITED, max_delay=0.2, **changed):
    """A path for two joints whose velocity limits are 2 and 3 rad/s."""
    path = CommandPath(
        num_envs,
        torch.tensor([2.0, 3.0]),
        torch.tensor([acceleration, acceleration]),
        DT,
        max_delay,
        generator(),
    )
    path.reset(torch.arange(num_envs), signal(num_envs, **changed))
    return path


def signal(count, **changed):
    _, sample = PRESETS["none"].draw(count, 2, 2, torch.Generator().manual_seed(0))
    replaced = {
        name: torch.as_tensor(value).expand_as(getattr(sample, name)).clone()
        for name, value in changed.items()
    }
    return sample._replace(**replaced)


def sent(path, commands):
    """What the first joint of the first environment gets for a sequence of commands."""
    row = torch.zeros(1, 2)
    received = []
    for command in commands:
        row[:, 0] = command
        received.append(float(path.apply(row)[0, 0]))
    return received


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (0.0, [1.0, 0.5, -1.0, 0.0]),
        # half a period: the mean of a command and the one before it
        (0.02, [0.5, 0.75, -0.25, -0.5]),
        (0.04, [0.0, 1.0, 0.5, -1.0]),
        # 1.25 periods: 0.75 of the command one period old, 0.25 of the one two periods old
        (0.05, [0.0, 0.75, 0.625, -0.625]),
        (0.12, [0.0, 0.0, 0.0, 1.0]),
    ],
)
def test_delay_in_fractions_of_a_period(delay, expected):
    path = command_path(action_delay=delay)
    np.testing.assert_allclose(sent(path, [1.0, 0.5, -1.0, 0.0]), expected, atol=1e-6)


def test_slew_rate_is_the_acceleration_limit():
    path = command_path(acceleration=10.0)
    # 10 rad/s^2 * 0.04 s = 0.4 rad/s a period
    received = sent(path, [1.0, 1.0, 1.0, -1.0, -1.0])
    np.testing.assert_allclose(received, [0.4, 0.8, 1.0, 0.6, 0.2], atol=1e-6)


def test_commands_are_clipped_to_the_velocity_limit():
    path = command_path()
    assert path.apply(torch.tensor([[9.0, -9.0]])).tolist() == [[2.0, -3.0]]


def test_gain_per_joint():
    path = command_path(velocity_gain=torch.tensor([0.5, 1.25]))
    assert path.apply(torch.tensor([[1.0, -1.0]])).tolist() == [[0.5, -1.25]]


def test_actuator_noise_is_relative_to_the_velocity_limit():
    path = command_path(num_envs=40_000, actuator_noise=0.05)
    spread = path.apply(torch.ones(40_000, 2)).std(dim=0)
    # 0.05 * (2, 3) rad/s; the standard error of a deviation is 1 / sqrt(2 N) = 0.35 %
    torch.testing.assert_close(spread, torch.tensor([0.1, 0.15]), rtol=0.02, atol=0.0)


def test_reset_forgets_the_commands_of_the_named_ones_only():
    path = command_path(num_envs=2, action_delay=0.04)
    path.apply(torch.ones(2, 2))
    path.reset(torch.tensor([1]), signal(1, action_delay=0.04))
    assert path.apply(torch.zeros(2, 2)).tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_each_environment_has_its_own_delay():
    path = command_path(num_envs=3)
    path.reset(torch.arange(3), signal(3, action_delay=torch.tensor([0.0, 0.04, 0.08])))
    received = [path.apply(torch.full((3, 2), float(k)))[:, 0].tolist() for k in (1, 2, 1)]
    assert received == [[1.0, 0.0, 0.0], [2.0, 1.0, 0.0], [1.0, 2.0, 1.0]]


def sensor_path(num_envs, max_delay=0.2, **changed):
    """Sensors of two joints that stand at 1 rad."""
    path = SensorPath(num_envs, 2, DT, max_delay, generator())
    path.reset(torch.arange(num_envs), signal(num_envs, **changed), torch.ones(num_envs, 2))
    return path


def test_first_reading_is_exact_and_at_rest():
    path = sensor_path(3, joint_position_noise=0.1, joint_velocity_noise=0.1)
    assert torch.equal(path.joint_position, torch.ones(3, 2))
    assert torch.equal(path.joint_velocity, torch.zeros(3, 2))


@pytest.mark.parametrize(
    ("max_delay", "delay", "positions", "velocities"),
    [
        (0.03, 0.0, [2.0, 4.0, 3.0], [1.0, -1.0, 0.0]),
        # a quarter of a period old: 3/4 of this state, 1/4 of the one before; first at rest at 1
        (0.03, 0.01, [1.75, 3.5, 3.25], [0.75, -0.5, -0.25]),
        (0.2, 0.01, [1.75, 3.5, 3.25], [0.75, -0.5, -0.25]),
        # 1.5 periods
        (0.2, 0.06, [1.0, 1.5, 3.0], [0.0, 0.5, 0.0]),
    ],
)
def test_a_reading_is_as_old_as_the_observation_delay(max_delay, delay, positions, velocities):
    path = sensor_path(2, max_delay, observation_delay=torch.tensor([delay, 0.0]))
    read = []
    for position, velocity in ((2.0, 1.0), (4.0, -1.0), (3.0, 0.0)):
        path.read(torch.full((2, 2), position), torch.full((2, 2), velocity))
        read.append((float(path.joint_position[0, 0]), float(path.joint_velocity[0, 1])))
        # the other one's delay is its own
        assert path.joint_position[1].tolist() == [position, position]
    np.testing.assert_allclose(read, list(zip(positions, velocities)), atol=1e-6)


def test_reset_forgets_the_states_that_were_on_the_way():
    path = sensor_path(2, observation_delay=0.04)
    path.read(torch.full((2, 2), 5.0), torch.ones(2, 2))
    path.reset(torch.tensor([1]), signal(1, observation_delay=0.04), torch.full((1, 2), -1.0))
    path.read(torch.full((2, 2), 6.0), torch.ones(2, 2))
    assert path.joint_position.tolist() == [[5.0, 5.0], [-1.0, -1.0]]
    assert path.joint_velocity.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_joint_zero_offset_adds_to_every_measured_position():
    path = sensor_path(2, joint_zero_offset=torch.tensor([[0.25, -0.5], [0.0, 0.0]]))
    assert path.joint_position.tolist() == [[1.25, 0.5], [1.0, 1.0]]
    assert torch.equal(path.joint_velocity, torch.zeros(2, 2))
    path.read(torch.full((2, 2), 3.0), torch.full((2, 2), -1.0))
    assert path.joint_position.tolist() == [[3.25, 2.5], [3.0, 3.0]]
    assert torch.equal(path.joint_velocity, torch.full((2, 2), -1.0))


def test_sensor_noise_of_position_and_velocity():
    count = 40_000
    path = sensor_path(count, joint_position_noise=0.01, joint_velocity_noise=0.2)
    path.read(torch.full((count, 2), 0.5), torch.full((count, 2), -1.0))
    for reading, mean, deviation in (
        (path.joint_position, 0.5, 0.01),
        (path.joint_velocity, -1.0, 0.2),
    ):
        expected = torch.full((2,), deviation)
        torch.testing.assert_close(reading.std(dim=0), expected, rtol=0.02, atol=0.0)
        # five standard errors of the mean
        assert (reading.mean(dim=0) - mean).abs().max() < 5 * deviation / count**0.5


def test_dropped_readings_repeat_the_last_one_as_a_whole():
    count = 40_000
    path = sensor_path(count, sensor_dropout=0.25)
    path.read(torch.full((count, 2), 5.0), torch.full((count, 2), 6.0))
    repeated = path.joint_position[:, 0] == 1.0
    # binomial: 0.25 within five of sqrt(0.25 * 0.75 / 40000) = 0.0022
    assert abs(float(repeated.float().mean()) - 0.25) < 0.011
    assert torch.equal(path.joint_position[repeated], torch.ones(int(repeated.sum()), 2))
    assert torch.equal(path.joint_velocity[repeated], torch.zeros(int(repeated.sum()), 2))
    assert (path.joint_position[~repeated] == 5.0).all()
    assert (path.joint_velocity[~repeated] == 6.0).all()
    path.read(torch.full((count, 2), 7.0), torch.full((count, 2), 8.0))
    twice = (path.joint_position[:, 0] == 1.0).float().mean()
    assert abs(float(twice) - 0.25**2) < 0.007


def test_same_generator_same_signals():
    first, second = (command_path(num_envs=4, actuator_noise=0.1) for _ in range(2))
    command = torch.ones(4, 2)
    assert torch.equal(first.apply(command), second.apply(command))
    assert not torch.equal(first.apply(command), second.apply(command).flip(0))
