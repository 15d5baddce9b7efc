"""Jerk-limited profiles: figures worked out by hand, and bounds that no input may break."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rl_manip_deploy.guard.braking import (
    Motion,
    approach_speed,
    plan,
    sample,
    settling_velocity,
    stopping_range,
)

A, J, V = 10.0, 500.0, np.pi


def motion(velocity, acceleration=0.0):
    return Motion(np.atleast_1d(float(velocity)), np.atleast_1d(float(acceleration)))


def random_motions(count, seed):
    """Motions that are inside all bounds and can stay there."""
    rng = np.random.default_rng(seed)
    drawn = Motion(rng.uniform(-V, V, (count, 6)), rng.uniform(-A, A, (count, 6)))
    keep = np.all(np.abs(settling_velocity(drawn, J)) <= V, axis=1)
    return Motion(drawn.velocity[keep], drawn.acceleration[keep])


def test_stop_from_one_radian_per_second_takes_120_ms_and_60_mrad():
    # v / A + A / J = 0.1 + 0.02 s; by symmetry the mean speed is v / 2
    profile = plan(motion(1.0), 0.0, A, J)
    assert profile.duration == pytest.approx(0.12)
    displacement, end = sample(profile, profile.duration)
    assert displacement == pytest.approx(0.06)
    assert end.velocity == 0.0
    assert end.acceleration == 0.0


def test_slow_stop_never_reaches_the_acceleration_limit():
    # 2 sqrt(v / J) = 2 sqrt(0.05 / 500) = 0.02 s; peak J t / 2 = 5 rad/s^2
    profile = plan(motion(0.05), 0.0, A, J)
    assert profile.duration == pytest.approx(0.02)
    _, halfway = sample(profile, 0.01)
    assert halfway.acceleration == pytest.approx(-5.0)


def test_stop_while_speeding_up_goes_on_for_a_moment():
    # the acceleration 10 ends in 0.02 s, at 1 + 10^2 / (2 * 500) = 1.1 rad/s
    profile = plan(motion(1.0, 10.0), 0.0, A, J)
    _, top = sample(profile, 0.02)
    assert top.velocity == pytest.approx(1.1)
    assert top.acceleration == pytest.approx(0.0)


def test_range_counts_the_point_where_the_velocity_changes_sign():
    # v = 0.01, a = -10: zero after (10 - sqrt(100 - 10)) / 500 s, at 5.087e-6 rad
    lowest, highest = stopping_range(motion(0.01, -10.0), A, J)
    assert highest == pytest.approx(5.087e-6, rel=1e-3)
    assert lowest < 0.0


def test_range_bounds_the_way_of_every_stop():
    start = random_motions(300, seed=1)
    lowest, highest = stopping_range(start, A, J)
    profile = plan(start, 0.0, A, J)
    way = np.stack([sample(profile, t)[0] for t in np.linspace(0.0, 0.8, 1600)])
    assert np.all(way >= lowest - 1e-12)
    assert np.all(way <= highest + 1e-12)
    np.testing.assert_allclose(way.max(axis=0).clip(0.0), highest, atol=1e-5)
    np.testing.assert_allclose(way.min(axis=0).clip(max=0.0), lowest, atol=1e-5)


def test_acceleration_above_the_limit_goes_back_to_it_first():
    # left behind by a harder stop at 1 rad/s: 14 -> 10 rad/s^2 takes 4 / 500 s and 0.096 rad/s,
    # the fall from 10 takes 0.02 s and 0.1 rad/s, the rest 0.804 rad/s at 10 rad/s^2
    profile = plan(motion(1.0, -14.0), 0.0, A, J)
    assert profile.duration == pytest.approx(0.008 + 0.0804 + 0.02)
    _, back = sample(profile, 0.008)
    assert back.acceleration == pytest.approx(-10.0)
    assert back.velocity == pytest.approx(1.0 - 0.096)
    _, later = sample(profile, 0.05)
    assert later.acceleration == pytest.approx(-10.0)
    _, end = sample(profile, np.nextafter(profile.duration, 0.0))
    assert end.velocity == pytest.approx(0.0, abs=1e-9)


def test_approach_speed_is_the_inverse_of_the_stopping_distance():
    # the two stops above: 0.06 rad from 1 rad/s, 0.05 * 0.02 / 2 = 0.0005 rad from 0.05 rad/s
    speed = approach_speed(np.array([0.06, 0.0005, -1.0]), A, J, settling_time=1e-6)
    np.testing.assert_allclose(speed, [1.0, 0.05, 0.0], rtol=1e-9)


def test_last_approach_is_exponential():
    assert approach_speed(np.array(0.001), A, J, settling_time=0.1) == pytest.approx(0.01)


def test_velocity_acceleration_and_jerk_stay_bounded_under_random_targets():
    rng = np.random.default_rng(2)
    now = random_motions(2000, seed=3)
    for _ in range(100):
        step = rng.uniform(0.0, 0.01, (len(now.velocity), 1))
        target = rng.uniform(-V, V, now.velocity.shape)
        _, following = sample(plan(now, target, A, J), step)
        assert np.all(np.abs(following.velocity) <= V + 1e-9)
        assert np.all(np.abs(following.acceleration) <= A + 1e-9)
        assert np.all(np.abs(following.velocity - now.velocity) <= A * step + 1e-9)
        assert np.all(np.abs(following.acceleration - now.acceleration) <= J * step + 1e-9)
        assert np.all(np.abs(settling_velocity(following, J)) <= V + 1e-9)
        now = following


@settings(max_examples=300, deadline=None)
@given(
    velocity=st.floats(-V, V),
    acceleration=st.floats(-A, A),
    target=st.floats(-V, V),
    split=st.floats(0.0, 1.0),
)
def test_two_short_steps_are_one_long_step(velocity, acceleration, target, split):
    start = motion(velocity, acceleration)
    whole = plan(start, target, A, J)
    time = 0.7 * float(whole.duration[0])
    _, once = sample(whole, time)
    _, halfway = sample(whole, split * time)
    _, twice = sample(plan(halfway, target, A, J), (1.0 - split) * time)
    np.testing.assert_allclose(twice.velocity, once.velocity, atol=1e-6)
    np.testing.assert_allclose(twice.acceleration, once.acceleration, atol=1e-3)
