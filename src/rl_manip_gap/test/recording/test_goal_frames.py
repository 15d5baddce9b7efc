"""Goals count only in the frame that they are judged in."""

import numpy as np
import pytest

from rl_manip_gap.bags.bag_writing import joint_state_messages, pose_messages, write_bag
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import nanoseconds


@pytest.mark.parametrize(
    ("frame", "counted"),
    [("base_link", True), ("", True), ("left_base_link", True), ("base", False), ("world", False)],
)
def test_a_goal_in_another_frame_is_left_out_and_said(arm, tmp_path, frame, counted):
    time = nanoseconds(np.arange(0.0, 1.0, 0.01))
    still = np.tile(arm.home, (len(time), 1))
    goal = pose_messages("/goal_pose", time[:1], np.array([[0.3, 0.2, 0.4]]), frame)
    states = joint_state_messages("/joint_states", time, time, arm.joint_names, still, 0.0 * still)
    recording = read_recording(write_bag(tmp_path / "bag", [states, goal]), arm)
    assert len(recording.goals.time) == counted
    kinds = [one.kind for one in recording.irregularities]
    assert kinds == ([] if counted else ["goals_in_another_frame"])
