"""Limits are the arm's own or tighter; everything else is refused in one sentence."""

import numpy as np
import pytest

from rl_manip_deploy.guard.guard_limits import (
    GuardLimitsError,
    arm_limits,
    tightened,
    tool_levers,
)
from rl_manip_deploy.guard.safe_motion import stopping_time
from rl_manip_description import known_arms, load_arm
from rl_manip_description.model.own_kinematics import with_written_tool

ARM = load_arm("ur5e")


@pytest.mark.parametrize("name", known_arms())
def test_every_arms_own_limits_may_be_given_as_parameters(name):
    arm = load_arm(name)
    own = vars(arm_limits(arm))
    given = {name: np.asarray(value).tolist() for name, value in own.items()}
    for name, value in vars(tightened(arm, given)).items():
        np.testing.assert_array_equal(value, own[name])


def test_a_joint_with_limits_may_not_lose_them():
    arm = load_arm("gen3")
    lower = arm.limits.position_lower.copy()
    lower[1] = -np.inf
    with pytest.raises(GuardLimitsError, match="position_lower is .* give finite numbers"):
        tightened(arm, {"position_lower": lower.tolist()})


def test_without_overrides_the_arm_s_own_limits_hold():
    limits = tightened(ARM, {})
    np.testing.assert_array_equal(limits.velocity, ARM.limits.velocity)
    np.testing.assert_array_equal(limits.position_upper, ARM.limits.position_upper)


def test_one_number_counts_for_all_joints():
    np.testing.assert_array_equal(tightened(ARM, {"velocity": 0.5}).velocity, np.full(6, 0.5))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("velocity", float("nan")),
        ("velocity", [1.0, 1.0, 1.0, 1.0, 1.0, float("inf")]),
        ("velocity", -1.0),
        ("velocity", 0.0),
        ("velocity", 100.0),
        ("acceleration", 1e6),
        ("jerk", 1e6),
        ("stop_deceleration", 15.0),
        ("stop_deceleration", 9.0),
        ("stop_deceleration", float("nan")),
        ("stop_jerk", 4001.0),
        ("stop_jerk", 400.0),
        ("velocity", [1.0, 2.0]),
        ("velocity", "fast"),
        ("position_upper", 100.0),
        ("position_lower", -100.0),
        ("position_lower", 6.2),
        ("tool_lower", [0.0, 0.0]),
        ("tool_lower", [5.0, 5.0, 5.0]),
        ("tool_deceleration", 0.0),
        ("position_margin", -0.1),
        ("position_margin", 0.0),
        ("tool_margin", 0.0),
        ("tool_margin", 3.0),
        ("response_time", 1e-6),
        ("hold_time", 5.0),
        ("tool_deceleration", 1e6),
        ("floor", -5.0),
        ("response_time", float("nan")),
        ("speed", 1.0),
    ],
)
def test_unsafe_limits_are_refused_by_name(name, value):
    with pytest.raises(GuardLimitsError, match=f"(?s)^.*{name}"):
        tightened(ARM, {name: value})


def test_a_softer_stop_is_taken_down_to_the_acceleration_limit():
    limits = tightened(ARM, {"stop_deceleration": 10.0, "stop_jerk": 500.0})
    # v / A + A / J
    assert stopping_time(limits, 1.5) == pytest.approx(0.15 + 0.02)
    assert stopping_time(arm_limits(ARM), 1.5) == pytest.approx(1.5 / 14.0 + 14.0 / 4000.0)


def test_box_holds_whatever_the_tool_can_reach_above_the_floor():
    limits = arm_limits(ARM)
    poses = np.random.default_rng(0).uniform(-np.pi, np.pi, (20_000, 6))
    tool = ARM.forward_kinematics(poses).position
    above = tool[tool[:, 2] > limits.tool_lower[2]]
    assert np.all((above >= limits.tool_lower) & (above <= limits.tool_upper))


def test_with_a_gripper_its_fingertips_come_down_to_the_table_and_no_further():
    hand = load_arm("ur5e", "robotiq_2f85")
    limits = arm_limits(hand)
    # the fingers end 0.1285 + 0.0345 m from the flange, the tool is 0.148 m from it
    assert limits.tool_lower[2] + limits.tool_margin == pytest.approx(0.015)
    assert limits.tool_upper[0] == pytest.approx(arm_limits(ARM).tool_upper[0] + 0.148)


def test_levers_bound_how_far_a_joint_moves_the_tool():
    poses = np.random.default_rng(1).uniform(-np.pi, np.pi, (5000, 6))
    speed = np.linalg.norm(ARM.jacobian(poses)[:, :3], axis=1)
    assert np.all(speed <= tool_levers(ARM) + 1e-9)


@pytest.mark.parametrize("gripper", ["", "robotiq_2f85"])
def test_box_and_levers_hold_a_tool_that_a_person_gave(gripper):
    arm = load_arm("ur5e", gripper)
    own = with_written_tool(arm, "0.3,0.1,0.4")
    limits, poses = arm_limits(own), np.random.default_rng(2).uniform(-np.pi, np.pi, (20_000, 6))
    tool = own.forward_kinematics(poses).position
    above = tool[tool[:, 2] > limits.tool_lower[2]]
    assert np.all((above >= limits.tool_lower) & (above <= limits.tool_upper))
    speed = np.linalg.norm(own.jacobian(poses)[:, :3], axis=1)
    assert np.all(speed <= tool_levers(own) + 1e-9)
    # it comes as low as the tool in whose place it is
    assert limits.tool_lower[2] == arm_limits(arm).tool_lower[2]
