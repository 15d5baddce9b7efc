"""Checks of how a simulated arm follows commands, and of what stops it."""

from __future__ import annotations

import math

import torch

from rl_manip_sim.contract.subject import Subject, checks_in, everyone, physics


def stands_still(subject: Subject) -> None:
    """An arm at rest stays there: its weight is compensated."""
    sim = subject.make(1)
    sim.reset(everyone(sim), subject.home(sim))
    for _ in range(25):
        sim.step(torch.zeros_like(sim.joint_position))
    moved = (sim.joint_position - subject.home(sim)).abs().max()
    assert moved < subject.promise.rest, f"moved by {float(moved)} rad in a second"


def reaches_velocity(subject: Subject) -> None:
    """The commanded velocity is reached, and the position trails by the servo's lag."""
    sim = subject.make(1, physics_dt=0.004)
    sim.reset(everyone(sim), subject.home(sim))
    speed = torch.full_like(subject.home(sim), 0.5)
    for _ in range(10):  # 0.4 s, twenty times the lag
        sim.step(speed)
    torch.testing.assert_close(sim.joint_velocity, speed, rtol=0.01, atol=0.0)
    # at constant speed kp (set point - q - lag v) = d v + f, all of them in proportion to effort:
    # the trail is lag v + (0.063 v + 0.04) / 133 = 0.01 + 0.000538 rad at v = 0.5 rad/s
    trail = 0.5 * 0.4 - (sim.joint_position - subject.home(sim))
    expected = torch.full_like(trail, 0.010538)
    torch.testing.assert_close(trail, expected, rtol=0.03 + subject.promise.knob, atol=0.0)


def effort_bounds_acceleration(subject: Subject) -> None:
    """A joint accelerates no faster than its effort limit allows, and nearly so."""
    sim = subject.make(1, physics_dt=0.001)
    sim.randomize(everyone(sim), physics(sim, joint_armature_scale=10.0))
    sim.reset(everyone(sim), subject.home(sim))
    command = torch.zeros_like(sim.joint_position)
    command[0, 5] = 3.0
    sim.step(command)
    # wrist 3: effort 28 Nm; rotor 10 * 0.0103 * 28 = 2.884 kg m^2, link below 0.001; friction
    # 0.04 * 28 = 1.12 Nm. The servo asks for full torque once its set point is 1/133 rad = 7.5 mrad
    # ahead, after 2.5 ms at 3 rad/s: v <= (28 - 1.12) / 2.884 * 0.04 = 0.3728 rad/s, and nearly so
    limit = 0.3728 * (1.0 + subject.promise.knob / 2.0)
    assert 0.90 * 0.3728 < float(sim.joint_velocity[0, 5]) < limit


def position_limits_hold(subject: Subject) -> None:
    """A joint stops at its position limit."""
    sim = subject.make(1)
    pose = subject.home(sim)
    upper = float(subject.arm.limits.position_upper[5])
    pose[0, 5] = upper - 0.1
    sim.reset(everyone(sim), pose)
    command = torch.zeros_like(pose)
    command[0, 5] = 1.5
    for _ in range(25):
        sim.step(command)
        assert float(sim.joint_position[0, 5]) < upper + 0.01
    assert float(sim.joint_position[0, 5]) > upper - 0.01
    assert abs(float(sim.joint_velocity[0, 5])) < 0.01


def contacts_are_reported(subject: Subject) -> None:
    """Contact with the table, and of the arm with itself, is a collision; being free is none."""
    sim = subject.make(3)
    pose = subject.home(sim)
    pose[1, 1] = 0.5  # the whole arm lowered below the table's top
    pose[2, 1:4] = torch.tensor([-math.pi / 2, 2.9, 0.0])  # forearm folded onto the upper arm
    sim.reset(everyone(sim), pose)
    assert sim.tool_pose[2, 2] > 0.2, "the folded arm must be clear of the table"
    assert sim.collision.tolist() == [False, True, True]


def table_stops_the_arm(subject: Subject) -> None:
    """Driving into the table is reported, and stopped."""
    sim = subject.make(1)
    pose = subject.home(sim)
    pose[0, 1] = -0.9  # halfway down
    sim.reset(everyone(sim), pose)
    command = torch.zeros_like(pose)
    command[0, 1] = 0.5
    touched = False
    for _ in range(40):
        sim.step(command)
        touched = touched or bool(sim.collision[0])
    assert touched
    assert sim.tool_pose[0, 2] > -0.02


CHECKS = checks_in(globals())
