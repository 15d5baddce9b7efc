"""The files of a bag as people have them: compressed, beside each other, not listed, renamed."""

import shutil
import sqlite3

import numpy as np
import pytest
import yaml
from mcap.reader import make_reader
from mcap.writer import Writer

from rl_manip_gap.bags.compression import zstd
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag


@pytest.fixture(scope="module", params=["mcap", "sqlite3"])
def bag(tmp_path_factory, arm, request):
    folder = tmp_path_factory.mktemp(request.param) / "bag"
    return response_bag(folder, arm, Truth(duration=2.0, state_rate=100.0), request.param)


def storage_file(bag):
    (file,) = (file for file in bag.iterdir() if file.suffix in (".mcap", ".db3"))
    return file


def read(bag, arm):
    recording = read_recording(bag, arm)
    return len(recording.states.time), {one.kind: one.detail for one in recording.irregularities}


@pytest.mark.parametrize("ending", [".zstd", ".zst"])
def test_a_compressed_file_of_several_frames_is_read_whole(tmp_path, arm, bag, ending):
    file = storage_file(bag)
    content = file.read_bytes()
    third = len(content) // 3
    frames = [zstd.compress(content[i : i + third]) for i in range(0, len(content), third)]
    (tmp_path / (file.name + ending)).write_bytes(b"".join(frames))
    count, kinds = read(tmp_path, arm)
    assert (count, set(kinds)) == (200, {"no_metadata"})


def test_a_copy_that_a_player_left_beside_is_not_read_twice(tmp_path, arm, bag):
    file = storage_file(bag)
    shutil.copy(file, tmp_path / file.name)
    (tmp_path / (file.name + ".zstd")).write_bytes(zstd.compress(file.read_bytes()))
    count, kinds = read(tmp_path, arm)
    assert (count, set(kinds)) == (200, {"no_metadata"})


def test_files_that_the_metadata_does_not_list_are_read_and_said(tmp_path, arm, bag):
    """Metadata written after a crash lists the first file only; bag_10 comes behind bag_2."""
    later = response_bag(
        tmp_path / "later", arm, Truth(duration=2.0, state_rate=100.0), bag.parent.name[:-1]
    )
    file = storage_file(bag)
    both = tmp_path / "both"
    both.mkdir()
    shutil.copy(file, both / f"bag_2{file.suffix}")
    shutil.copy(storage_file(later), both / f"bag_10{file.suffix}")
    content = yaml.safe_load((bag / "metadata.yaml").read_text())
    content["rosbag2_bagfile_information"]["relative_file_paths"] = [f"bag_2{file.suffix}"]
    (both / "metadata.yaml").write_text(yaml.safe_dump(content))
    _, kinds = read(both, arm)
    assert kinds["files_not_listed"] == (
        f"not listed in metadata.yaml, read anyway: bag_10{file.suffix}"
    )
    # the same times twice: each state of the second file repeats a stamp of the first
    assert "duplicate_stamps" in kinds


def test_messages_compressed_one_by_one_are_read_without_metadata_too(tmp_path, arm, bag):
    if bag.parent.name.startswith("sqlite3"):
        packed = tmp_path / "packed.db3"
        pack_database(storage_file(bag), packed)
    else:
        packed = tmp_path / "packed.mcap"
        pack_mcap(storage_file(bag), packed)
    recording = read_recording(packed, arm)
    assert np.array_equal(recording.states.position, read_recording(bag, arm).states.position)


def pack_database(source, target):
    shutil.copy(source, target)
    database = sqlite3.connect(target)
    rows = database.execute("SELECT id, data FROM messages").fetchall()
    packed = [(zstd.compress(data), identifier) for identifier, data in rows]
    database.executemany("UPDATE messages SET data = ? WHERE id = ?", packed)
    database.commit()
    database.close()


def pack_mcap(source, target):
    with open(source, "rb") as plain, open(target, "wb") as file:
        writer = Writer(file)
        writer.start(profile="ros2")
        known = {}
        for schema, channel, message in make_reader(plain).iter_messages():
            if channel.topic not in known:
                number = writer.register_schema(schema.name, schema.encoding, schema.data)
                known[channel.topic] = writer.register_channel(channel.topic, "cdr", number)
            writer.add_message(
                known[channel.topic],
                log_time=message.log_time,
                publish_time=message.publish_time,
                data=zstd.compress(message.data),
            )
        writer.finish()
