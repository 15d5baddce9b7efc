"""A joint a whole turn further is shown to the policy where it was trained, or named."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.joint_turns import JointTurns, range_trouble
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")  # home 0, -1.57, 1.57, -1.57, -1.57, 0; trained within +-3 rad
TURN = 2.0 * np.pi
ALL = np.ones(6, dtype=bool)


@pytest.fixture
def policy(tmp_path, write_policy):
    return load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM)


@pytest.fixture
def turns(policy):
    return JointTurns(ARM, policy.metadata)


def home(joint=0, by=0.0):
    position = ARM.home.copy()
    position[joint] += by
    return position


@pytest.mark.parametrize("joint", [1, 3, 4])
def test_a_whole_turn_further_is_the_same_to_the_policy(turns, joint):
    assert turns.choose(home(joint, TURN), ALL) == ""
    np.testing.assert_allclose(turns.shown(home(joint, TURN)), ARM.home, atol=1e-12)
    assert turns.turned == f"{ARM.joint_names[joint]} by -1"


def test_a_policy_without_a_range_is_shown_no_pose_twice(tmp_path, write_policy):
    def inputs(base):
        first, *others = base.inputs
        return (replace(first, low=None, high=None), *others)

    path = write_policy(tmp_path / "foreign.onnx", ARM, inputs=inputs)
    metadata = load_policy(path, ARM).metadata
    assert "import it with joint_spread" in range_trouble(metadata)
    turns = JointTurns(ARM, metadata)
    assert turns.choose(home(1, 3.6), ALL) == ""
    np.testing.assert_allclose(turns.shown(home(1, 3.6)), home(1, 3.6 - TURN), atol=1e-12)
    # at its limit it cannot be told apart from one that knows the way back
    at_limit = home(1, ARM.limits.position_upper[1] - ARM.home[1])
    assert "turn it back by a whole turn" in turns.choose(at_limit, ALL)


def test_a_policy_with_a_range_says_what_it_knows(policy):
    assert range_trouble(policy.metadata) == ""


def test_unturned_joints_are_shown_as_they_are(turns):
    assert turns.choose(home(5, 2.9), ALL) == ""
    np.testing.assert_array_equal(turns.shown(home(5, 2.9)), home(5, 2.9))
    assert turns.turned == ""


def test_turns_stay_while_the_arm_moves(turns):
    turns.choose(home(3, TURN), ALL)
    np.testing.assert_allclose(turns.shown(home(3, TURN - 2.0)), home(3, -2.0), atol=1e-12)


def trained_within(span, tmp_path, write_policy):
    """The turns of a policy that saw every joint within +-span [rad]."""

    def inputs(base):
        first, *others = base.inputs
        return (replace(first, low=(-span,) * 6, high=(span,) * 6), *others)

    path = write_policy(tmp_path / "trained.onnx", ARM, inputs=inputs)
    return JointTurns(ARM, load_policy(path, ARM).metadata)


def test_of_two_angles_inside_the_one_nearer_home_is_shown(tmp_path, write_policy):
    turns = trained_within(6.2, tmp_path, write_policy)
    # -4.57 is 1.71 as well, home is 0
    assert turns.choose(home(5, -4.57), ALL) == ""
    assert turns.shown(home(5, -4.57))[5] == pytest.approx(-4.57 + TURN)


def test_an_angle_near_its_limit_that_was_trained_is_shown_as_it_is(tmp_path, write_policy):
    turns = trained_within(6.2, tmp_path, write_policy)
    # a policy that believed it at 0.78 might turn it further down, and -6.28 is the end
    assert turns.choose(home(5, -5.5), ALL) == ""
    assert turns.turned == ""


def test_the_elbow_has_no_other_turn(turns):
    position = home()
    position[2] = 3.1
    assert turns.choose(position, ALL) == ""
    np.testing.assert_array_equal(turns.shown(position), position)


def test_a_joint_far_from_everything_trained_is_named(tmp_path, write_policy):
    turns = trained_within(2.0, tmp_path, write_policy)
    position = home()
    position[2] = 2.4
    assert turns.choose(position, ALL) == ""
    position[2] = 2.6
    assert turns.choose(position, ALL) == (
        "elbow_joint is at 2.60 rad, the policy was trained with -2.00 to 2.00: move that joint "
        "back, at the pendant or by hand"
    )
    assert turns.choose(position, ALL & (np.arange(6) != 2)) == ""


def test_a_turned_joint_at_its_limit_is_named(turns):
    assert turns.choose(home(0, TURN), ALL) == (
        "shoulder_pan_joint is at 6.28 rad, 0.00 rad from its limit and a turn further than the "
        "policy knows it: turn it back by a whole turn"
    )


def test_the_follower_acts_as_if_unturned_and_leaves_wrist_3_alone(policy):
    def act(position):
        follower = GoalFollower(policy)
        follower.on_guard_state("armed", 1.0)
        follower.on_joint_state(ARM.joint_names, list(position), [0.0] * 6, 1.0)
        refusal = follower.take_goal("base_link", (0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0), 1.0)
        assert refusal == ""
        return follower.act(1.0).joint_velocity

    expected = act(ARM.home)
    assert np.any(expected)
    np.testing.assert_allclose(act(home(3, TURN)), expected, atol=1e-6)
    np.testing.assert_allclose(act(home(5, TURN)), expected, atol=1e-6)
    assert expected[5] == act(home(5, 1.0))[5] == 0.0
