"""Whose topics and joints: two arms are parted, other names are said, nothing is taken silently."""

import numpy as np
import pytest

from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.topic_choice import TopicChoice
from rl_manip_gap.testing.synthetic_bag import nanoseconds

COUNT = 100
TIME = nanoseconds(0.01 * np.arange(COUNT))
LINE = np.outer(0.01 * np.arange(COUNT), np.ones(6))


def states(arm, prefix, offset, topic="/joint_states", later=0):
    names = [prefix + name for name in arm.joint_names]
    still = np.full((COUNT, 6), 0.1)
    return joint_state_messages(topic, TIME + later, TIME, names, offset + 0.1 * LINE, still)


@pytest.mark.parametrize(("left", "right"), [("left_", "right_"), ("", "UR2024_")])
def test_two_arms_on_one_topic_are_parted_by_prefix(tmp_path, arm, left, right):
    bag = write_bag(
        tmp_path / "bag", [states(arm, left, 1.0), states(arm, right, 2.0, later=3_000_000)]
    )
    with pytest.raises(BagError) as refused:
        read_recording(bag, arm)
    assert (repr(left) if left else "no prefix") in str(refused.value)
    assert repr(right) in str(refused.value)
    assert "--prefix" in str(refused.value)
    for prefix, offset in ((left, 1.0), (right, 2.0)):
        found = read_recording(bag, arm, TopicChoice(prefix=prefix))
        assert np.allclose(found.states.position, offset + 0.1 * LINE)
        assert {one.kind for one in found.irregularities} == {"other_joints"}


def test_two_arms_in_one_message_are_parted_by_prefix(tmp_path, arm):
    names = [prefix + name for prefix in ("left_", "right_") for name in arm.joint_names]
    both = np.hstack([1.0 + LINE, 2.0 + LINE])
    velocity = np.full((COUNT, 12), 1.0)
    messages = joint_state_messages("/joint_states", TIME, TIME, names, both, velocity)
    bag = write_bag(tmp_path / "bag", [messages])
    with pytest.raises(BagError, match="2 arms, with 'left_' and 'right_' before"):
        read_recording(bag, arm)
    found = read_recording(bag, arm, TopicChoice(prefix="right_"))
    assert np.allclose(found.states.position, 2.0 + LINE)


def test_one_prefix_is_found_and_another_is_refused(tmp_path, arm):
    bag = write_bag(tmp_path / "bag", [states(arm, "left_", 1.0)])
    assert read_recording(bag, arm).prefix == "left_"
    with pytest.raises(BagError, match="--prefix is 'right_', but .* have 'left_'"):
        read_recording(bag, arm, TopicChoice(prefix="right_"))


def test_another_topic_is_named_and_can_be_chosen(tmp_path, arm):
    bag = write_bag(tmp_path / "bag", [states(arm, "", 1.0, "/ur5e/joint_states")])
    with pytest.raises(BagError, match="found them on /ur5e/joint_states: say which with --joint"):
        read_recording(bag, arm)
    for choice in (TopicChoice(joint_states="/ur5e/joint_states"), TopicChoice(namespace="ur5e")):
        assert len(read_recording(bag, arm, choice).states.time) == COUNT


def test_a_namespace_is_that_of_the_commands_too(tmp_path, arm):
    name = f"/cell{arm.controller.command_topic}"
    commands = command_messages(name, TIME, np.full((COUNT, 6), 0.1))
    other = command_messages(arm.controller.command_topic, TIME, np.full((COUNT, 6), 0.7))
    bag = write_bag(tmp_path / "bag", [states(arm, "", 1.0, "/cell/joint_states"), commands, other])
    found = read_recording(bag, arm, TopicChoice(namespace="cell"))
    assert np.allclose(found.commands.velocity, 0.1)


def test_commands_elsewhere_are_named_and_can_be_chosen(tmp_path, arm):
    commands = command_messages("/my_controller/go", TIME, np.full((COUNT, 6), 0.1))
    bag = write_bag(tmp_path / "bag", [states(arm, "", 1.0), commands])
    found = read_recording(bag, arm)
    assert found.commands is None
    (other,) = (one for one in found.irregularities if one.kind == "other_commands")
    assert (other.where, other.count) == ("/my_controller/go", COUNT)
    assert "--commands" in other.detail
    chosen = read_recording(bag, arm, TopicChoice(commands="/my_controller/go"))
    assert np.allclose(chosen.commands.velocity, 0.1)
    with pytest.raises(BagError, match="no commands on /none; found them on /my_controller/go"):
        read_recording(bag, arm, TopicChoice(commands="/none"))
