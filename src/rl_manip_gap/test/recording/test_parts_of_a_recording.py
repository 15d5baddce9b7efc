"""Bags as arrays by name: joint orders, other devices, bad values, times, goals."""

import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.recording.joint_names import joint_columns
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import (
    START_NS,
    Truth,
    nanoseconds,
    response_bag,
    states_and_commands,
)


def kinds(recording):
    return {irregularity.kind: irregularity.count for irregularity in recording.irregularities}


def motion(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-3, 3, (count, 6)), rng.uniform(-1, 1, (count, 6))


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_a_bag_reads_as_rosbags_reads_it(tmp_path, arm, storage):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=2.0, noise=0.1), storage)
    recording = read_recording(bag, arm)
    positions, commands = [], []
    with AnyReader([bag]) as reader:
        for connection, _, raw in reader.messages():
            message = reader.deserialize(raw, connection.msgtype)
            if connection.topic == "/joint_states":
                by_name = dict(zip(message.name, message.position))
                positions.append([by_name[name] for name in arm.joint_names])
            else:
                commands.append(message.data)
    assert np.array_equal(recording.states.position, positions)
    assert np.array_equal(recording.commands.velocity, commands)
    assert np.allclose(np.diff(recording.states.time), 0.002, atol=1e-9)
    assert recording.irregularities == ()


def test_a_file_reads_like_its_folder(tmp_path, arm):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=1.0))
    (file,) = bag.glob("*.mcap")
    assert np.array_equal(
        read_recording(file, arm).states.position, read_recording(bag, arm).states.position
    )


def test_a_bag_without_metadata_is_read_and_said(tmp_path, arm):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=1.0))
    (bag / "metadata.yaml").unlink()
    recording = read_recording(bag, arm)
    assert len(recording.states.time) == 500
    assert kinds(recording) == {"no_metadata": 1}


def test_joint_order_may_change_within_a_bag(tmp_path, arm):
    position, velocity = motion(20)
    time = nanoseconds(0.01 * np.arange(20))
    forward, backward = list(arm.joint_names), list(arm.joint_names)[::-1]
    bag = write_bag(
        tmp_path / "bag",
        [
            joint_state_messages(
                "/joint_states", time[:10], time[:10], forward, position[:10], velocity[:10]
            ),
            joint_state_messages(
                "/joint_states",
                time[10:],
                time[10:],
                backward,
                position[10:, ::-1],
                velocity[10:, ::-1],
            ),
        ],
    )
    recording = read_recording(bag, arm)
    assert np.array_equal(recording.states.position, position)
    assert kinds(recording) == {"joint_order_changes": 1}


def test_a_prefix_before_every_name_is_found():
    assert joint_columns(["l_b", "l_a", "a"], ["a", "b"]) == [1, 0]
    assert joint_columns(["a", "l_b"], ["a", "b"]) is None


def test_other_devices_on_the_topic_are_left_out_and_counted(tmp_path, arm):
    position, velocity = motion(10)
    time = nanoseconds(0.01 * np.arange(10))
    bag = write_bag(
        tmp_path / "bag",
        [
            joint_state_messages("/joint_states", time, time, arm.joint_names, position, velocity),
            joint_state_messages(
                "/joint_states", time + 1000, time, ["finger"], position[:, :1], velocity[:, :1]
            ),
        ],
    )
    recording = read_recording(bag, arm)
    assert np.array_equal(recording.states.position, position)
    assert kinds(recording) == {"other_joints": 10}


def test_bad_values_and_lengths_are_left_out_and_counted(tmp_path, arm):
    position, velocity = motion(20)
    position[3, 2] = np.nan
    velocity[4, 0] = np.inf
    position[5, 1] = 1e200
    commands = np.ones((5, 6))
    commands[1, 1] = np.nan
    time = nanoseconds(0.01 * np.arange(20))
    topic = arm.controller.command_topic
    bag = write_bag(
        tmp_path / "bag",
        [
            joint_state_messages("/joint_states", time, time, arm.joint_names, position, velocity),
            command_messages(topic, time[:5], commands),
            command_messages(topic, time[5:8], np.ones((3, 7))),
        ],
    )
    recording = read_recording(bag, arm)
    assert len(recording.states.time) == 17
    assert len(recording.commands.time) == 4
    assert kinds(recording) == {
        "non_finite_states": 2,
        "implausible_states": 1,
        "implausible_commands": 1,
        "wrong_length_commands": 3,
    }


def test_missing_velocities_are_differentiated_and_said(tmp_path, arm):
    time = 0.01 * np.arange(50)
    position = np.outer(time, np.ones(6)) * 0.3
    stamps = nanoseconds(time)
    bag = write_bag(
        tmp_path / "bag",
        [
            joint_state_messages(
                "/joint_states", stamps, stamps, arm.joint_names, position, np.full((50, 6), np.nan)
            )
        ],
    )
    recording = read_recording(bag, arm)
    assert np.allclose(recording.states.velocity, 0.3, atol=1e-6)
    assert kinds(recording) == {"velocity_missing": 50}


def test_times_are_those_of_the_stamps_in_the_receive_clock(tmp_path, arm):
    position, velocity = motion(100)
    time = 0.01 * np.arange(100)
    late = np.random.default_rng(0).exponential(0.004, 100) + 0.001
    late[17] = 0.001  # the fastest transport, which sets the offset
    bag = write_bag(
        tmp_path / "bag",
        [
            joint_state_messages(
                "/joint_states",
                nanoseconds(time + late),
                nanoseconds(time + 37.5),
                arm.joint_names,
                position,
                velocity,
            )
        ],
    )
    states = read_recording(bag, arm).states
    first = nanoseconds(time + late).min() - START_NS
    assert np.allclose(states.time, time + 0.001 - first * 1e-9, atol=1e-7)


def test_repeated_goals_count_once(tmp_path, arm):
    position, velocity = motion(300)
    goals = np.array([[0.4, 0, 0.3], [0.4, 0, 0.3], [0.5, 0.1, 0.3]])
    bag = states_and_commands(
        tmp_path / "bag",
        arm,
        0.01 * np.arange(300),
        position,
        velocity,
        goals=(np.array([0.1, 0.2, 1.0]), goals),
    )
    recording = read_recording(bag, arm)
    assert np.array_equal(recording.goals.position, goals[[0, 2]])
