"""Records of an MCAP file as bytes: opcodes, strings, schemas, checksums.

Specification: https://mcap.dev/spec.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import NamedTuple, Tuple
from zlib import crc32

from rl_manip_gap.bags.compression import decompressed

MAGIC = b"\x89MCAP0\r\n"
FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK = 0x02, 0x03, 0x04, 0x05, 0x06
MESSAGE_INDEX, STATISTICS, LAST_KNOWN = 0x07, 0x0B, 0x0F
FOOTER_LENGTH = 20  # [byte]
RECORD = struct.Struct("<BQ")  # opcode, content length [byte]
MESSAGE_PREFIX = 22  # channel id u16, sequence u32, log time u64, publish time u64 [byte]


class Schema(NamedTuple):
    """What a file says of a type."""

    type_name: str
    definition: str  # empty where it is no text


class Channel(NamedTuple):
    """What a file says of a topic."""

    topic: str
    encoding: str  # of its messages, "cdr" for ROS 2
    schema: Schema


def string(content: memoryview, position: int) -> Tuple[str, int]:
    """Length-prefixed UTF-8 string at `position`, and the position behind it."""
    (length,) = struct.unpack_from("<I", content, position)
    end = position + 4 + length
    if end > len(content):
        raise struct.error("string longer than its record")
    return bytes(content[position + 4 : end]).decode(), end


def definition(content: memoryview, position: int) -> str:
    """A schema's text behind its name; empty where it is none, as of a damaged file."""
    try:
        return string(content, string(content, position)[1])[0]
    except (struct.error, UnicodeDecodeError):
        return ""


def add_checksums(path: Path) -> None:
    """Writes a checksum into every chunk of a file that was written without, as rosbags does."""
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        position = len(MAGIC)
        while position + RECORD.size <= len(mapped):
            opcode, length = RECORD.unpack_from(mapped, position)
            start = position + RECORD.size
            if opcode == CHUNK:
                (name_length,) = struct.unpack_from("<I", mapped, start + 28)
                name = mapped[start + 32 : start + 32 + name_length].decode()
                records = decompressed(name, mapped[start + 40 + name_length : start + length])
                struct.pack_into("<I", mapped, start + 24, crc32(records))
            position = start + length
