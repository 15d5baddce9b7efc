"""A policy that was trained with another tool brings the one that a person gave to its goals."""

import numpy as np
import pytest
from drive_with_tool import SHIPPED, distances

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_deploy.policy.real_tool import RealTool, given_tool
from rl_manip_description import load_arm
from rl_manip_description.model.own_kinematics import with_kinematics_of, with_written_tool

ARM = load_arm("ur5e")
HAND = load_arm("ur5e", "robotiq_2f85")
TOOL = "0.08,0,0.12"


@pytest.fixture(scope="module")
def policy():
    return load_policy(SHIPPED)


def test_the_shipped_policy_brings_a_tool_aside_of_the_flange_to_its_goals(policy):
    away = distances(policy, TOOL, count=4)
    assert away.max() < 0.5 * policy.metadata.success.distance_m
    # of the flange itself the same function is true, too: nothing is moved
    assert distances(policy, "", count=1).max() < 0.5 * policy.metadata.success.distance_m


def test_goals_are_told_as_far_beside_as_the_tool_is():
    """At home the flange points down and the tool is 0.12 m below it: told 0.12 m higher."""
    own = with_written_tool(ARM, "0,0,0.12")
    goal = np.array([0.4, 0.1, 0.2])
    told = RealTool(ARM, own).shown({"joint_position": ARM.home, "goal_position": goal})
    np.testing.assert_allclose(told["goal_position"], goal + [0.0, 0.0, 0.12], atol=1e-6)


def test_a_turned_tool_turns_the_goal():
    """A tool turned by a quarter about the flange's z: the flange is to be turned back by it."""
    own = with_written_tool(ARM, f"0,0,0,0,0,{np.pi / 2}")
    real = own.forward_kinematics(ARM.home)
    told = RealTool(ARM, own).shown(
        {"joint_position": ARM.home, "goal_orientation": real.quaternion}
    )
    nominal = ARM.forward_kinematics(ARM.home).quaternion
    assert abs(told["goal_orientation"] @ nominal) == pytest.approx(1.0, abs=1e-12)
    assert abs(real.quaternion @ nominal) == pytest.approx(np.cos(np.pi / 4))


def test_a_policy_with_a_gripper_is_told_of_the_tool_in_the_grippers_place():
    """Given to the arm without gripper, as the policy node has it, which loads that later."""
    told = with_kinematics_of(HAND, with_written_tool(ARM, "0,0,0.1"))
    goal = np.array([0.4, 0.1, 0.2])
    shown = RealTool(HAND, told).shown({"joint_position": ARM.home, "goal_position": goal})
    # the gripper's tool is 0.148 m from the flange
    np.testing.assert_allclose(shown["goal_position"], goal - [0.0, 0.0, 0.048], atol=1e-6)


def test_whether_a_goal_is_familiar_goes_by_what_the_policy_is_told(policy):
    follower = GoalFollower(policy)
    follower.on_joint_state(ARM.joint_names, ARM.home, [0.0] * 6, 1.0)
    low = np.array([0.45, 0.1, policy.metadata.goal_region["min_height"] - 0.1])
    assert not follower.is_familiar(low)
    follower.take_kinematics(with_written_tool(ARM, "0,0,0.2"))
    assert follower.is_familiar(low)


def test_it_is_said_how_far_the_tool_is_from_the_policys():
    said = "tool:= is {} mm from the tool that the policy was trained with"
    assert given_tool(ARM, ARM) == given_tool(HAND, HAND) == ""
    assert given_tool(ARM, with_written_tool(ARM, "0.06,0,0.08")) == said.format(100)
    assert given_tool(HAND, with_written_tool(ARM, "0,0,0.2")) == said.format(52)
