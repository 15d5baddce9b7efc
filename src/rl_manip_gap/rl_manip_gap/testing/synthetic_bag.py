"""Bags with known truth: what the tests and benchmarks of this package measure against."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.bag_writing import (
    command_messages,
    joint_state_messages,
    number_messages,
    pose_messages,
    write_bag,
)
from rl_manip_gap.identify.motion.excitation import Excitation
from rl_manip_gap.recording.signals import Commands
from rl_manip_gap.replay.twin import Twin
from rl_manip_ros.interfaces import SPEED_SCALING
from rl_manip_sim.stand_in.hidden_parameters import HiddenParameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm

START_NS = 1_700_000_000_000_000_000


@dataclass(frozen=True)
class Truth:
    """What a synthetic bag was made with."""

    duration: float = 12.0  # [s]
    state_rate: float = 500.0  # [Hz]
    command_rate: float = 500.0  # [Hz]
    delay: float = 0.03  # measured velocity behind commands [s]
    gain: float = 1.0  # measured over commanded velocity [1]
    position_bias: float = 0.0  # added to every position [rad]
    noise: float = 0.0  # of measured velocities [rad/s]
    seed: int = 0


def smooth_velocity(seed: int, joints: int):
    """A smooth velocity command (k, joints) [rad/s] as a function of time (k,) [s]."""
    rng = np.random.default_rng(seed)
    amplitude = rng.uniform(0.1, 0.2, (3, joints))
    frequency = rng.uniform(0.2, 0.9, (3, joints))
    phase = rng.uniform(0.0, 2.0 * np.pi, (3, joints))

    def velocity(time: np.ndarray) -> np.ndarray:
        angle = 2.0 * np.pi * frequency * np.asarray(time)[:, None, None] + phase
        return (amplitude * np.sin(angle)).sum(axis=1)

    return velocity


def nanoseconds(time: np.ndarray) -> np.ndarray:
    return START_NS + np.round(np.asarray(time) * 1e9).astype(np.int64)


def response_bag(path: Path, arm: Arm, truth: Truth, storage: str = "mcap") -> Path:
    """An arm whose velocity is the commanded one, later and scaled: v(t) = gain u(t - delay)."""
    rng = np.random.default_rng(truth.seed + 1000)
    command = smooth_velocity(truth.seed, arm.num_joints)
    state_time = np.arange(0.0, truth.duration, 1.0 / truth.state_rate)
    command_time = np.arange(0.0, truth.duration, 1.0 / truth.command_rate)
    velocity = truth.gain * command(state_time - truth.delay)
    position = arm.home + truth.position_bias + np.cumsum(velocity, axis=0) / truth.state_rate
    velocity = velocity + truth.noise * rng.standard_normal(velocity.shape)
    return states_and_commands(
        path, arm, state_time, position, velocity, command_time, command(command_time), storage
    )


def twin_bag(path: Path, twin: Twin, duration: float, seed: int = 0, rate: float = 50.0) -> Path:
    """The twin itself, driven by commands that hold at `rate` [Hz]: no gap at all."""
    arm = twin.arm
    command_time = np.arange(0.0, duration, 1.0 / rate)
    ramp = np.minimum(1.0, command_time)[:, None]
    commands = ramp * smooth_velocity(seed, arm.num_joints)(command_time)
    steps = round(duration / twin.timestep)
    middle = twin.timestep * (np.arange(steps) + 0.5)
    held = Commands(command_time, commands).at(middle)
    motion = twin.run(arm.home[None], np.zeros((1, arm.num_joints)), held[None])
    time = twin.timestep * np.arange(steps + 1)
    return states_and_commands(
        path, arm, time, motion.position[0], motion.velocity[0], command_time, commands
    )


def simulated_arm_bag(
    path: Path, arm: Arm, hidden: HiddenParameters, duration: float, seed: int = 0
) -> Path:
    """The stand-in robot with hidden parameters, excited at 125 Hz on a clock of its own.

    Its true delay is its delay lines' and, on average, half a cycle that a command waits.
    """
    robot = SimulatedArm(arm, hidden, seed)
    rng = np.random.default_rng(seed)
    command_time = np.cumsum(0.008 + rng.uniform(-2e-4, 2e-4, int(duration / 0.008)))
    commands = Excitation(arm, arm.home, duration, seed).velocity(command_time)
    readings, sent = [], 0
    count = round(duration / CYCLE)
    for cycle in range(count):
        while sent < len(command_time) and command_time[sent] <= cycle * CYCLE:
            robot.command(commands[sent])
            sent += 1
        readings.append(robot.step())
    position, velocity, effort = (np.array(signals) for signals in zip(*readings))
    return states_and_commands(
        path,
        arm,
        CYCLE * (np.arange(count) + 1),
        position,
        velocity,
        command_time,
        commands,
        effort=effort,
    )


def states_and_commands(
    path: Path,
    arm: Arm,
    state_time: np.ndarray,
    position: np.ndarray,
    velocity: np.ndarray,
    command_time: Optional[np.ndarray] = None,
    commands: Optional[np.ndarray] = None,
    storage: str = "mcap",
    goals: Optional[Tuple[np.ndarray, np.ndarray]] = None,
    effort: Optional[np.ndarray] = None,
    state_stamp: Optional[np.ndarray] = None,
    scaling: Optional[float] = None,
) -> Path:
    """A bag of given signals (times [s]), joint names in alphabetical order as the driver's.

    Stamps of states are their times where no others are given; `scaling` is the speed slider [%].
    """
    names = sorted(arm.joint_names)
    columns = [arm.joint_names.index(name) for name in names]
    received = nanoseconds(state_time) + 200_000
    stamps = nanoseconds(state_time if state_stamp is None else state_stamp)
    topics = [
        joint_state_messages(
            "/joint_states",
            received,
            stamps,
            names,
            position[:, columns],
            velocity[:, columns],
            None if effort is None else effort[:, columns],
        )
    ]
    if commands is not None:
        topics.append(
            command_messages(
                arm.controller.command_topic, nanoseconds(command_time) + 200_000, commands
            )
        )
    if goals is not None:
        topics.append(pose_messages("/goal_pose", nanoseconds(goals[0]), goals[1]))
    if scaling is not None:
        every = nanoseconds(np.arange(state_time[0], state_time[-1], 0.1))
        topics.append(
            number_messages(SPEED_SCALING.resolved(), every, np.full(len(every), scaling))
        )
    return write_bag(path, topics, storage)
