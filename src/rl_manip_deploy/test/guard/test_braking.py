"""Jerk-limited profiles: figures worked out by hand, and bounds that no input may break."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rl_manip_deploy.guard.braking import (
    Motion,
    approach_speed,
    in_step,
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


def test_a_stop_that_is_broken_off_is_taken_back_at_its_own_jerk():
    # 14 -> 10 rad/s^2 at 4000 rad/s^3 takes 1 ms and 0.012 rad/s; from there 500 rad/s^3 will do:
    # 0.02 s, down to 0.5 - 0.012 - 0.1
    profile = plan(motion(0.5, -14.0), 1.0, A, J, 4000.0)
    _, back = sample(profile, 0.001)
    assert back.acceleration == pytest.approx(-10.0)
    assert back.velocity == pytest.approx(0.488)
    _, lowest = sample(profile, 0.021)
    assert lowest.velocity == pytest.approx(0.388)
    assert lowest.acceleration == pytest.approx(0.0, abs=1e-9)


def test_going_on_after_slowing_down_does_not_lead_backwards():
    # from 0.05 rad/s at -10 rad/s^2 a jerk of 500 would lead to 0.05 - 0.1; a^2 / 2v = 1000 will do
    assert settling_velocity(motion(0.05, -10.0), J) == pytest.approx(-0.05)
    profile = plan(motion(0.05, -10.0), 0.2, A, J, 4000.0)
    _, lowest = sample(profile, 0.01)
    assert lowest.velocity == pytest.approx(0.0, abs=1e-12)
    assert lowest.acceleration == pytest.approx(0.0, abs=1e-9)
    assert sample(profile, profile.duration)[1].velocity == pytest.approx(0.2)


@settings(max_examples=300, deadline=None)
@given(
    speed=st.floats(0.01, V),
    stopped_for=st.floats(0.0, 1.0),
    target=st.floats(0.0, V),
    steps=st.lists(st.floats(0.0, 0.05), min_size=1, max_size=20),
)
def test_no_stop_that_is_broken_off_anywhere_leads_backwards(speed, stopped_for, target, steps):
    stop = plan(motion(speed), 0.0, 14.0, 4000.0)
    _, now = sample(stop, stopped_for * stop.duration)
    for step in steps:
        _, now = sample(plan(now, target, A, J, 4000.0), step)
        assert now.velocity >= -1e-9
        assert np.abs(now.acceleration) <= 14.0


@settings(max_examples=100, deadline=None)
@given(
    velocity=st.floats(-V, V),
    acceleration=st.floats(-A, A),
    steps=st.lists(st.floats(0.0, 0.1), min_size=1, max_size=30),
)
def test_a_stop_takes_as_long_at_whatever_times_it_is_sampled(velocity, acceleration, steps):
    start = motion(velocity, acceleration)
    whole = plan(start, 0.0, 14.0, 4000.0)
    now, time = start, 0.0
    for step in steps:
        _, now = sample(plan(now, 0.0, 14.0, 4000.0), step)
        time += step
        np.testing.assert_allclose(now.velocity, sample(whole, time)[1].velocity, atol=1e-6)


def test_joints_in_step_keep_the_direction_of_motion():
    # 1.5 : 0.3 : -0.02 rad/s, to a tenth and back up to four tenths before it is there
    direction = np.array([1.5, 0.3, -0.02])
    now = Motion(direction, np.zeros(3))
    for target, time in ((0.1, 0.08), (0.4, 0.1), (0.05, 0.2)):
        for _ in range(round(time / 0.002)):
            limits = in_step(now, target * direction, V, A * np.ones(3), J * np.ones(3))
            _, now = sample(plan(now, target * direction, *limits), 0.002)
            np.testing.assert_allclose(now.velocity / direction, now.velocity[0] / 1.5, rtol=1e-6)
    np.testing.assert_allclose(now.velocity, 0.05 * direction, atol=1e-9)


def test_joints_in_step_stay_inside_all_bounds():
    rng = np.random.default_rng(4)
    now = random_motions(2000, seed=5)
    limits = np.full(6, A), np.full(6, J)
    for _ in range(100):
        step = rng.uniform(0.0, 0.01, (len(now.velocity), 1))
        target = rng.uniform(-V, V, now.velocity.shape)
        _, following = sample(plan(now, target, *in_step(now, target, V, *limits)), step)
        assert np.all(np.abs(following.velocity) <= V + 1e-9)
        assert np.all(np.abs(following.acceleration) <= A + 1e-9)
        assert np.all(np.abs(following.velocity - now.velocity) <= A * step + 1e-9)
        assert np.all(np.abs(following.acceleration - now.acceleration) <= J * step + 1e-9)
        assert np.all(np.abs(settling_velocity(following, J)) <= V + 1e-9)
        now = following


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
    # the first stop above: 0.06 rad from 1 rad/s; with 0.05 s before it begins 0.05 rad more
    assert approach_speed(np.array(0.06), A, J, 1e-6) == pytest.approx(1.0)
    assert approach_speed(np.array(0.11), A, J, 1e-6, delay=0.05) == pytest.approx(1.0)
    assert approach_speed(np.array(-1.0), A, J, 1e-6) == 0.0


def test_approach_speed_leaves_room_for_the_stop_from_every_distance():
    distance = np.logspace(-6, 1, 500)
    for delay in (0.0, 0.05):
        speed = approach_speed(distance, A, J, 0.01, delay)
        profile = plan(Motion(speed, np.zeros(500)), 0.0, A, J)
        stop, _ = sample(profile, profile.duration)
        assert np.all(stop + delay * speed <= distance + 1e-12)


def test_last_approach_is_exponential():
    assert approach_speed(np.array(0.001), A, J, settling_time=0.1) == pytest.approx(0.01)
    slower = approach_speed(np.array(0.001), A, J, settling_time=0.1, delay=0.1)
    assert slower == pytest.approx(0.005)


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
