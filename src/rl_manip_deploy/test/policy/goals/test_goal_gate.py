"""Which goals are taken, and what becomes of those that come too early."""

import math

import numpy as np
import pytest

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.goals.goal_gate import GoalGate
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
GOAL = (0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def make_follower(tmp_path, write_policy):
    """`make_follower(**options)`: one that has seen the arm at 1.0 s."""
    policy = load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM)

    def make(**options):
        follower = GoalFollower(policy, **options)
        see(follower, 1.0)
        return follower

    return make


def see(follower, now):
    follower.on_joint_state(ARM.joint_names, [0.5] * 6, [0.0] * 6, now)


def moves(follower, now):
    see(follower, now)
    return bool(np.any(follower.act(now).joint_velocity))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("", "the guard is not there"),
        ("disarmed: not armed yet", "the guard says 'disarmed: not armed yet'"),
        ("stopped: stop was asked for", "the guard says 'stopped: stop was asked for'"),
        ("holding: enable switch released", "the guard says 'holding: enable switch released'"),
    ],
)
def test_a_goal_before_arming_is_refused_and_not_kept(make_follower, state, said):
    follower = make_follower()
    follower.on_guard_state(state, 1.0)
    refusal = follower.take_goal("base_link", GOAL, 1.0)
    assert refusal == f"goal refused: {said}; arm it, then send the goal again"
    follower.on_guard_state("armed", 1.1)
    assert not moves(follower, 1.1)
    assert follower.trouble(1.1) == "no goal"


def test_a_goal_is_taken_while_armed_and_dropped_by_a_stop(make_follower):
    follower = make_follower()
    follower.on_guard_state("armed", 1.0)
    assert follower.take_goal("base_link", GOAL, 1.0) == ""
    assert moves(follower, 1.0)
    said = follower.on_guard_state("stopping: robot program is not running", 1.1)
    assert said.startswith("goal dropped, the guard says 'stopping: robot")
    assert follower.on_guard_state("stopped: robot program is not running", 1.2) == ""
    follower.on_guard_state("armed", 1.3)
    assert not moves(follower, 1.3)


def test_a_released_enable_switch_does_not_drop_the_goal(make_follower):
    follower = make_follower()
    follower.on_guard_state("armed", 1.0)
    follower.take_goal("base_link", GOAL, 1.0)
    follower.on_guard_state("holding: enable switch released", 1.1)
    follower.on_guard_state("armed", 1.2)
    assert moves(follower, 1.2)


def test_a_goal_in_the_queue_begins_with_arming(make_follower):
    follower = make_follower(queue=True)
    follower.on_guard_state("disarmed: not armed yet", 1.0)
    assert follower.take_goal("base_link", GOAL, 1.0) == ""
    assert not moves(follower, 2.0)
    assert follower.trouble(2.0) == "the goal waits until the guard is armed"
    assert follower.on_guard_state("armed", 3.0) == "the goal that waited is begun"
    assert moves(follower, 3.0)


def test_what_is_queued_expires(make_follower):
    follower = make_follower(queue=True, goal_age_limit=2.0)
    follower.take_goal("base_link", GOAL, 1.0)
    assert follower.on_guard_state("armed", 3.1) == ""
    assert not moves(follower, 3.1)
    assert follower.trouble(3.1) == "no goal"


def test_a_stop_empties_the_queue(make_follower):
    follower = make_follower(queue=True)
    follower.take_goal("base_link", GOAL, 1.0)
    follower.on_guard_state("stopped: stop was asked for", 1.1)
    follower.on_guard_state("armed", 1.2)
    assert not moves(follower, 1.2)


def test_a_bad_goal_is_refused_before_it_waits(make_follower):
    follower = make_follower(queue=True)
    assert "in frame 'world' refused" in follower.take_goal("world", GOAL, 1.0)
    assert follower.on_guard_state("armed", 1.1) == ""


def test_a_goal_from_a_recording_is_refused(make_follower):
    follower = make_follower()
    follower.on_guard_state("armed", 1.0)
    refusal = follower.take_goal("base_link", GOAL, 1.0, sent_ago=320.0)
    assert "by its stamp it was sent 320.0 s ago" in refusal
    assert "set the sender's clock right" in refusal
    assert follower.take_goal("base_link", GOAL, 1.0, sent_ago=0.3) == ""


def test_a_goal_before_any_joint_state_is_refused(tmp_path, write_policy):
    follower = GoalFollower(load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM))
    follower.on_guard_state("armed", 1.0)
    assert follower.take_goal("base_link", GOAL, 1.0) == "goal refused: no joint state yet"


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan, math.inf])
def test_the_age_limit_is_a_time(limit):
    with pytest.raises(ValueError, match="goal_age_limit"):
        GoalGate(age_limit=limit)
