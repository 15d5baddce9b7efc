"""Files of bags that are missing, cut, flipped, or no bags at all: true values or one sentence."""

import struct

import numpy as np
import pytest

from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import Truth, nanoseconds, response_bag


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
    position = velocity = np.ones((3, 6))
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
    assert {one.kind: one.count for one in recording.irregularities}["damaged_chunks"] == 1


def test_a_compressed_file_is_read(tmp_path, arm):
    from rl_manip_gap.bags.compression import zstd

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
