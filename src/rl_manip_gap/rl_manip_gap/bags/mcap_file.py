"""Reads an MCAP file front to back, whole or cut off, without needing its index.

A recorder that was killed leaves no index and no footer, so records are walked in file order
(https://mcap.dev/spec). Chunk checksums are verified: a damaged chunk is dropped and counted,
because a wrong figure is worse than a missing one.
"""

from __future__ import annotations

import mmap
import struct
import sys
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union
from zlib import crc32

import lz4.frame
import numpy as np

from rl_manip_gap.bags.cdr_layouts import MessageBatch
from rl_manip_gap.bags.irregularities import BagError, Irregularities

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAGIC = b"\x89MCAP0\r\n"
_FOOTER, _SCHEMA, _CHANNEL, _MESSAGE, _CHUNK = 0x02, 0x03, 0x04, 0x05, 0x06
_STATISTICS, _LAST_KNOWN = 0x0B, 0x0F
_FOOTER_LENGTH = 20  # [byte]
_RECORD = struct.Struct("<BQ")  # opcode, content length [byte]
_LENGTH = struct.Struct("<xQ")  # a record's content length alone
_MESSAGE_PREFIX = 22  # channel id u16, sequence u32, log time u64, publish time u64 [byte]


class _Channel(NamedTuple):
    topic: str
    type_name: str


class _Span(NamedTuple):
    """Message records found in one buffer."""

    buffer: np.ndarray  # (bytes,) uint8
    starts: np.ndarray  # (n,) int64, start of each message record's content [byte]
    lengths: np.ndarray  # (n,) int64, content length [byte]
    checked: bool  # a checksum vouches for them


class McapFile:
    """One pass over one MCAP file; `batches` yields what could be read."""

    def __init__(self, path: Path, noted: Irregularities) -> None:
        self._path = path
        self._noted = noted
        self._schemas: Dict[int, str] = {}
        self._channels: Dict[int, _Channel] = {}
        self._repeated: Dict[int, _Channel] = {}  # as the end of the file says them again
        self._expected: Optional[int] = None  # messages, by the file's statistics record
        self._read = 0

    def batches(self) -> Iterator[MessageBatch]:
        """Yields batches in file order.

        Raises:
            BagError: the file is empty or is no MCAP file.
        """
        if self._path.stat().st_size == 0:
            raise BagError(f"{self._path} is empty: the recorder wrote nothing; record again.")
        with open(self._path, "rb") as file:
            # The mapping is left to the garbage collector: batches hold views of it.
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if mapped[: len(MAGIC)] != MAGIC:
            raise BagError(
                f"{self._path} is no MCAP file (its first bytes are {mapped[:8]!r}): "
                "give a rosbag2 folder, an .mcap or a .db3 file."
            )
        self._repeated = self._summary(memoryview(mapped))
        for span in self._spans(mapped):
            yield from self._grouped(span)
        missing = (self._expected or self._read) - self._read
        self._noted.add(
            "messages_missing", self._path.name, missing, "fewer messages than the file announces"
        )

    def _spans(self, mapped: mmap.mmap) -> Iterator[_Span]:
        """Walks the top level; yields the messages of each chunk, and loose ones together."""
        whole = np.frombuffer(mapped, dtype=np.uint8)
        view = memoryview(mapped)
        loose_starts: List[int] = []
        loose_lengths: List[int] = []
        position, end = len(MAGIC), len(view)
        finished = False
        while position + _RECORD.size <= end and not finished:
            opcode, length = _RECORD.unpack_from(view, position)
            start = position + _RECORD.size
            if not 0 < opcode <= _LAST_KNOWN or start + length > end:
                break
            if opcode == _MESSAGE and length >= _MESSAGE_PREFIX:
                loose_starts.append(start)
                loose_lengths.append(length)
            elif opcode == _CHUNK:
                chunk = self._chunk(view[start : start + length])
                if chunk is not None:
                    yield self._walk(*chunk)
            elif opcode == _FOOTER:
                finished = True
            else:
                self._describe(opcode, view[start : start + length])
            position = start + length
        if not finished:
            tail = self._salvaged_tail(view, position)
            if tail is not None:
                yield self._walk(tail, checked=False)
            damaged = bytes(view[-len(MAGIC) :]) == MAGIC
            self._noted.add(
                "damaged_file" if damaged else "cut_off_tail",
                self._path.name,
                1,
                f"{end - position} bytes after byte {position} "
                + ("are damaged and were left out" if damaged else "end in the middle of a record"),
            )
        if loose_starts:
            starts, lengths = (np.array(part) for part in (loose_starts, loose_lengths))
            yield _Span(whole, starts, lengths, checked=False)

    def _summary(self, view: memoryview) -> Dict[int, _Channel]:
        """Channels that the file's summary repeats: the chunk that defined them may be damaged."""
        footer = len(view) - len(MAGIC) - _FOOTER_LENGTH - _RECORD.size
        if footer < len(MAGIC) or _RECORD.unpack_from(view, footer) != (_FOOTER, _FOOTER_LENGTH):
            return {}
        start, _, crc = struct.unpack_from("<QQI", view, footer + _RECORD.size)
        # The checksum covers the summary and the footer up to itself.
        if not len(MAGIC) <= start < footer or (crc and crc32(view[start : len(view) - 12]) != crc):
            return {}
        known = McapFile(self._path, Irregularities())
        known._walk(np.frombuffer(view[start:footer], dtype=np.uint8), checked=False)
        return known._channels

    def _salvaged_tail(self, view: memoryview, position: int) -> Optional[np.ndarray]:
        """Bytes of an uncompressed chunk that the end of the file cut off."""
        if position + _RECORD.size + 40 > len(view) or view[position] != _CHUNK:
            return None
        head = position + _RECORD.size
        (name_length,) = struct.unpack_from("<I", view, head + 28)
        if name_length != 0 or bytes(view[-len(MAGIC) :]) == MAGIC:
            return None
        return np.frombuffer(view[head + 40 :], dtype=np.uint8)

    def _chunk(self, content: memoryview) -> Optional[Tuple[np.ndarray, bool]]:
        """Decompressed records of one chunk, and whether it has a checksum; None if damaged."""
        try:
            size, crc = struct.unpack_from("<QI", content, 16)
            (name_length,) = struct.unpack_from("<I", content, 28)
            name = bytes(content[32 : 32 + name_length]).decode()
            (stored,) = struct.unpack_from("<Q", content, 32 + name_length)
            data = content[40 + name_length : 40 + name_length + stored]
            records = _decompress(name, data)
            if len(records) != size or (crc and crc32(records) != crc):
                raise ValueError("checksum")
        except (ValueError, RuntimeError, EOFError, struct.error, zstd.ZstdError):
            self._noted.add(
                "damaged_chunks", self._path.name, 1, "failed their checksum and were left out"
            )
            return None
        return np.frombuffer(records, dtype=np.uint8), crc != 0

    def _walk(self, records: np.ndarray, checked: bool) -> _Span:
        """Finds the message records of one decompressed chunk."""
        view = records.data
        places: List[int] = []
        position, end, head = 0, len(view) - _RECORD.size, _RECORD.size
        unpack, add = _LENGTH.unpack_from, places.append
        while position <= end:
            add(position)
            position += head + unpack(view, position)[0]
        if position > len(view):  # the last one is cut off
            position = places.pop()
        places.append(position)
        starts = np.array(places[:-1], dtype=np.int64) + head
        lengths = np.diff(places) - head
        messages = (records[starts - head] == _MESSAGE) & (lengths >= _MESSAGE_PREFIX)
        for other in np.flatnonzero(~messages):
            start = int(starts[other])
            self._describe(int(records[start - head]), view[start : start + int(lengths[other])])
        return _Span(records, starts[messages], lengths[messages], checked)

    def _describe(self, opcode: int, content: memoryview) -> None:
        """Takes in schemas, channels and statistics; a damaged one is counted."""
        try:
            if opcode == _SCHEMA:
                (identifier,) = struct.unpack_from("<H", content, 0)
                self._schemas[identifier] = _string(content, 2)[0]
            elif opcode == _CHANNEL:
                identifier, schema = struct.unpack_from("<HH", content, 0)
                topic, _ = _string(content, 4)
                type_name = self._schemas.get(schema, "")
                self._channels.setdefault(identifier, _Channel(topic, type_name))
            elif opcode == _STATISTICS:
                (self._expected,) = struct.unpack_from("<Q", content, 0)
        except (struct.error, UnicodeDecodeError):
            self._noted.add("damaged_records", self._path.name, 1, "could not be read")

    def _grouped(self, span: _Span) -> Iterator[MessageBatch]:
        """Splits a span by channel."""
        starts, lengths = span.starts, span.lengths
        if not len(starts):
            return
        arrival = self._read + np.arange(len(starts))
        self._read += len(starts)
        channels = _scalars(span.buffer, starts, "<u2")
        receive_ns = _scalars(span.buffer, starts + 6, "<i8")
        for identifier in np.unique(channels):
            channel = self._channels.get(int(identifier), self._repeated.get(int(identifier)))
            mine = np.flatnonzero(channels == identifier)
            if channel is None:
                self._noted.add(
                    "unknown_channel", self._path.name, len(mine), "messages of no known topic"
                )
                continue
            yield MessageBatch(
                topic=channel.topic,
                type_name=channel.type_name,
                arrival=arrival[mine],
                receive_ns=receive_ns[mine],
                buffer=span.buffer,
                offsets=starts[mine] + _MESSAGE_PREFIX,
                lengths=lengths[mine] - _MESSAGE_PREFIX,
                checked=span.checked,
            )


