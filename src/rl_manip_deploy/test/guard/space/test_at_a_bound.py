"""Arms that are close to a bound, or outside: they slide along, come away, say so, stop inside."""

import numpy as np
import pytest
from motion_bounds import check_step

from rl_manip_deploy.guard.braking import Motion, sample
from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.safe_motion import SafeMotion, stop_profile
from rl_manip_deploy.guard.space.leaning import CLOSE
from rl_manip_description import load_arm

PERIOD = 0.002  # [s]
LOW = ("floor", "tool box")  # of parts, and of the tool


def lowered(arm, safe):
    """The arm (n,) [rad] at home, let down until it stands at the floor."""
    position, motion = arm.home.copy(), Motion(np.zeros(6), np.zeros(6))
    for _ in range(3000):
        down = np.linalg.pinv(arm.jacobian(position)[:3]) @ [0.0, 0.0, -0.2]
        motion = safe.step(down, motion, position, PERIOD)
        position = position + PERIOD * motion.velocity
    name, room = safe.space.nearest(position)
    assert name in LOW
    assert -1e-3 < room < CLOSE
    return position


@pytest.mark.parametrize("name", ["ur5e", "ur8long"])
def test_an_arm_at_the_floor_goes_where_its_joints_lead_it_along(name):
    """The shoulder of the one stops four times more slowly than its elbow."""
    arm = load_arm(name)
    safe = SafeMotion(arm, arm_limits(arm))
    begin = lowered(arm, safe)
    # the shoulder leads down, the elbow up, and the base along; all of it leads down
    request = np.array([0.3, 0.6, -0.4, 0.0, 0.0, 0.0])
    rest = Motion(np.zeros(6), np.zeros(6))
    heights = [arm.forward_kinematics(begin + s * request).position[2] for s in (0.0, 0.01)]
    assert heights[1] < heights[0] - 0.001
    position, motion, rooms = begin, rest, []
    for _ in range(1000):
        following = safe.step(request, motion, position, PERIOD)
        check_step(safe, motion, following, PERIOD)
        assert np.all(following.velocity * request >= -1e-12)
        assert np.all(np.abs(following.velocity) <= np.abs(request) + 1e-9)
        motion = following
        position = position + PERIOD * motion.velocity
        rooms.append(safe.space.nearest(position)[1])
    assert min(rooms) > -1e-3
    # two seconds at 0.3 and 0.4 rad/s, and a beginning
    assert position[0] - begin[0] > 0.4
    assert begin[2] - position[2] > 0.4


def test_an_arm_that_can_go_no_further_says_what_it_is_held_at():
    arm = load_arm("ur5e")
    safe = SafeMotion(arm, arm_limits(arm))
    position = lowered(arm, safe)
    down = np.array([0.0, 0.5, 0.0, 0.0, 0.0, 0.0])
    motion = Motion(np.zeros(6), np.zeros(6))
    for _ in range(500):
        motion = safe.step(down, motion, position, PERIOD)
        position = position + PERIOD * motion.velocity
    assert safe.held_at(down, motion, position) in LOW
    assert safe.held_at(0.01 * down, motion, position) == ""  # hardly asked to move
    along = np.array([0.5, 0.0, 0.0, 0.0, 0.0, 0.0])
    assert safe.held_at(along, Motion(along, 0.0 * along), position) == ""
    assert safe.held_at(down, motion, arm.home) == ""  # starting


def test_an_arm_whose_joints_brake_unequally_stops_inside_at_once_and_a_command_later():
    """Where a command that stands for longer leads up, one that ends at once may lead down."""
    arm = load_arm("xarm6")
    safe = SafeMotion(arm, arm_limits(arm))
    rng = np.random.default_rng(0)
    position = arm.home + rng.normal(0.0, 0.6, (20_000, 6))
    position = position[safe.space.rooms(position).min(axis=1) > 0.0]
    motion = Motion(rng.uniform(-1.5, 1.5, position.shape), np.zeros(position.shape))
    pending = np.zeros_like(position)[None]
    following = safe.step(motion.velocity, motion, position, PERIOD, pending=pending)
    stop = safe.stop_step(motion, PERIOD)
    free = np.any(following.velocity != stop.velocity, axis=1)
    profile = stop_profile(following, safe.limits)
    duration = profile.duration.max(axis=1, keepdims=True)
    way, _ = sample(profile, duration)
    for late in (0.0, safe.limits.hold_time):
        rooms = safe.space.rooms(position + way + late * following.velocity).min(axis=1)
        assert np.all(rooms[free] > -1e-6)
    assert np.count_nonzero(free) > 1000
    assert np.count_nonzero(~free) > 500


def test_an_arm_outside_that_is_asked_away_comes_away():
    """From up to 1 cm within a margin, where the request moves it away from all bounds at first."""
    arm = load_arm("ur5e", "robotiq_2f85")
    safe = SafeMotion(arm, arm_limits(arm))
    rng = np.random.default_rng(0)
    position = arm.home + rng.normal(0.0, 0.8, (20_000, 6))
    rooms = safe.space.rooms(position)
    outside = (rooms.min(axis=1) < -0.0005) & (rooms.min(axis=1) > -0.01)
    position, rooms = position[outside], rooms[outside]
    request = np.zeros_like(position)
    for _ in range(40):
        drawn = rng.uniform(-0.5, 0.5, position.shape)
        away = (safe.space.rooms(position + 1e-4 * drawn) - rooms) / 1e-4 > 0.03
        request = np.where(np.all(away | (rooms > 0.012), axis=1)[:, None], drawn, request)
    asked = request.any(axis=1)
    position, request, begin = position[asked], request[asked], rooms[asked].min(axis=1)
    assert len(position) > 30
    motion = Motion(np.zeros_like(position), np.zeros_like(position))
    for _ in range(300):
        motion = safe.step(request, motion, position, PERIOD)
        position = position + PERIOD * motion.velocity
    away = safe.space.rooms(position).min(axis=1) > begin + 0.0004
    # a few come to a position limit, or to another bound, on their way
    assert np.mean(away) > 0.9
