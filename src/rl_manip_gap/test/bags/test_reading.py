"""Bags, whole and damaged, as arrays by name."""

import struct

import numpy as np
import pytest
from rosbags.highlevel import AnyReader

from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.recording import joint_columns, read_recording
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


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p / "nothing", "There is no bag"),
        (lambda p: p, "holds no .mcap or .db3"),
    ],
)
def test_no_bag_is_one_sentence(tmp_path, arm, make, says):
    with pytest.raises(BagError, match=says):
        read_recording(make(tmp_path), arm)


def test_empty_foreign_and_stateless_bags_are_one_sentence(tmp_path, arm):
    for name, content, says in (
        ("empty.mcap", b"", "is empty"),
        ("text.mcap", b"no bag at all, but text", "no MCAP file"),
        ("text.db3", b"no bag at all, but text", "no readable rosbag2 database"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(BagError, match=says):
            read_recording(file, arm)
    time = nanoseconds(np.arange(3.0))
    bag = write_bag(
        tmp_path / "bag", [command_messages(arm.controller.command_topic, time, np.zeros((3, 6)))]
    )
    with pytest.raises(BagError, match="holds no joint states"):
        read_recording(bag, arm)
    position, velocity = motion(3)
    bag = write_bag(
        tmp_path / "other",
        [joint_state_messages("/joint_states", time, time, list("abcdef"), position, velocity)],
    )
    with pytest.raises(BagError, match="names all joints of ur5e"):
        read_recording(bag, arm)


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_a_bag_cut_anywhere_gives_true_values_or_one_sentence(tmp_path, arm, storage):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=2.0, command_rate=50.0), storage)
    whole = read_recording(bag, arm).states.position
    (file,) = [f for f in bag.iterdir() if f.suffix != ".yaml"]
    content = file.read_bytes()
    cut = tmp_path / f"cut{file.suffix}"
    read, refusals = 0, []
    for length in np.random.default_rng(0).integers(0, len(content), 50):
        cut.write_bytes(content[:length])
        try:
            recording = read_recording(cut, arm)
        except BagError as error:
            refusals.append(str(error))
            continue
        states = recording.states.position
        assert np.array_equal(states, whole[: len(states)])
        assert recording.irregularities
        read += 1
    assert not any("\n" in refusal for refusal in refusals)
    # sqlite refuses a database that is shorter than its header says.
    assert read > (5 if storage == "mcap" else -1)


@pytest.mark.parametrize("storage", ["mcap", "sqlite3"])
def test_flipped_bytes_never_raise_anything_else(tmp_path, arm, storage):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=1.0, command_rate=50.0), storage)
    (file,) = [f for f in bag.iterdir() if f.suffix != ".yaml"]
    content = file.read_bytes()
    damaged = tmp_path / f"damaged{file.suffix}"
    rng = np.random.default_rng(1)
    refusals = []
    for _ in range(60):
        flipped = bytearray(content)
        for place in rng.integers(0, len(content), 5):
            flipped[place] ^= 1 << rng.integers(8)
        damaged.write_bytes(flipped)
        try:
            states = read_recording(damaged, arm).states
        except BagError as error:
            refusals.append(str(error))
            continue
        assert np.isfinite(states.position).all()
        assert np.isfinite(states.time).all()
        assert np.abs(states.position).max() < 100.0
    assert not any("\n" in refusal for refusal in refusals)


def test_a_chunk_with_a_wrong_checksum_is_dropped(tmp_path, arm):
    bag = response_bag(tmp_path / "bag", arm, Truth(duration=10.0))
    (file,) = bag.glob("*.mcap")
    whole = read_recording(bag, arm)
    content = bytearray(file.read_bytes())
    position, chunks = 8, []
    while position + 9 < len(content):
        opcode, length = struct.unpack_from("<BQ", content, position)
        chunks += [position + 9] if opcode == 0x06 else []
        position += 9 + length
    struct.pack_into("<I", content, chunks[1] + 24, 12345)  # the chunk's CRC-32
    file.write_bytes(content)
    recording = read_recording(bag, arm)
    known = set(map(tuple, whole.states.position))
    assert all(tuple(row) in known for row in recording.states.position)
    assert 0 < len(recording.states.time) < len(whole.states.time)
    assert kinds(recording)["damaged_chunks"] == 1


def test_a_compressed_file_is_read(tmp_path, arm):
    from rl_manip_gap.bags.bag_files import zstd

    bag = response_bag(tmp_path / "bag", arm, Truth(duration=1.0), "sqlite3")
    whole = read_recording(bag, arm)
    (file,) = bag.glob("*.db3")
    packed = tmp_path / "packed"
    packed.mkdir()
    content = zstd.compress(file.read_bytes())
    (packed / (file.name + ".zstd")).write_bytes(content)
    assert np.array_equal(read_recording(packed, arm).states.position, whole.states.position)
    (packed / (file.name + ".zstd")).write_bytes(content[: len(content) // 2])
    with pytest.raises(BagError, match="no readable rosbag2 database"):
        read_recording(packed, arm)


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