def add_checksums(path: Path) -> None:
    """Writes a checksum into every chunk of a file that was written without, as rosbags does."""
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        position = len(MAGIC)
        while position + _RECORD.size <= len(mapped):
            opcode, length = _RECORD.unpack_from(mapped, position)
            start = position + _RECORD.size
            if opcode == _CHUNK:
                (name_length,) = struct.unpack_from("<I", mapped, start + 28)
                name = mapped[start + 32 : start + 32 + name_length].decode()
                records = _decompress(name, mapped[start + 40 + name_length : start + length])
                struct.pack_into("<I", mapped, start + 24, crc32(records))
            position = start + length


def _decompress(name: str, data: Union[memoryview, bytes]) -> Union[memoryview, bytes]:
    if name == "":
        return data
    if name == "zstd":
        return zstd.decompress(data)
    if name == "lz4":
        return lz4.frame.decompress(bytes(data))
    raise ValueError(f"unknown compression {name!r}")


def _string(content: memoryview, position: int) -> Tuple[str, int]:
    """Length-prefixed UTF-8 string at `position`, and the position behind it."""
    (length,) = struct.unpack_from("<I", content, position)
    end = position + 4 + length
    if end > len(content):
        raise struct.error("string longer than its record")
    return bytes(content[position + 4 : end]).decode(), end


def _scalars(buffer: np.ndarray, offsets: np.ndarray, dtype: str) -> np.ndarray:
    """Values of `dtype` at unaligned byte offsets, shape (n,)."""
    size = np.dtype(dtype).itemsize
    every = np.ndarray(len(buffer) - size + 1, dtype=dtype, buffer=buffer, strides=(1,))
    return every[offsets]
