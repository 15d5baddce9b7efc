"""Velocities by difference, rest, and velocities that do not fit."""

import numpy as np
import pytest

from rl_manip_deploy.states.recent_states import RecentStates

NAMES = ("one", "two")


def fill(recent, seconds, period, position, velocity=None):
    """States of `position(t)` and `velocity(t)`."""
    for k in range(round(seconds / period) + 1):
        t = k * period
        speed = None if velocity is None else np.array(velocity(t))
        recent.add(np.array(position(t)), speed, 10.0 + t)


@pytest.mark.parametrize("period", [0.002, 0.004, 0.02, 0.05])
def test_velocity_by_difference_and_its_lag(period):
    recent = RecentStates(NAMES)
    fill(recent, 0.4, period, lambda t: (0.5 * t, -0.2 * t))
    velocity, lag = recent.derived_velocity()
    np.testing.assert_allclose(velocity, [0.5, -0.2])
    # over 18 ms or a little more, or one period where that is longer
    assert 0.009 <= lag <= max(0.014, 0.5 * period + 1e-9)


def test_no_velocity_before_there_is_a_difference():
    recent = RecentStates(NAMES)
    recent.add(np.zeros(2), None, 10.0)
    recent.add(np.zeros(2), None, 10.01)
    assert np.isnan(recent.derived_velocity()[0]).all()


@pytest.mark.parametrize("period", [0.002, 0.02, 0.05])
def test_at_rest_after_a_tenth_of_a_second_without_motion(period):
    recent = RecentStates(NAMES)
    fill(recent, 0.08, period, lambda t: (1.0, 2.0))
    assert not recent.is_at_rest()
    fill(recent, 0.15, period, lambda t: (1.0, 2.0))
    assert recent.is_at_rest()


def test_an_arm_that_creeps_is_not_at_rest():
    recent = RecentStates(NAMES)
    fill(recent, 0.4, 0.002, lambda t: (1.0, 0.025 * t))
    assert not recent.is_at_rest()
    recent.forget()
    fill(recent, 0.4, 0.002, lambda t: (1.0, 0.01 * t))
    assert recent.is_at_rest()


def test_an_arm_that_says_it_moves_is_not_at_rest():
    recent = RecentStates(NAMES)
    fill(recent, 0.4, 0.002, lambda t: (1.0, 2.0), lambda t: (0.0, 0.05))
    assert not recent.is_at_rest()


def test_velocities_that_fit_and_velocities_of_another_unit():
    recent = RecentStates(NAMES)
    fill(recent, 0.6, 0.002, lambda t: (np.sin(t), t), lambda t: (np.cos(t), 1.0))
    assert recent.misfit() == ""
    recent.forget()
    fill(recent, 0.6, 0.002, lambda t: (0.0, t), lambda t: (0.0, 57.3))
    assert recent.misfit().startswith("two moved by 0.50 rad in 0.50 s")


def test_velocities_that_are_always_zero_do_not_fit_a_moving_arm():
    recent = RecentStates(NAMES)
    # 0.06 rad + 0.3 * way is exceeded by a way of 0.086 rad
    fill(recent, 0.08, 0.002, lambda t: (t, 0.0), lambda t: (0.0, 0.0))
    assert recent.misfit() == ""
    fill(recent, 0.10, 0.002, lambda t: (t, 0.0), lambda t: (0.0, 0.0))
    assert "the driver's velocities are wrong" in recent.misfit()


def test_what_came_before_a_gap_says_nothing():
    recent = RecentStates(NAMES)
    fill(recent, 0.3, 0.002, lambda t: (t, 0.0), lambda t: (1.0, 0.0))
    recent.add(np.array([0.3, 0.0]), np.zeros(2), 10.6)  # stopped at once by others
    recent.add(np.array([0.3, 0.0]), np.zeros(2), 10.61)
    assert recent.misfit() == ""
    assert not recent.is_at_rest()
    assert np.isnan(recent.derived_velocity()[0]).all()
