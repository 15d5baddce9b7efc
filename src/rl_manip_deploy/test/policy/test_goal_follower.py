"""What the policy node asks for: zero unless there are a goal and fresh inputs."""

import math

import numpy as np
import pytest

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
HAND = load_arm("ur5e", "robotiq_2f85")
NAMES = sorted(ARM.joint_names)
UPRIGHT = (0.0, 0.0, 0.0, 1.0)
GOAL = (0.4, 0.0, 0.3, *UPRIGHT)


@pytest.fixture
def follower(tmp_path, write_policy):
    return GoalFollower(load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM))


@pytest.fixture
def handler(tmp_path, write_policy):
    """Asks for an opening of: gripper's opening + 7 elements of the object's pose."""
    path = tmp_path / "policy.onnx"
    write_policy(path, HAND, reads=("gripper_opening", "object_pose"), opening=-1.0)
    return GoalFollower(load_policy(path, ARM))


def see(follower, now, position=0.5):
    follower.on_joint_state(NAMES, [position] * 6, [0.0] * 6, now)


def velocity(follower, now):
    return follower.act(now).joint_velocity


def wanted(*velocity):
    """What a policy gets of `velocity` (six numbers, or one for all) where only the place counts.

    Wrist 3 turns about an axis that the tool lies on.
    """
    return np.append(np.broadcast_to(velocity, 6)[:5], 0.0)


def test_without_a_goal_it_holds(follower):
    see(follower, 1.0)
    np.testing.assert_array_equal(velocity(follower, 1.0), 0.0)
    assert follower.trouble(1.0) == "no goal"


def test_with_a_goal_it_acts_on_the_last_state(follower):
    see(follower, 1.0)
    assert follower.goal.take("base_link", GOAL) == ""
    np.testing.assert_allclose(velocity(follower, 1.01), wanted(-0.5), atol=1e-6)
    assert follower.act(1.01).gripper_opening is None


def test_stale_state_holds(follower):
    see(follower, 1.0)
    follower.goal.take("base_link", GOAL)
    np.testing.assert_array_equal(velocity(follower, 1.06), 0.0)
    assert follower.trouble(1.06) == "joint state is 0.060 s old"


def test_state_that_is_not_whole_or_finite_is_no_news(follower):
    see(follower, 1.0)
    follower.on_joint_state(NAMES, [math.nan] * 6, [0.0] * 6, 2.0)
    follower.on_joint_state(NAMES[:3], [0.0] * 3, [0.0] * 3, 2.0)
    follower.on_joint_state(["finger"], [0.0], [0.0], 2.0)
    assert not follower.has_fresh_state(2.0)


def test_a_forgotten_goal_holds(follower):
    see(follower, 1.0)
    follower.goal.take("base_link", GOAL)
    follower.goal.forget()
    np.testing.assert_array_equal(velocity(follower, 1.0), 0.0)


def test_inputs_outside_the_training_range_are_counted(follower):
    follower.goal.take("base_link", GOAL)
    for step, position in enumerate([0.0, 3.5, -3.5, 1.0]):  # trained within 3 rad
        see(follower, float(step), position)
        follower.act(float(step))
    assert follower.outside_shares()["joint_position"] == pytest.approx(0.5)
    assert follower.outside_shares()["joint_velocity"] == 0.0


def test_goal_outside_the_region_is_strange(follower):
    assert follower.is_familiar(np.array([0.4, 0.0, 0.3]))
    assert not follower.is_familiar(np.array([0.0, 0.0, 0.3]))


def test_gripper_and_object_reach_the_policy_by_name(handler):
    see(handler, 1.0)
    handler.goal.take("base_link", GOAL)
    handler.on_joint_state([HAND.gripper.joint_name], [0.4], [0.0], 1.0)  # half closed: 42.5 mm
    assert handler.object.take("base_link", (0.3, -0.2, 0.02, *UPRIGHT), 1.0) == ""
    command = handler.act(1.0)
    np.testing.assert_allclose(command.joint_velocity, -0.5, atol=1e-6)
    assert command.gripper_opening == pytest.approx(0.0425 + 0.3 - 0.2 + 0.02 + 1.0, abs=1e-6)


def test_gripper_s_joint_may_be_among_the_arm_s(handler):
    handler.goal.take("base_link", GOAL)
    handler.object.take("base_link", GOAL, 1.0)
    names = sorted([*NAMES, HAND.gripper.joint_name])
    handler.on_joint_state(names, [0.5] * 7, [0.0] * 7, 1.0)
    assert handler.trouble(1.0) == ""


@pytest.mark.parametrize(
    ("gripper", "object_pose", "said"),
    [
        (None, 1.0, "no robotiq_85_left_knuckle_joint yet"),
        (0.7, 1.0, "robotiq_85_left_knuckle_joint are 0.30 s old"),
        (1.0, None, "no object poses yet"),
        (1.0, 0.7, "object poses are 0.30 s old"),
    ],
)
def test_without_gripper_or_object_it_holds_and_says_why(handler, gripper, object_pose, said):
    handler.goal.take("base_link", GOAL)
    if gripper is not None:
        handler.on_joint_state([HAND.gripper.joint_name], [0.4], [0.0], gripper)
    if object_pose is not None:
        handler.object.take("base_link", GOAL, object_pose)
    see(handler, 1.0)
    command = handler.act(1.0)
    np.testing.assert_array_equal(command.joint_velocity, 0.0)
    assert command.gripper_opening is None
    assert handler.trouble(1.0) == said
