"""Ways on which an arm drove into itself before the guard knew its parts."""

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import arm_limits
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm

pytest.importorskip("mujoco", reason="mujoco judges how near parts come")

from drive_policies import POLICIES, drive, starts_and_goals
from late_arms import LateArms
from true_distances import TrueDistances


def test_the_reach_policy_drove_wrist_3_into_the_shoulder():
    policy = load_policy(POLICIES / "ur5e_reach" / "policy.onnx")
    start, goal = policy.arm.home[None], np.array([[0.05, 0.0, 0.25]])
    upright = np.array([[0.0, 0.0, 0.0, 1.0]])
    assert drive(policy, False, start, goal, upright).nearest < 0.0
    margin = arm_limits(policy.arm).link_margin
    assert drive(policy, True, start, goal, upright).nearest > margin


def test_policies_touch_nothing_and_reach_their_goals_behind_the_guard():
    policy = load_policy(POLICIES / "universal_robots" / "ur3e_reach" / "policy.onnx")
    given = starts_and_goals(np.random.default_rng(3), policy, 10)
    outcome = drive(policy, True, *given)
    assert outcome.nearest.min() > arm_limits(policy.arm).link_margin
    assert np.count_nonzero(outcome.reached) >= 8


@pytest.mark.parametrize("gripper", [None, "robotiq_2f85"])
def test_the_elbow_at_1_5_rad_per_second_led_wrist_3_into_the_upper_arm(gripper):
    arm = load_arm("ur5e", gripper)
    safe, truth = SafeMotion(arm, arm_limits(arm)), TrueDistances(arm)
    request = 1.5 * np.eye(6)[2]
    truth.move(arm.home + request, 0.0425)
    assert truth.between_parts() < 0.0
    arms = LateArms(safe, arm.home[None])
    arms.run(3.0, lambda _: request[None])
    truth.move(arms.position[0], 0.0425)
    assert safe.limits.link_margin < truth.between_parts() < 0.05
    np.testing.assert_allclose(arms.velocity, 0.0, atol=0.01)
