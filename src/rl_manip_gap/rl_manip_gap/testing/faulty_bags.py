"""Bags of arms that do not do what they were told, one kind of fault each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.testing.synthetic_bag import smooth_velocity, states_and_commands

_LAG = 0.02  # of the servo [s]
_DELAY = 0.018  # [s]
_RATE = 500.0  # of the joint states [Hz]
_COMMAND_RATE = 125.0  # [Hz]


@dataclass(frozen=True)
class Fault:
    """What is wrong with an arm; as it stands, nothing is."""

    still: Tuple[int, ...] = ()  # joints that do not move
    reversed: Tuple[int, ...] = ()  # joints that move against their commands
    swapped: Tuple[int, ...] = ()  # two joints that follow each other's commands
    other_motion: bool = False  # the commands are of another motion
    saturated: Tuple[int, ...] = ()  # joints that do not get beyond 0.15 rad/s
    dead_band: Tuple[int, ...] = ()  # joints that ignore commands below 0.05 rad/s
    speed: float = 1.0  # share of the commanded velocity that the arm moves at [1]
    slider: float = -1.0  # speed slider as the bag shows it [%]; negative where it does not
    delay_step: float = 0.0  # added to the delay in the second half [s]
    delay_wander: float = 0.0  # amplitude of a delay that swings in 9 s [s]
    time_rate: float = 1.0  # of the states' stamps and of the motion, over real time [1]
    velocity_factor: float = 1.0  # of reported over true velocity [1]
    swinging: bool = False  # a soft servo: 4 Hz, damping ratio 0.4
    delay: float = _DELAY  # from command to motion, the servo's lag apart [s]
    noise: float = 0.002  # of velocities [rad/s]


def faulty_bag(path: Path, arm: Arm, fault: Fault, duration: float = 24.0, seed: int = 3) -> Path:
    """A servo with lag and delay under smooth commands, with the fault, as a bag.

    Commands hold for 8 ms; states come at 500 Hz with noise of the fault's size.
    """
    rng = np.random.default_rng(seed + 500)
    wanted = smooth_velocity(seed, arm.num_joints)
    sent_at = np.arange(0.0, duration, 1.0 / _COMMAND_RATE)
    time = np.arange(0.0, duration, 1.0 / _RATE)
    ramp = np.minimum(1.0, sent_at)[:, None]
    commands = ramp * wanted(sent_at)
    arrived = commands
    if fault.other_motion:
        arrived = ramp * smooth_velocity(seed + 1, arm.num_joints)(sent_at)
    order = np.arange(arm.num_joints)
    if fault.swapped:
        order[list(fault.swapped)] = order[list(fault.swapped)][::-1]
    arrived = arrived[:, order].copy()
    arrived[:, fault.reversed] *= -1.0
    arrived[:, fault.still] = 0.0
    for joint in fault.saturated:
        arrived[:, joint] = np.clip(arrived[:, joint], -0.15, 0.15)
    for joint in fault.dead_band:
        size = np.maximum(np.abs(arrived[:, joint]) - 0.05, 0.0)
        arrived[:, joint] = np.sign(arrived[:, joint]) * size
    late = fault.delay + fault.delay_step * (time > duration / 2.0)
    late = late + fault.delay_wander * np.sin(2.0 * np.pi * time / 9.0)
    row = np.searchsorted(sent_at, time - late, side="right") - 1
    held = np.where((row >= 0)[:, None], arrived[np.maximum(row, 0)], 0.0) * fault.speed
    velocity = _servo(held, fault.swinging)
    position = arm.home + np.cumsum(velocity, axis=0) / _RATE
    shown = velocity * fault.velocity_factor / fault.time_rate
    shown = shown + fault.noise * rng.standard_normal(velocity.shape)
    shown[:, fault.still] = fault.noise * rng.standard_normal((len(time), len(fault.still)))
    return states_and_commands(
        path,
        arm,
        time,
        position,
        shown,
        sent_at,
        commands,
        state_stamp=time * fault.time_rate,
        scaling=None if fault.slider < 0.0 else fault.slider,
    )


def _servo(held: np.ndarray, swinging: bool) -> np.ndarray:
    """Velocities (N, n) of a servo whose commands (N, n) are held [rad/s]."""
    velocity, rate = np.zeros_like(held), np.zeros(held.shape[1])
    now = np.zeros(held.shape[1])
    stiffness, damping = (2.0 * np.pi * 4.0) ** 2, 2.0 * 0.4 * 2.0 * np.pi * 4.0
    for index, command in enumerate(held):
        if swinging:
            rate = rate + (stiffness * (command - now) - damping * rate) / _RATE
            now = now + rate / _RATE
        else:
            now = now + (command - now) / (_LAG * _RATE)
        velocity[index] = now
    return velocity


SOUND = Fault()
