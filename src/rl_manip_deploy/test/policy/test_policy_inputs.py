"""Inputs of policies: each source takes what is whole, finite and in the right frame."""

import math

import numpy as np
import pytest

from rl_manip_deploy.policy.policy_inputs import (
    GoalPose,
    GripperState,
    InputTimeouts,
    ObjectPose,
    Wrench,
)
from rl_manip_description import load_arm

GRIPPER = load_arm("ur5e", "robotiq_2f85").gripper
KNUCKLE = GRIPPER.joint_name
POSE = (0.4, 0.0, 0.3, 0.0, 0.6, 0.0, 0.8)


@pytest.fixture(params=["goal", "object"])
def take(request):
    """`take(frame, pose)` of a goal or an object whose orientation counts; and the source."""
    if request.param == "goal":
        source = GoalPose("base_link", True)
        return source.take, source, "goal"
    source = ObjectPose("base_link", True, 0.25)
    return (lambda frame, pose: source.take(frame, pose, 1.0)), source, "object"


@pytest.mark.parametrize("frame", ["base", "world", "", "tool0"])
def test_pose_in_another_frame_is_refused(take, frame):
    taken, source, what = take
    assert f"{what} in frame {frame!r} refused: give it in 'base_link'" in taken(frame, POSE)
    assert source.trouble(1.0)


def test_pose_that_is_not_finite_is_refused_and_keeps_the_last_one(take):
    taken, source, what = take
    assert taken("base_link", POSE) == ""
    assert "not finite" in taken("base_link", (math.nan, *POSE[1:]))
    np.testing.assert_array_equal(source.values()[f"{what}_position"], POSE[:3])
    assert source.trouble(1.0) == ""


@pytest.mark.parametrize("quaternion", [(0.0,) * 4, (0.5, 0.5, 0.0, 0.0), (math.nan,) * 4])
def test_orientation_must_be_one_where_it_counts(take, quaternion):
    taken, source, what = take
    assert "no unit quaternion" in taken("base_link", (*POSE[:3], *quaternion))
    assert source.trouble(1.0)


def test_quaternion_comes_out_with_length_one(take):
    taken, source, what = take
    taken("base_link", (*POSE[:3], 0.0, 0.63, 0.0, 0.84))
    values = source.values()
    turned = values["goal_orientation"] if what == "goal" else values["object_pose"][3:]
    np.testing.assert_allclose(turned, [0.0, 0.6, 0.0, 0.8])


def test_orientation_that_nobody_reads_may_be_anything():
    goal = GoalPose("base_link", False)
    assert goal.take("base_link", (0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0)) == ""
    np.testing.assert_array_equal(goal.position, [0.4, 0.0, 0.3])


def test_object_says_how_old_it_is_or_why_it_was_refused():
    source = ObjectPose("base_link", True, 0.25)
    assert source.trouble(1.0) == "no object poses yet"
    source.take("base_link", POSE, 1.0)
    assert source.trouble(1.24) == ""
    assert source.trouble(1.26) == "object poses are 0.26 s old"
    source.take("camera", POSE, 1.3)
    assert source.trouble(1.3).startswith("object in frame 'camera' refused")


def test_knuckle_becomes_opening():
    source = GripperState(GRIPPER, "left_", 0.25)
    for position, opening in ((0.0, 0.085), (0.8, 0.0), (0.2, 0.06375), (1.0, 0.0), (-0.1, 0.085)):
        source.on_joint_state([f"left_{KNUCKLE}"], [position], 1.0)
        np.testing.assert_allclose(source.values()["gripper_opening"], [opening])


@pytest.mark.parametrize("position", [[], [math.nan], [0.1, 0.2]])
def test_knuckle_that_is_not_there_is_no_news(position):
    source = GripperState(GRIPPER, "", 0.25)
    source.on_joint_state([KNUCKLE], position, 1.0)
    source.on_joint_state(["elbow_joint"], [0.3], 1.0)
    assert source.trouble(1.0) == f"no {KNUCKLE} yet"


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_time_outs_are_times(value):
    with pytest.raises(ValueError, match="object_pose time-out"):
        InputTimeouts(object_pose=value)


def test_a_wrench_counts_while_it_is_fresh_finite_and_in_the_tools_frame():
    wrench, felt = Wrench("tool0", 0.1), [1.0, 2.0, 3.0, 0.1, 0.2, 0.3]
    assert wrench.trouble(0.0) == "no wrenches of the wrist yet"
    assert "give it in 'tool0'" in wrench.take("base_link", felt, 1.0)
    assert "give it in 'tool0'" in wrench.trouble(1.0)
    assert wrench.take("tool0", felt, 1.0) == ""
    assert wrench.trouble(1.09) == ""
    assert wrench.trouble(1.2) == "wrenches of the wrist are 0.20 s old"
    assert "not finite" in wrench.take("tool0", [math.nan, *felt[1:]], 1.3)
    # what is known stays what was measured
    np.testing.assert_array_equal(wrench.values()["wrench"], felt)
