"""The MCAP walker against the official library, on files that the library and others write."""

import io
import itertools
import struct
from collections import Counter

import numpy as np
import pytest
from mcap.records import Channel, Message, Schema
from mcap.stream_reader import StreamReader
from mcap.writer import CompressionType, Writer

from rl_manip_gap.bags.compression import zstd
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.bags.mcap_file import McapFile
from rl_manip_gap.bags.mcap_records import MAGIC


def written(seed=0, count=150, **options):
    """A file with what a recorder may write: several topics, attachments, metadata, odd sizes."""
    rng = np.random.default_rng(seed)
    file = io.BytesIO()
    writer = Writer(file, **options)
    writer.start(profile="ros2", library="test")
    schema = writer.register_schema("std_msgs/msg/String", "ros2msg", b"string data")
    picture = writer.register_schema("some.Picture", "protobuf", b"\xff\xfe\x00")
    channels = [
        writer.register_channel("/one", "cdr", schema, {"offered_qos_profiles": "- depth: 1"}),
        writer.register_channel("/two", "protobuf", picture),
        writer.register_channel("/three", "json", 0),
    ]
    for index in range(count):
        if index == count // 2:
            channels.append(writer.register_channel("/two", "cdr", schema))
            writer.add_attachment(1, 2, "calibration", "text/plain", b"\x05" * 100)
            writer.add_metadata("robot", {"serial": "2024"})
        sent = 10**18 + index * 10**6
        writer.add_message(
            channels[rng.integers(len(channels))],
            log_time=sent + int(rng.integers(10**6)),
            publish_time=sent,
            sequence=index,
            data=rng.bytes(int(rng.choice([0, 1, 40, 5000], p=[0.05, 0.05, 0.88, 0.02]))),
        )
    writer.finish()
    return file.getvalue()


def by_the_library(content):
    """Topic, type, encoding, times and bytes of every message."""
    schemas, channels, found = {}, {}, []
    for record in StreamReader(io.BytesIO(content)).records:
        if isinstance(record, Schema):
            schemas[record.id] = record
        elif isinstance(record, Channel):
            channels[record.id] = record
        elif isinstance(record, Message):
            channel = channels[record.channel_id]
            kind = schemas[channel.schema_id].name if channel.schema_id else ""
            found.append(
                (
                    channel.topic,
                    kind,
                    channel.message_encoding,
                    record.log_time,
                    record.publish_time,
                    record.data,
                )
            )
    return found


def by_ours(path, content):
    path.write_bytes(content)
    noted, found = Irregularities(), {}
    for batch in McapFile(path, noted).batches():
        for row, (start, length) in enumerate(zip(batch.offsets, batch.lengths)):
            found[int(batch.arrival[row])] = (
                batch.topic,
                batch.type_name,
                batch.encoding,
                int(batch.receive_ns[row]),
                int(batch.sent_ns[row]),
                batch.buffer[start : start + length].tobytes(),
            )
    return [found[arrival] for arrival in sorted(found)], {o.kind: o.count for o in noted.listed()}


def record(opcode, content):
    return struct.pack("<BQ", opcode, len(content)) + content


def records(content):
    """The records of a file, head and content, between the two magics."""
    position = len(MAGIC)
    while position < len(content) - len(MAGIC):
        opcode, length = struct.unpack_from("<BQ", content, position)
        yield opcode, content[position + 9 : position + 9 + length]
        position += 9 + length


@pytest.mark.parametrize(
    ("compression", "chunk_size", "checksums"),
    itertools.product(CompressionType, [1, 300, 2**20], [True, False]),
)
def test_every_message_is_what_the_official_library_reads(
    tmp_path, compression, chunk_size, checksums
):
    content = written(compression=compression, chunk_size=chunk_size, enable_crcs=checksums)
    expected = by_the_library(content)
    assert len(expected) == 150
    assert by_ours(tmp_path / "a.mcap", content) == (expected, {})


@pytest.mark.parametrize("summary", [True, False])
def test_a_file_without_chunks_or_index_reads_the_same(tmp_path, summary):
    content = written(
        use_chunking=False, repeat_channels=summary, repeat_schemas=summary, use_statistics=summary
    )
    assert by_ours(tmp_path / "a.mcap", content) == (by_the_library(content), {})


def test_records_of_reserved_opcodes_are_passed_over(tmp_path):
    """0x10 to 0x7f are the format's own later ones, 0x80 to 0xff other people's."""
    content = written(chunk_size=1000, compression=CompressionType.NONE)
    changed = bytearray(MAGIC)
    for opcode, inside in records(content):
        if opcode == 0x06:  # a chunk: one more record in it, its length and checksum anew
            start, end, size, _ = struct.unpack_from("<QQQI", inside)
            loose = inside[40:] + record(0x85, b"\x05private")
            inside = struct.pack("<QQQIIQ", start, end, len(loose), 0, 0, len(loose)) + loose
        changed += record(opcode, inside) + record(0x10, b"later") + record(0xFF, b"")
    found, kinds = by_ours(tmp_path / "a.mcap", bytes(changed) + MAGIC)
    assert found == by_the_library(content)
    assert set(kinds) == {"unknown_records"}


def test_a_chunk_of_several_zstd_frames_is_read_whole(tmp_path):
    content = written(chunk_size=2**20, compression=CompressionType.NONE)
    changed = bytearray(MAGIC)
    for opcode, inside in records(content):
        if opcode == 0x06:
            start, end, size, crc = struct.unpack_from("<QQQI", inside)
            half = len(inside) // 2
            packed = zstd.compress(inside[40:half]) + zstd.compress(inside[half:])
            head = struct.pack("<QQQII", start, end, size, crc, 4) + b"zstd"
            inside = head + struct.pack("<Q", len(packed)) + packed
        changed += record(opcode, inside)
    found, kinds = by_ours(tmp_path / "a.mcap", bytes(changed) + MAGIC)
    assert found == by_the_library(content)
    assert kinds == {}


def test_many_small_chunks_come_as_few_batches(tmp_path):
    """What costs time is the batch, not the message."""
    content = written(count=2000, chunk_size=300)
    path = tmp_path / "a.mcap"
    path.write_bytes(content)
    batches = list(McapFile(path, Irregularities()).batches())
    assert sum(len(batch.lengths) for batch in batches) == 2000
    assert max(Counter(batch.topic for batch in batches).values()) < 10
