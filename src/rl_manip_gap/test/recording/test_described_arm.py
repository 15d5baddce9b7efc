"""A bag whose robot description is of another arm than the one named."""

import numpy as np
import pytest

from rl_manip_description import load_arm
from rl_manip_description.model.own_kinematics import arm_urdf
from rl_manip_gap.bags.bag_writing import joint_state_messages, text_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import nanoseconds

TIME = nanoseconds(np.arange(0.0, 1.0, 0.01))


def bag_of(arm, tmp_path, urdf=""):
    """One whose joint names alone would fit every Universal Robots arm."""
    still = np.tile(arm.home, (len(TIME), 1))
    states = joint_state_messages("/joint_states", TIME, TIME, arm.joint_names, still, 0.0 * still)
    told = text_messages("/robot_description", TIME[:1], [urdf or arm_urdf(arm)])
    return write_bag(tmp_path / "bag", [states, told])


def test_the_arm_that_was_recorded_is_taken(arm, tmp_path):
    assert read_recording(bag_of(arm, tmp_path), arm).description == arm_urdf(arm)


def test_another_arm_is_refused_by_name(arm, tmp_path):
    said = "is not of ur10e: its /robot_description describes ur5e; give that arm"
    with pytest.raises(BagError, match=said):
        read_recording(bag_of(arm, tmp_path), load_arm("ur10e"))


def test_one_that_nobody_knows_is_noted(arm, tmp_path):
    of_a_giant = arm_urdf(arm).replace("-0.425 0 0", "-0.9 0 0")
    assert of_a_giant != arm_urdf(arm)
    recording = read_recording(bag_of(arm, tmp_path, of_a_giant), arm)
    assert [one.kind for one in recording.irregularities] == ["another_arm_described"]
