"""The excitation motion keeps to its limits and shows every joint."""

import numpy as np
import pytest

from rl_manip_gap.identify.motion.excitation import Excitation, ExcitationLimits

STEP = 0.005


def test_limits_hold_from_home(arm_of_each_kind):
    arm, limits = arm_of_each_kind, ExcitationLimits()
    for seed in range(3):
        time = np.arange(0.0, 20.0, STEP)
        velocity = Excitation(arm, arm.home, 20.0, seed).velocity(time)
        travel = np.cumsum(velocity, axis=0) * STEP
        acceleration = np.gradient(velocity, STEP, axis=0)
        assert np.abs(travel).max() < 1.02 * limits.excursion
        assert (np.abs(velocity) < 1.02 * limits.velocity_share * arm.limits.velocity).all()
        bound = 1.02 * limits.acceleration_share * arm.limits.acceleration
        assert (np.abs(acceleration) < bound).all()
        tool = arm.forward_kinematics(arm.home + travel).position
        assert tool[:, 2].min() > 0.98 * limits.min_tool_height
        assert (np.abs(velocity).max(axis=0) > 0.1).all()


def test_it_starts_and_ends_at_rest(arm):
    motion = Excitation(arm, arm.home, 10.0)
    ends = motion.velocity(np.array([-1.0, 0.0, 10.0, 11.0]))
    assert np.abs(ends).max() == 0.0


def test_a_slowed_motion_is_smaller_everywhere(arm):
    limits = ExcitationLimits()
    slow = Excitation(arm, arm.home, 10.0, limits=limits.slowed(0.25))
    assert slow.excursion < 1.02 * 0.25 * limits.excursion
    speed = np.abs(slow.velocity(np.arange(0.0, 10.0, STEP)))
    assert (speed < 1.02 * 0.25 * limits.velocity_share * arm.limits.velocity).all()


def test_its_path_is_where_its_velocities_lead(arm):
    motion = Excitation(arm, arm.home, 10.0)
    path = motion.path()
    middle = motion.velocity(np.array([5.0]))[0]
    assert (path[505] - path[495]) / 0.1 == pytest.approx(middle, abs=0.02)
    assert path[0] == pytest.approx(arm.home)


def test_too_short_a_motion_is_refused(arm):
    with pytest.raises(ValueError, match="at least 4 s"):
        Excitation(arm, arm.home, 2.0)
