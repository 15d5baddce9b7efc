"""Another policy under an armed guard begins gently; after arming the guard sees to that."""

import numpy as np
import pytest

from rl_manip_deploy.policy.blend_in import RISE, BlendIn
from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
GOAL = (0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0)


def test_the_share_rises_from_when_it_is_asked_for_first():
    blend = BlendIn()
    shares = [blend.share(100.0 + RISE * part) for part in (0.0, 0.25, 0.5, 1.0, 7.0)]
    np.testing.assert_allclose(shares, [0.0, 0.25, 0.5, 1.0, 1.0])


@pytest.fixture
def follower(tmp_path, write_policy):
    """Asks for -0.5 rad/s of every joint, all stand at 0.5 rad."""
    return GoalFollower(load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM))


def asked_for(follower, now):
    """Fastest joint velocity that is asked for [rad/s]."""
    follower.on_joint_state(ARM.joint_names, [0.5] * 6, [0.0] * 6, now)
    return np.abs(follower.act(now).joint_velocity).max()


def test_a_policy_that_takes_over_while_armed_is_blended_in(follower):
    follower.on_guard_state("armed", 0.0)
    follower.blend_in()
    assert asked_for(follower, 5.0) == 0.0  # without a goal its second does not begin
    follower.take_goal("base_link", GOAL, 5.0)
    speeds = [asked_for(follower, 10.0 + part * RISE) for part in (0.0, 0.5, 1.0, 2.0)]
    np.testing.assert_allclose(speeds, [0.0, 0.25, 0.5, 0.5], atol=1e-6)


def test_after_arming_only_the_guard_limits_it(follower):
    follower.blend_in()  # not armed yet
    follower.on_guard_state("armed", 0.0)
    asked_for(follower, 5.0)
    follower.take_goal("base_link", GOAL, 5.0)
    assert asked_for(follower, 10.0) == pytest.approx(0.5)


def test_a_guard_that_is_armed_anew_takes_it_over(follower):
    follower.on_guard_state("armed", 0.0)
    follower.blend_in()
    for state in ("stopped: by request", "armed"):
        follower.on_guard_state(state, 1.0)
    asked_for(follower, 5.0)
    follower.take_goal("base_link", GOAL, 5.0)
    assert asked_for(follower, 10.0) == pytest.approx(0.5)
