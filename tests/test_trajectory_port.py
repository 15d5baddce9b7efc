"""What the guard sends to a controller of trajectories makes it move as the guard commands."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.references.trajectory_reference import PERIOD, TrajectoryReference
from rl_manip_description import load_arm
from rl_manip_sim.stand_in.trajectory_controller import TrajectoryController, TrajectoryPoint

ARM = load_arm("fr3")
CYCLE = 0.002  # [s] of the controller
REST = np.zeros(ARM.num_joints)


def desired_velocities(commanded, jitter: float = 0.0) -> np.ndarray:
    """Of the controller's first joint [rad/s] in each cycle, for the commanded ones, (cycles,).

    Args:
        jitter: cycles by which each message comes late, drawn between 0 and this.
    """
    reference, controller = TrajectoryReference(arm_limits(ARM)), TrajectoryController(ARM.home)
    rng, under_way, velocities = np.random.default_rng(0), [], []
    for cycle, speed in enumerate(commanded):
        velocity = np.append(speed, REST[1:])
        position, desired = controller.desired(cycle * CYCLE)
        velocities.append(desired[0])
        reference.move(velocity, CYCLE if cycle else 0.0, position)
        if cycle % round(PERIOD / CYCLE) == 0:
            points = reference.waypoints(Motion(velocity, REST))
            under_way.append((cycle + rng.integers(jitter + 1), points))
        while under_way and under_way[0][0] <= cycle:
            _, points = under_way.pop(0)
            sent = [TrajectoryPoint(point.time, point.position, point.velocity) for point in points]
            assert controller.take(sent, cycle * CYCLE) == ""
    return np.array(velocities)


@pytest.mark.parametrize("hertz", [1.0, 2.0, 4.0, 6.0])
def test_a_velocity_that_swings_is_followed_no_further_than_commanded(hertz):
    time = np.arange(0.0, 4.0, CYCLE)
    commanded = 0.2 * np.sin(2.0 * np.pi * hertz * time)
    wave = np.exp(-2j * np.pi * hertz * time)
    response = (desired_velocities(commanded) @ wave) / (commanded @ wave)
    assert 0.9 < abs(response) < 1.02
    # a message each 10 ms, and 10 ms until its speed is reached: half of both
    delay = -np.angle(response) / (2.0 * np.pi * hertz)
    assert 0.005 < delay < 0.015


def test_a_speed_is_reached_by_the_next_message_and_never_exceeded():
    velocities = desired_velocities(np.full(200, 0.2))
    assert velocities.max() <= 0.2 + 1e-9
    assert velocities[round(PERIOD / CYCLE) :] == pytest.approx(0.2)


def test_messages_that_come_a_little_late_ripple_a_little():
    velocities = desired_velocities(np.full(1000, 1.0), jitter=1)
    assert np.abs(velocities[100:] - 1.0).max() < 0.2


@pytest.mark.parametrize(("name", "rest"), [("ur5e", 0.161), ("fr3", 0.363)])
def test_messages_that_cease_end_in_the_guards_stop(name, rest):
    arm = load_arm(name)
    velocity = np.append(1.5, np.zeros(arm.num_joints - 1))
    reference, controller = TrajectoryReference(arm_limits(arm)), TrajectoryController(arm.home)
    reference.move(velocity, 0.0, arm.home)
    for message in range(50):
        points = reference.waypoints(Motion(velocity, 0.0 * velocity))
        controller.take([TrajectoryPoint(*point) for point in points], message * PERIOD)
        reference.move(velocity, PERIOD, controller.desired((message + 1) * PERIOD)[0])
    # 50 ms on, then to rest at 14 and 4.8 rad/s^2, and nowhere faster or backwards
    later = np.arange(0.0, 0.5, 1e-3)
    speeds = np.array([controller.desired(49 * PERIOD + time)[1][0] for time in later])
    assert speeds.max() <= 1.5 + 1e-9
    assert speeds.min() >= -1e-3
    assert later[np.abs(speeds) > 1e-6].max() == pytest.approx(rest, abs=2e-3)
