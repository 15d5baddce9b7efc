"""Every message ends at rest, where the guard's own stop would end."""

from __future__ import annotations

import numpy as np
import pytest

from rl_manip_deploy.guard.braking import Motion, sample
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.references.trajectory_reference import (
    AHEAD,
    PERIOD,
    TrajectoryReference,
)
from rl_manip_deploy.guard.safe_motion import stop_profile
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
LIMITS = arm_limits(ARM)
REST = np.zeros(6)


def moved(velocity, seconds: float = 0.5) -> TrajectoryReference:
    """A reference that began at home and was commanded a constant velocity; a message is due."""
    reference = TrajectoryReference(LIMITS)
    reference.move(REST, 0.0, ARM.home)
    for message in range(round(seconds / PERIOD)):
        reference.waypoints(Motion(velocity, REST))
        reference.move(velocity, PERIOD, ARM.home + (message + 1) * PERIOD * velocity)
    return reference


def test_there_is_nothing_to_say_before_a_joint_state():
    assert TrajectoryReference(LIMITS).waypoints(Motion(REST, REST)) == []


def test_the_first_point_is_where_the_commands_lead():
    velocity = np.array([1.0, -0.5, 0.2, 0.0, 0.0, 1.5])
    first = moved(velocity).waypoints(Motion(velocity, REST))[0]
    assert first.time == AHEAD
    # 0.5 s so far, but 8 / 15 of the first 10 ms, in which the speed rose from rest; then AHEAD on
    expected = ARM.home + (0.5 - 7.0 / 15.0 * PERIOD + AHEAD) * velocity
    assert first.position == pytest.approx(expected, abs=1e-9)
    assert first.velocity == pytest.approx(velocity)


@pytest.mark.parametrize("seed", range(5))
def test_it_ends_at_rest_where_the_proved_stop_ends(seed):
    velocity = np.random.default_rng(seed).uniform(-3.0, 3.0, 6)
    points = moved(velocity).waypoints(Motion(velocity, REST))
    profile = stop_profile(Motion(velocity, REST), LIMITS)
    way, _ = sample(profile, profile.duration.max())
    assert points[-1].velocity.tolist() == [0.0] * 6
    assert points[-1].position - points[0].position == pytest.approx(way, abs=1e-9)
    times = [point.time for point in points]
    assert times == sorted(set(times))


def test_at_rest_it_holds():
    points = moved(REST).waypoints(Motion(REST, REST))
    assert points[-1].velocity.tolist() == [0.0] * 6
    assert points[-1].position == pytest.approx(ARM.home)


def test_a_last_message_in_motion_does_not_turn_the_joints_back():
    reference = moved(np.full(6, 0.12))
    before = reference.waypoints(Motion(np.full(6, 0.12), REST))[0].position - 0.12 * AHEAD
    (last,) = reference.waypoints(Motion(REST, REST))
    # (1 - t / T)^2 of the speed that is left: a third of the way that it would go in that time
    assert last.position == pytest.approx(before + 0.12 * AHEAD / 3.0, abs=1e-9)


def test_a_reference_that_the_arm_does_not_follow_is_taken_back_to_the_arm():
    reference = TrajectoryReference(LIMITS)
    reference.move(REST, 0.0, ARM.home)
    velocity = np.full(6, 1.0)
    for _ in range(500):
        reference.waypoints(Motion(velocity, REST))
        reference.move(velocity, PERIOD, ARM.home)
    away = reference.waypoints(Motion(velocity, REST))[0].position - ARM.home
    assert np.all(np.abs(away) < 0.4)
