"""What the policy is told of the arm: nothing impossible, and velocities where nobody measures."""

import math

import numpy as np
import pytest

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
NAMES = sorted(ARM.joint_names)
SPEED = 0.2  # [rad/s] of every joint


@pytest.fixture
def state(tmp_path, write_policy):
    return GoalFollower(load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM)).arm_state


def send(state, seconds, velocity, period=0.002):
    """The arm moves on from home; returns the time of the last state."""
    order = [ARM.joint_names.index(name) for name in NAMES]
    for k in range(round(seconds / period) + 1):
        now = 1.0 + k * period
        state.on_joint_state(NAMES, list(ARM.home[order] + SPEED * k * period), velocity, now)
    return now


def test_a_state_of_zeros_is_no_news(state):
    now = send(state, 0.1, [SPEED] * 6)
    before = state.values()["joint_position"]
    state.on_joint_state(NAMES, [0.0] * 6, [0.0] * 6, now + 0.001)
    assert state.received == now
    np.testing.assert_array_equal(state.values()["joint_position"], before)
    assert state.trouble(now + 0.001) == ""


@pytest.mark.parametrize("velocity", [[], [math.nan] * 6])
@pytest.mark.parametrize("period", [0.002, 0.008, 0.04])
def test_without_velocities_the_policy_gets_them_by_difference(state, velocity, period):
    now = send(state, 0.2, velocity, period)
    assert state.trouble(now) == ""
    np.testing.assert_allclose(state.values()["joint_velocity"], SPEED, atol=1e-9)


def test_after_one_position_there_are_no_velocities_yet(state):
    state.on_joint_state(NAMES, list(ARM.home), [], 1.0)
    assert state.trouble(1.0) == "no joint velocities yet"


def test_it_says_what_arrives_while_the_arm_does_not(state):
    for _ in range(500):
        state.on_joint_state([f"left_{name}" for name in NAMES], [0.0] * 6, [], 1.0)
    said = state.heard.missing("/joint_states", "ur5e")
    assert said.startswith("500 joint states arrived on /joint_states, of left_elbow_joint,")
    assert said.endswith("give tf_prefix:=left_")
