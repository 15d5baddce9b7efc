"""A chunk's index is used where it leads through the chunk, and believed nowhere else."""

import io
import struct

import numpy as np
import pytest
from mcap.writer import CompressionType, Writer
from test_mcap_file import by_ours, by_the_library

from rl_manip_gap.bags import mcap_file
from rl_manip_gap.bags.mcap_records import MAGIC, MESSAGE_INDEX, RECORD


def written():
    """A file of several chunks, two topics and messages of several lengths."""
    file = io.BytesIO()
    writer = Writer(file, chunk_size=40_000, compression=CompressionType.NONE)
    writer.start(profile="ros2", library="test")
    schema = writer.register_schema("std_msgs/msg/String", "ros2msg", b"string data")
    channels = [writer.register_channel(topic, "cdr", schema) for topic in ("/one", "/two")]
    rng = np.random.default_rng(0)
    for index in range(900):
        data = rng.bytes(int(rng.choice([60, 250])))
        writer.add_message(channels[index % 7 == 0], log_time=index, publish_time=index, data=data)
    writer.finish()
    return file.getvalue()


def indexes(content):
    """Where the contents of the index records are, and how long [byte]."""
    position = len(MAGIC)
    while position + RECORD.size <= len(content) - len(MAGIC):
        opcode, length = RECORD.unpack_from(content, position)
        if opcode == MESSAGE_INDEX:
            yield position + RECORD.size, length
        position += RECORD.size + length


def walks(monkeypatch):
    """How long the chunks are that are walked [byte], as they are."""
    lengths, walk = [], mcap_file.McapFile._walk
    monkeypatch.setattr(
        mcap_file.McapFile,
        "_walk",
        lambda self, view: lengths.append(len(view)) or walk(self, view),
    )
    return lengths


def test_chunks_with_an_index_are_not_walked_and_read_the_same(tmp_path, monkeypatch):
    content = written()
    walked = walks(monkeypatch)
    found, noted = by_ours(tmp_path / "a.mcap", content)
    assert found == by_the_library(content)
    assert not noted
    # the first chunk, which describes its channels, the short last one, and the summary
    assert len([length for length in walked if length > 16_000]) == 1


@pytest.mark.parametrize("spoilt", ["place", "count", "beyond", "twice", "channel"])
def test_an_index_that_is_wrong_changes_nothing(tmp_path, spoilt):
    content = bytearray(written())
    for start, length in list(indexes(content)):
        places = range(start + 14, start + length, 16)
        if spoilt == "place":
            struct.pack_into("<Q", content, places[1], 77)
        elif spoilt == "count":
            struct.pack_into("<I", content, start + 2, length - 22)
        elif spoilt == "beyond":
            struct.pack_into("<Q", content, places[-1], 2**63 + 5)
        elif spoilt == "twice":
            content[places[1] : places[1] + 8] = content[places[0] : places[0] + 8]
        else:
            struct.pack_into("<H", content, start, 500)  # of no channel: the message itself says it
    found, _ = by_ours(tmp_path / "a.mcap", bytes(content))
    expected, _ = by_ours(tmp_path / "b.mcap", written())
    assert found == expected
