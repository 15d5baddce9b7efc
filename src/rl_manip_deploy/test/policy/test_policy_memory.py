"""A policy's memory on the robot: carried from step to step, gone with each goal and stop."""

import numpy as np
import pytest

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import PolicyFileError, load_policy
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import MemorySpec

ARM = load_arm("ur5e")
GOAL = (0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def path(tmp_path, write_policy):
    return write_policy(tmp_path / "policy.onnx", ARM, remembers=True)


@pytest.fixture
def follower(path):
    """Of a policy that adds 0.01 rad/s for each call that it remembers."""
    follower = GoalFollower(load_policy(path, ARM))
    follower.on_guard_state("armed", 0.0)
    follower.on_joint_state(ARM.joint_names, [0.5] * 6, [0.0] * 6, 1.0)
    return follower


def remembered(follower, now):
    """How many calls the policy remembers in the command of this step."""
    return round((follower.act(now).joint_velocity[0] + 0.5) / 0.01)


def test_the_caller_keeps_it(path):
    policy = load_policy(path)
    first = policy.act(policy.example())
    second = policy.act(policy.example(), first.memory)
    assert (first.memory.tolist(), second.memory.tolist()) == ([1.0], [2.0])
    added = second.joint_velocity - first.joint_velocity
    np.testing.assert_allclose(added, 0.01, atol=1e-6)
    assert policy.act(policy.example()).memory.tolist() == [1.0]  # nothing stays behind


def test_it_is_carried_from_step_to_step(follower):
    assert follower.take_goal("base_link", GOAL, 1.0) == ""
    assert [remembered(follower, 1.0) for _ in range(3)] == [0, 1, 2]


def new_goal(follower):
    assert follower.take_goal("base_link", GOAL, 1.0) == ""


def stopped(follower):
    follower.on_guard_state("stop: somebody said so", 1.0)
    np.testing.assert_array_equal(follower.act(1.0).joint_velocity, 0.0)
    follower.on_guard_state("armed", 1.0)
    new_goal(follower)


def states_missing(follower):
    np.testing.assert_array_equal(follower.act(1.2).joint_velocity, 0.0)


def other_kinematics(follower):
    follower.take_kinematics(ARM)


@pytest.mark.parametrize("event", [new_goal, stopped, states_missing, other_kinematics])
def test_it_is_gone_after(event, follower):
    new_goal(follower)
    assert [remembered(follower, 1.0) for _ in range(3)] == [0, 1, 2]
    event(follower)
    assert [remembered(follower, 1.0) for _ in range(2)] == [0, 1]


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        (MemorySpec("memory", "next_memory", (1, 2), ""), "its metadata says inputs .*'memory'"),
        (MemorySpec("memory", "later", (1, 1), ""), "its metadata says outputs .*'later'"),
        (None, "its metadata says inputs"),
    ],
)
def test_metadata_that_says_otherwise_is_refused(tmp_path, write_policy, memory, said):
    path = write_policy(tmp_path / "policy.onnx", ARM, remembers=True, memory=memory)
    with pytest.raises(PolicyFileError, match=said):
        load_policy(path)
