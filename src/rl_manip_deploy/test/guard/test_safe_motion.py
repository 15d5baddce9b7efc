"""The pure function of the guard, on many arms at once, behind a latency that it is not told."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from motion_bounds import angle, check_step

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.guard_limits import tightened
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_deploy.guard.space.leaning import CLOSE
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
LIMITS = tightened(ARM, {"tool_lower": [-0.6, -0.6, 0.02], "tool_upper": [0.6, 0.6, 0.8]})
SAFE = SafeMotion(ARM, LIMITS)
FREE = SafeMotion(ARM, tightened(ARM, {"tool_lower": [-2.0, -2.0, -2.0], "floor": -1.03}))
SPACE = SAFE.space
PERIOD = 0.002  # [s]
DELAY = 10  # cycles from a command to the arm
LAG = 0.01  # [s]


def start_poses(count, seed, room=0.02):
    """Poses inside position limits and all bounds in space."""
    rng = np.random.default_rng(seed)
    poses = rng.uniform(LIMITS.position_lower + 0.1, LIMITS.position_upper - 0.1, (100 * count, 6))
    poses = poses[np.all(SPACE.rooms(poses) > room, axis=1)]
    assert len(poses) >= count
    return poses[:count]


def drive(request, poses, cycles):
    """Runs arms behind the guard; checks every command and every position on the way."""
    rng = np.random.default_rng(0)
    position, arrived = poses.copy(), np.zeros_like(poses)
    motion = Motion(np.zeros_like(poses), np.zeros_like(poses))
    on_the_way = [motion.velocity] * (DELAY + 1)
    for cycle in range(cycles):
        measured = position + rng.normal(0.0, 1e-4, position.shape)
        following = SAFE.step(request(cycle, position), motion, measured, PERIOD)
        check_step(SAFE, motion, following, PERIOD)
        motion = following
        on_the_way = [*on_the_way[1:], motion.velocity]
        arrived = arrived + (on_the_way[0] - arrived) * PERIOD / (LAG + PERIOD)
        position = position + arrived * PERIOD
        assert np.all(position > LIMITS.position_lower)
        assert np.all(position < LIMITS.position_upper)
        if cycle % 10 == 0:
            # margins are for what the guard is not told: it comes hardly any nearer
            assert SPACE.rooms(position).min() > -0.002
    return position, motion


def test_request_inside_all_bounds_is_reached():
    request = np.array([0.3, -0.2, 0.1, 0.4, -0.5, 0.6])
    motion = Motion(np.zeros(6), np.zeros(6))
    for _ in range(100):  # 0.06 / 10 + 0.02 s would do
        motion = SAFE.step(request, motion, ARM.home, PERIOD)
    np.testing.assert_allclose(motion.velocity, request, atol=1e-12)


def test_full_speed_at_position_limits_stops_before_them():
    position = start_poses(30, seed=1)
    # base and flange: they get there whatever pose the arm is in
    turning = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    directions = np.random.default_rng(2).choice([-np.pi, np.pi], position.shape) * turning
    motion = Motion(np.zeros_like(position), np.zeros_like(position))
    period = 4 * PERIOD  # a slower robot, 125 Hz
    for _ in range(1000):  # 12.5 rad at 3.1 rad/s, and the last approaches, one after another
        motion = FREE.step(directions, motion, position, period)
        position = position + motion.velocity * period
        assert np.all(np.abs(position) < LIMITS.position_upper)
    left = (LIMITS.position_upper - np.abs(position))[:, [0, 5]]
    assert np.all(left < 0.05)
    assert np.all(np.abs(motion.velocity) < 0.01)


@pytest.mark.parametrize(("axis", "side"), itertools.product(range(3), (-1.0, 1.0)))
def test_full_speed_at_a_face_of_the_box_stops_before_it(axis, side):
    def towards_face(cycle, position):
        linear = ARM.jacobian(position)[:, :3]
        velocity = np.linalg.pinv(linear, rcond=1e-2) @ (np.eye(3)[axis] * side)
        return velocity * np.pi / np.max(np.abs(velocity), axis=1, keepdims=True)

    drive(towards_face, start_poses(30, seed=3), 300)


def test_an_elbow_driven_at_the_floor_stops_above_it():
    # the tool box is wide open: only the links are in the way
    limits = tightened(ARM, {"tool_lower": [-2.0, -2.0, -2.0]})
    safe = SafeMotion(ARM, limits)
    position = np.tile(ARM.home, (10, 1))
    position[:, 1] = np.linspace(-np.pi + 0.3, -0.3, 10)  # from nearly flat to nearly flat
    position[:, 2] = 0.0  # stretched
    motion = Motion(np.zeros_like(position), np.zeros_like(position))
    # upper arm down, to the side where it is
    request = np.zeros_like(position)
    request[:, 1] = np.where(position[:, 1] < -np.pi / 2, -np.pi, np.pi)
    lowest = []
    for _ in range(1000):
        following = safe.step(request, motion, position, PERIOD)
        check_step(safe, motion, following, PERIOD)
        motion = following
        position = position + motion.velocity * PERIOD
        lowest.append(safe.space.rooms(position).min(axis=1))
    # the room begins above the margin
    assert np.all(np.array(lowest) > -1e-4)
    assert np.all(lowest[-1] < 0.02)
    assert np.all(np.abs(motion.velocity) < 0.02)


def test_erratic_requests_stay_inside_everything():
    rng = np.random.default_rng(4)
    held = {}

    def erratic(cycle, position):
        if cycle % 20 == 0:
            held["request"] = rng.uniform(-2 * np.pi, 2 * np.pi, position.shape)
        return held["request"]

    drive(erratic, start_poses(50, seed=5), 500)


@settings(max_examples=300, deadline=None)
@given(
    request=arrays(float, 6, elements=st.floats(allow_nan=False, allow_infinity=False)),
    position=arrays(float, 6, elements=st.floats(-7.0, 7.0)),
    velocity=arrays(float, 6, elements=st.floats(-np.pi, np.pi)),
    step=st.floats(0.0, 0.01),
    scaling=st.floats(0.0, 1.0),
)
def test_no_input_breaks_a_bound(request, position, velocity, step, scaling):
    motion = Motion(velocity, np.zeros(6))
    with np.errstate(over="ignore"):  # requests of 1e308 rad/s are clipped
        following = SAFE.step(request, motion, position, step, scaling)
    check_step(SAFE, motion, following, step)


def test_an_arm_outside_may_come_back_and_may_not_go_further_out():
    outside = ARM.home.copy()
    outside[5] = ARM.limits.position_upper[5] + 0.1
    rest = Motion(np.zeros(6), np.zeros(6))
    outwards = SAFE.step(np.eye(6)[5], rest, outside, PERIOD)
    np.testing.assert_array_equal(outwards.velocity, 0.0)
    position, motion = outside, rest
    for _ in range(500):
        motion = SAFE.step(-0.5 * np.eye(6)[5], motion, position, PERIOD)
        position = position + motion.velocity * PERIOD
    assert position[5] < outside[5] - 0.1


def test_no_step_but_one_of_a_stop_leads_an_arm_that_is_outside_further_out():
    """An arm may creep out by many steps whose stopping paths lead back only later on."""
    rng = np.random.default_rng(0)
    position = rng.uniform(-np.pi, np.pi, (15_000, 6))
    room = SPACE.rooms(position)
    slightly = (room.min(axis=1) < 0.0) & (room.min(axis=1) > -0.02)
    position, room = position[slightly], room[slightly]
    shape = position.shape
    motion = Motion(rng.uniform(-2.0, 2.0, shape), rng.uniform(-10.0, 10.0, shape))
    measured = position - motion.velocity * LIMITS.response_time
    request = rng.uniform(-2.0, 2.0, shape)
    following = SAFE.step(request, motion, measured, PERIOD)
    stop = SAFE.stop_step(motion, PERIOD)
    free = np.any(following.velocity != stop.velocity, axis=1)
    assert np.count_nonzero(free) > 30
    after = SPACE.rooms(position + PERIOD * following.velocity)
    assert np.all((after >= np.minimum(room, 0.0) - 1e-6)[free])


@pytest.mark.parametrize("scaling", [0.1, 0.5])
def test_the_speed_slider_keeps_the_direction_of_motion(scaling):
    request = np.array([1.5, 0.3, -0.2, 0.0, 0.7, -1.0])
    motion = Motion(request, np.zeros(6))
    # 1.5 rad/s is within half of 3.1 and not within a tenth
    expected = request * min(1.0, scaling * np.pi / 1.5)
    for _ in range(200):
        motion = SAFE.step(request, motion, ARM.home, PERIOD, scaling)
        assert angle(motion.velocity, request) < 0.01
    np.testing.assert_allclose(motion.velocity, expected)


def test_a_request_beyond_the_velocity_limits_keeps_its_direction():
    request = np.array([1e300, 2e299, 0.0, -5e299, 0.0, 0.0])
    motion = Motion(np.zeros(6), np.zeros(6))
    for _ in range(300):
        motion = FREE.step(request, motion, ARM.home, PERIOD)
    np.testing.assert_allclose(motion.velocity, np.pi * np.array([1.0, 0.2, 0.0, -0.5, 0.0, 0.0]))


def test_slowing_down_before_faces_and_floor_keeps_the_direction():
    """Until the arm is close to them."""
    rng = np.random.default_rng(6)
    position = start_poses(120, seed=7, room=0.05)
    request = rng.uniform(-0.5, 0.5, position.shape)
    motion = Motion(request, np.zeros_like(request))
    # a joint at its limit is a matter of its own, and so is an arm that takes a step of a stop
    free = np.all(np.abs(position) < LIMITS.position_upper - 0.6, axis=1)
    asked, slowed = np.linalg.norm(request, axis=1), np.zeros(len(position), dtype=bool)
    for _ in range(400):
        free &= SPACE.rooms(position + LIMITS.response_time * motion.velocity).min(axis=1) > CLOSE
        following = SAFE.step(request, motion, position, PERIOD)
        stop = SAFE.stop_step(motion, PERIOD)
        free &= np.any(following.velocity != stop.velocity, axis=1)
        motion = following
        position = position + PERIOD * motion.velocity
        assert np.all(angle(motion.velocity, request)[free] < 1.0)
        slowed |= free & (np.linalg.norm(motion.velocity, axis=1) < 0.7 * asked)
    assert np.count_nonzero(slowed) > 5
    assert np.count_nonzero(free) > 20


def test_a_joint_that_leans_against_its_limit_does_not_hold_the_others_up():
    position = np.array([0.0, -1.5, 1.5, -1.5, -1.5, LIMITS.position_upper[5] - 0.3])
    request = np.array([0.3, 0.0, 0.0, 0.0, 0.0, 1.0])
    motion, lowest = Motion(np.zeros(6), np.zeros(6)), 1.0
    for cycle in range(1500):
        motion = SAFE.step(request, motion, position, PERIOD)
        position = position + PERIOD * motion.velocity
        room = LIMITS.position_upper[5] - position[5] - motion.velocity[5] * LIMITS.response_time
        if cycle > 100 and room > 0.06:
            assert angle(motion.velocity, request) < 1.0
        lowest = min(lowest, motion.velocity[0]) if cycle > 100 else lowest
    assert lowest < 0.05
    assert motion.velocity[0] == pytest.approx(0.3)
    assert abs(motion.velocity[5]) < 1e-3
    assert position[5] < LIMITS.position_upper[5]


@settings(max_examples=60, deadline=None)
@given(
    request=arrays(float, 6, elements=st.floats(-1.5, 1.5)),
    gaps=st.lists(st.floats(0.0, 0.1), min_size=1, max_size=8),
    period=st.floats(0.001, 0.05),
)
def test_slowing_down_for_late_requests_and_going_on_leads_nowhere_backwards(request, gaps, period):
    motion = Motion(request.copy(), np.zeros(6))
    for gap in gaps:
        for _ in range(int(gap / period) + 1):
            motion = SAFE.stop_step(motion, period)
            assert np.all(motion.velocity * request >= -1e-9)
        for _ in range(5):
            motion = SAFE.step(request, motion, ARM.home, period)
            assert np.all(motion.velocity * request >= -1e-9)


def test_speed_scaling_lowers_the_velocity_limit():
    motion = Motion(np.zeros(6), np.zeros(6))
    for _ in range(500):
        motion = SAFE.step(np.full(6, np.pi), motion, np.zeros(6) + ARM.home, PERIOD, scaling=0.1)
    assert np.all(np.abs(motion.velocity) <= 0.1 * np.pi + 1e-9)
    assert np.max(np.abs(motion.velocity)) > 0.0
