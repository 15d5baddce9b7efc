"""A met goal is held still until another comes or the arm is moved away from it."""

import numpy as np
import pytest

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.goals.goal_checks import Seen
from rl_manip_deploy.policy.goals.goal_rest import rest_at
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import SuccessCriterion

ARM = load_arm("ur5e")
HAND = load_arm("ur5e", "robotiq_2f85")
STEP = 0.04  # [s]
UPRIGHT = (0.0, 0.0, 0.0, 1.0)


def goal_beside(distance, arm=ARM, quaternion=None):
    """A goal so far above the tool at home."""
    tool = arm.forward_kinematics(arm.home)
    turned = UPRIGHT if quaternion is None else quaternion
    return np.concatenate([tool.position + [0.0, 0.0, distance], turned])


def looks(rest, seconds, position=ARM.home, velocity=0.0, since=0.0):
    """Whether it rests at each look."""
    still = np.full(6, velocity)
    return [
        rest.look(Seen(since + k * STEP, position, still)) for k in range(round(seconds / STEP))
    ]


def test_it_rests_after_half_a_second_at_the_goal():
    rest = rest_at(ARM, goal_beside(0.015), SuccessCriterion(), False)
    seen = looks(rest, 1.0)
    assert seen.index(True) == 13  # 0.52 s, the first look after 0.5 s
    assert all(seen[13:])


@pytest.mark.parametrize(("distance", "velocity"), [(0.021, 0.0), (0.01, 0.5)])
def test_it_does_not_rest_elsewhere_or_in_passing(distance, velocity):
    rest = rest_at(ARM, goal_beside(distance), SuccessCriterion(), False)
    assert not any(looks(rest, 2.0, velocity=velocity))


def test_it_acts_again_only_when_moved_away_by_half_the_tolerance_more():
    rest = rest_at(ARM, goal_beside(0.0), SuccessCriterion(), False)
    looks(rest, 1.0)
    lifted = ARM.home.copy()
    lifted[0] += 0.028 / 0.51  # the tool is 0.51 m from the base's axis
    assert all(looks(rest, 0.2, lifted, velocity=0.3, since=1.0))
    lifted[0] = ARM.home[0] + 0.032 / 0.51
    assert not any(looks(rest, 0.2, lifted, since=1.2))
    # and rests anew only after it was met again
    assert looks(rest, 1.0, since=1.4).index(True) == 13


def test_where_orientation_counts_it_rests_only_when_turned():
    turned = ARM.forward_kinematics(ARM.home).quaternion
    criterion = SuccessCriterion(angle_rad=0.1)
    assert any(looks(rest_at(ARM, goal_beside(0.0, ARM, turned), criterion, False), 1.0))
    assert not any(looks(rest_at(ARM, goal_beside(0.0), criterion, False), 1.0))


def see_object(rest, seconds, opening, place, since=0.0):
    """The tool stays at home, 30 pictures a second of the object."""
    seen = []
    for k in range(round(seconds / STEP)):
        now = since + k * STEP
        seen.append(rest.look(Seen(now, HAND.home, np.zeros(6), opening, np.array(place), now)))
    return seen


def test_an_object_that_is_put_down_counts_only_once_it_is_let_go_of():
    goal = np.array([0.4, 0.1, 0.02, *UPRIGHT])
    rest = rest_at(HAND, goal, SuccessCriterion(0.025, 0.02, None, True), True)
    assert not any(see_object(rest, 2.0, 0.03, goal[:3]))  # held there: in the middle of the task
    assert any(see_object(rest, 2.0, 0.06, goal[:3], 2.0))
    # carried off by somebody: the task begins anew
    assert not see_object(rest, 2.0, 0.06, goal[:3] + [0.1, 0.0, 0.0], 4.0)[-1]


def test_the_tool_s_way_past_the_object_s_goal_is_no_rest():
    goal = goal_beside(0.0, HAND)
    rest = rest_at(HAND, goal, SuccessCriterion(0.025, 0.02, None, True), True)
    assert not any(see_object(rest, 2.0, 0.08, goal[:3] + [0.3, 0.0, 0.0]))


def test_the_follower_commands_zero_at_its_goal_and_goes_on_to_the_next(tmp_path, write_policy):
    follower = GoalFollower(load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM))
    follower.on_guard_state("armed", 1.0)

    def act(seconds, since):
        asked = []
        for k in range(round(seconds / STEP)):
            now = since + k * STEP
            follower.on_joint_state(ARM.joint_names, list(ARM.home), [0.0] * 6, now)
            asked.append(follower.act(now).joint_velocity)
        return np.array(asked)

    act(STEP, 1.0)
    assert follower.take_goal("base_link", goal_beside(0.01), 1.04) == ""
    asked = act(2.0, 1.04)
    assert np.all(np.any(asked[:12] != 0.0, axis=1))
    np.testing.assert_array_equal(asked[13:], 0.0)
    assert follower.rests
    assert follower.trouble(3.0) == ""
    assert follower.take_goal("base_link", goal_beside(0.1), 3.04) == ""
    assert np.any(act(STEP, 3.04))
    assert not follower.rests
