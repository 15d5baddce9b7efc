"""What the policy node asks for: zero unless there are a goal and fresh joint states."""

import math

import numpy as np
import pytest

from rl_manip_deploy.goal_follower import GoalFollower
from rl_manip_deploy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
NAMES = sorted(ARM.joint_names)


@pytest.fixture
def follower(tmp_path, write_policy):
    return GoalFollower(load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM))


def see(follower, now, position=0.5):
    follower.on_joint_state(NAMES, [position] * 6, [0.0] * 6, now)


def test_without_a_goal_it_holds(follower):
    see(follower, 1.0)
    np.testing.assert_array_equal(follower.act(1.0), 0.0)


def test_with_a_goal_it_acts_on_the_last_state(follower):
    see(follower, 1.0)
    assert follower.set_goal("base_link", (0.4, 0.0, 0.3)) == ""
    np.testing.assert_allclose(follower.act(1.01), -0.5, atol=1e-6)


def test_stale_state_holds(follower):
    see(follower, 1.0)
    follower.set_goal("base_link", (0.4, 0.0, 0.3))
    np.testing.assert_array_equal(follower.act(1.06), 0.0)


def test_state_that_is_not_whole_or_finite_is_no_news(follower):
    see(follower, 1.0)
    follower.on_joint_state(NAMES, [math.nan] * 6, [0.0] * 6, 2.0)
    follower.on_joint_state(NAMES, [0.0] * 6, [], 2.0)
    follower.on_joint_state(NAMES[:3], [0.0] * 3, [0.0] * 3, 2.0)
    follower.on_joint_state(["finger"], [0.0], [0.0], 2.0)
    assert not follower.has_fresh_state(2.0)


@pytest.mark.parametrize("frame", ["base", "world", "", "tool0"])
def test_goal_in_another_frame_is_refused(follower, frame):
    assert "base_link" in follower.set_goal(frame, (0.4, 0.0, 0.3))
    assert follower.goal is None


def test_goal_that_is_not_finite_is_refused_and_keeps_the_last_one(follower):
    follower.set_goal("base_link", (0.4, 0.0, 0.3))
    assert "not finite" in follower.set_goal("base_link", (math.nan, 0.0, 0.3))
    np.testing.assert_array_equal(follower.goal, [0.4, 0.0, 0.3])


def test_inputs_outside_the_training_range_are_counted(follower):
    follower.set_goal("base_link", (0.4, 0.0, 0.3))
    for step, position in enumerate([0.0, 3.5, -3.5, 1.0]):  # trained within 3 rad
        see(follower, float(step), position)
        follower.act(float(step))
    assert follower.outside_shares()["joint_position"] == pytest.approx(0.5)
    assert follower.outside_shares()["joint_velocity"] == 0.0


def test_goal_outside_the_region_is_strange(follower):
    assert follower.is_familiar((0.4, 0.0, 0.3))
    assert not follower.is_familiar((0.0, 0.0, 0.3))
