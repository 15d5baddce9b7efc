"""Goals and objects count in frames that the bag tells; others are left out, and said."""

import numpy as np
import pytest
import yaml

from rl_manip_description.kinematics.serial_chain import pose_of
from rl_manip_gap.bags.bag_writing import (
    joint_state_messages,
    pose_messages,
    text_messages,
    transform_messages,
    write_bag,
)
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import nanoseconds

TIME = nanoseconds(np.arange(0.0, 1.0, 0.01))
GOAL = np.array([[0.3, 0.2, 0.4, 0.0, 0.0, 0.0, 1.0]])
FILE = yaml.safe_dump({"frames": [{"parent": "world", "child": "table", "xyz": [0.1, 0.0, 0.9]}]})
WORLD = transform_messages(
    "/tf_static",
    TIME[:1],
    [("world", "base_link")],
    np.array([[[0.0, 0.0, 0.8]]]),
    np.array([[[0.0, 0.0, 0.0, 1.0]]]),
)


def recorded(arm, tmp_path, *topics):
    still = np.tile(arm.home, (len(TIME), 1))
    states = joint_state_messages("/joint_states", TIME, TIME, arm.joint_names, still, 0.0 * still)
    return read_recording(write_bag(tmp_path / "bag", [states, *topics]), arm)


def kinds(recording):
    return [one.kind for one in recording.irregularities]


def goal_in(frame):
    return pose_messages("/goal_pose", TIME[50:51], GOAL, frame)


@pytest.mark.parametrize("frame", ["base_link", "", "left_base_link"])
def test_a_goal_in_the_base_frame_counts_as_it_is(arm, tmp_path, frame):
    recording = recorded(arm, tmp_path, goal_in(frame))
    np.testing.assert_array_equal(recording.goals.pose, GOAL)
    assert kinds(recording) == []


def test_a_goal_in_a_frame_that_nothing_tells_is_left_out_and_said(arm, tmp_path):
    recording = recorded(arm, tmp_path, goal_in("world"))
    assert len(recording.goals.time) == 0
    assert kinds(recording) == ["goals_in_another_frame"]


def test_the_pendants_base_is_half_a_turn_away(arm, tmp_path):
    recording = recorded(arm, tmp_path, goal_in("base"))
    np.testing.assert_allclose(recording.goals.pose[0, :3], (-0.3, -0.2, 0.4), atol=1e-9)
    assert kinds(recording) == []


def test_frames_of_a_file_and_of_tf_static_hang_together(arm, tmp_path):
    told = text_messages("/policy_node/frames", TIME[:1], [FILE])
    recording = recorded(arm, tmp_path, goal_in("table"), WORLD, told)
    np.testing.assert_allclose(recording.goals.pose[0, :3], (0.4, 0.2, 0.5), atol=1e-9)
    assert kinds(recording) == []


def test_a_goal_at_the_tool_is_where_the_tool_was(arm, tmp_path):
    recording = recorded(arm, tmp_path, goal_in("tool0"))
    expected = arm.chain.joint_frames(arm.home)[1] @ pose_of(GOAL[0, :3])
    np.testing.assert_allclose(recording.goals.pose[0, :3], expected[:3, 3], atol=1e-6)


def test_objects_count_in_fixed_frames_alone(arm, tmp_path):
    seen = [
        pose_messages("/object_pose", TIME[10:11], GOAL, "base"),
        pose_messages("/object_pose", TIME[20:21], GOAL, "tool0"),
    ]
    recording = recorded(arm, tmp_path, *seen)
    places = recording.gripper_and_object["object_position"].values
    np.testing.assert_allclose(places, [(-0.3, -0.2, 0.4)], atol=1e-9)
    assert kinds(recording) == ["objects_in_another_frame"]


@pytest.mark.parametrize("text", ["frames: {}", "[", "frames: [{parent: a}]"])
def test_a_file_of_frames_that_is_spoilt_is_said(arm, tmp_path, text):
    told = text_messages("/policy_node/frames", TIME[:1], [text])
    assert "unusable_frames" in kinds(recorded(arm, tmp_path, told))
