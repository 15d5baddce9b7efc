"""An arm whose tool a person gave, on its flange."""

from dataclasses import replace

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_description.goals.tool_difference import tool_difference
from rl_manip_description.kinematics.drawn_calibration import drawn_calibration
from rl_manip_description.model.own_kinematics import (
    described_arm,
    flange_chain,
    with_kinematics_of,
    with_tool,
    with_written_tool,
)
from rl_manip_description.model.robot_urdf import robot_urdf

ARM = load_arm("ur5e")
HAND = load_arm("ur5e", "robotiq_2f85")
TOOL = (0.08, -0.02, 0.12, 0.1, -0.2, 0.3)
BOTH = pytest.mark.parametrize("arm", [ARM, HAND], ids=["bare", "hand"])


def on_flange(arm) -> np.ndarray:
    """The tool seen from the flange, by the chain, in a pose of no symmetry."""
    joints = np.array([0.3, -1.2, 1.1, -0.7, 0.9, 0.4])
    flange = flange_chain(arm).joint_frames(joints)[1]
    return np.linalg.inv(flange) @ arm.chain.joint_frames(joints)[1]


def test_the_tool_is_where_it_was_given_in_the_axes_of_the_flange():
    """R = Rz(yaw) Ry(pitch) Rx(roll): a quarter about x, then one about z, takes x to y and y to
    z, and so z to x."""
    arm = with_tool(ARM, (0.08, -0.02, 0.12, np.pi / 2, 0.0, np.pi / 2))
    seen = on_flange(arm)
    np.testing.assert_allclose(seen[:3, 3], [0.08, -0.02, 0.12], atol=1e-12)
    np.testing.assert_allclose(seen[:3, :3], [[0, 0, 1], [1, 0, 0], [0, 1, 0]], atol=1e-12)


def test_at_home_a_longer_tool_is_lower():
    """There the flange points down, to a few microradians."""
    own = with_written_tool(ARM, "0,0,0.1").forward_kinematics(ARM.home).position
    np.testing.assert_allclose(
        own, ARM.forward_kinematics(ARM.home).position - [0, 0, 0.1], atol=1e-6
    )


@BOTH
def test_it_takes_the_place_of_the_grippers_and_moves_nothing_else(arm):
    own = with_tool(arm, TOOL)
    assert own.gripper is arm.gripper
    np.testing.assert_allclose(on_flange(own), own.own_tool, atol=1e-12)
    np.testing.assert_allclose(flange_chain(own).tool, ARM.chain.tool, atol=1e-12)
    assert robot_urdf(own) == robot_urdf(arm)
    assert not own.own_tool.flags.writeable
    assert not own.chain.tool.flags.writeable


@BOTH
def test_without_it_the_arm_is_as_before(arm):
    assert with_tool(arm, None) is with_written_tool(arm, "") is arm
    again = with_tool(with_tool(arm, TOOL), None)
    assert again.own_tool is None
    np.testing.assert_allclose(again.chain.tool, arm.chain.tool, atol=1e-12)
    other = with_tool(with_tool(arm, (0.0,) * 6), TOOL)
    np.testing.assert_allclose(on_flange(other), other.own_tool, atol=1e-12)


@BOTH
def test_what_the_driver_tells_of_the_arm_leaves_it_on_the_flange(arm):
    copy = replace(ARM, chain=drawn_calibration(ARM.chain, np.random.default_rng(1)))
    own = with_tool(arm, TOOL)
    told = described_arm(own, robot_urdf(copy))
    np.testing.assert_allclose(flange_chain(told).tool, copy.chain.tool, atol=1e-9)
    np.testing.assert_allclose(told.chain.origins, copy.chain.origins, atol=1e-9)
    np.testing.assert_allclose(on_flange(told), own.own_tool, atol=1e-12)
    # what is said of the calibration is said at that tool, from poses of the nominal one
    assert 0.1 < tool_difference(own, told).most_mm < 20.0


def test_another_copys_tool_comes_with_its_kinematics_and_its_gripper_does_not():
    told = with_kinematics_of(HAND, with_tool(ARM, TOOL))
    assert told.gripper is HAND.gripper
    np.testing.assert_allclose(on_flange(told), told.own_tool, atol=1e-12)
    np.testing.assert_allclose(told.own_tool, with_tool(ARM, TOOL).own_tool)
    assert with_kinematics_of(with_tool(HAND, TOOL), ARM).own_tool is None


def test_a_tool_where_no_goal_is_can_be_compared_all_the_same():
    far = with_tool(ARM, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    assert tool_difference(far, far) == (0.0, 0.0, 0.0, 0.0)
