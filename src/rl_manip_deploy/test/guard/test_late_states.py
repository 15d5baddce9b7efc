"""The braking promise for states that come seldom and late, and for a guard that is run seldom."""

import numpy as np
import pytest
from late_arms import LateArms

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.guard_limits import tightened
from rl_manip_deploy.guard.safe_motion import SafeMotion, stopping_time
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
LIMITS = tightened(ARM, {"tool_lower": [-0.5, -0.5, 0.05], "tool_upper": [0.5, 0.5, 0.7]})
SAFE = SafeMotion(ARM, LIMITS)
SPACE = SAFE.space

# delays and lag together last LIMITS.response_time at most
LATE = {
    "quick": {"state_period": 0.002, "command_delay": 0.02, "step_period": 0.01},
    "seldom": {"state_period": 0.048, "command_delay": 0.02, "step_period": 0.01},
    "seldom and late": {"state_period": 0.048, "state_delay": 0.04, "command_delay": 0.0},
    "irregular": {"state_period": 0.05, "state_delay": 0.02, "irregular": True},
    "at once": {"state_period": 0.048, "command_delay": 0.0, "lag": 0.0},
}


def start_poses(count, seed):
    poses = np.random.default_rng(seed).uniform(-np.pi, np.pi, (150 * count, 6))
    poses = poses[np.all(SPACE.rooms(poses) > 0.0, axis=1)]
    assert len(poses) >= count
    return poses[:count]


def at_faces(axis, side):
    """Request that drives the tool straight at a face of its box, at full speed."""

    def request(position):
        linear = ARM.jacobian(position)[:, :3]
        velocity = np.linalg.pinv(linear, rcond=1e-2) @ (side * np.eye(3)[axis])
        return velocity / np.max(np.abs(velocity) / LIMITS.velocity, axis=1, keepdims=True)

    return request


def anywhere(rng):
    """Request of one random velocity per arm."""
    velocity = rng.uniform(-np.pi, np.pi, (25, 6))
    return lambda position: velocity


@pytest.mark.parametrize("late", LATE)
def test_arms_at_full_speed_stop_before_faces_and_floor(late):
    rng = np.random.default_rng(1)
    for axis, side in ((0, 1.0), (2, -1.0)):
        arms = LateArms(SAFE, start_poses(25, seed=axis), **LATE[late])
        random, request = anywhere(rng), at_faces(axis, side)
        for cycle in range(700):
            arms.tick(request if cycle > 200 else random)
            # the margins are for what the guard is not told: they are not used up
            if cycle % 7 == 0:
                assert SPACE.rooms(arms.position).min() > -0.002


@pytest.mark.parametrize("late", LATE)
def test_arms_at_full_speed_stop_before_position_limits(late):
    limits = tightened(ARM, {"tool_lower": [-3.0] * 3, "tool_upper": [3.0] * 3, "floor": -1.0})
    rng = np.random.default_rng(2)
    side = rng.choice([-1.0, 1.0], (30, 6))
    poses = side * (limits.position_upper - rng.uniform(0.05, 0.6, side.shape))
    arms = LateArms(SafeMotion(ARM, limits), poses, **LATE[late])
    for _ in range(500):
        arms.tick(lambda _: side * np.pi)
        assert np.all(np.abs(arms.position) < limits.position_upper)


@pytest.mark.parametrize("period", [0.002, 0.01, 0.045])
def test_a_stop_takes_as_long_however_seldom_the_guard_is_run(period):
    motion = Motion(np.full(6, 1.5), np.zeros(6))
    time = way = 0.0
    while motion.velocity.any():
        motion = SAFE.stop_step(motion, period)
        time += period
        way += period * motion.velocity[0]
    # 1.5 / 14 + 14 / 4000 = 0.111 s and at most a period; 0.08 rad
    assert time < stopping_time(LIMITS, 1.5) + period
    assert way < 0.085
