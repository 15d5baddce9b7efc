"""Reads an MCAP file front to back, whole or cut off, without needing its index.

A recorder that was killed leaves no index and no footer, so records are walked in file order
(https://mcap.dev/spec). Chunk checksums are verified: a damaged chunk is dropped and counted,
because a wrong figure is worse than a missing one. Records of opcodes that the specification
reserves for others are passed over, as it asks for.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union
from zlib import crc32

import numpy as np

from rl_manip_gap.bags.cdr_batches import MessageBatch
from rl_manip_gap.bags.compression import FAILURES, decompressed
from rl_manip_gap.bags.irregularities import BagError, Irregularities
from rl_manip_gap.bags.mcap_index import indexed_messages, scalars
from rl_manip_gap.bags.mcap_records import (
    CHANNEL,
    CHUNK,
    FOOTER,
    FOOTER_LENGTH,
    LAST_KNOWN,
    MAGIC,
    MESSAGE,
    MESSAGE_PREFIX,
    RECORD,
    SCHEMA,
    STATISTICS,
    Channel,
    Schema,
    definition,
    string,
)

_INDEXED = 1 << 14  # smaller chunks are walked as quickly as their index is read [byte]
_PASSED_ON = 1 << 18  # small chunks are gathered until they hold this much [byte]


class _Span(NamedTuple):
    """Message records found in one buffer."""

    buffer: np.ndarray  # (bytes,) uint8
    starts: np.ndarray  # (n,) int64, start of each message record's content [byte]
    lengths: np.ndarray  # (n,) int64, content length [byte]
    checked: bool  # a checksum vouches for them


class _Gathered:
    """Chunks on their way: many small ones are handed on as one span, a large one as it is."""

    def __init__(self) -> None:
        self._records: List[memoryview] = []
        self._found: List[np.ndarray] = []  # of each chunk, as `McapFile._walk` lists them
        self._size = 0  # [byte]
        self._checked = True

    def before(self, records: memoryview, checked: bool) -> Iterator[_Span]:
        """What has to go before another chunk comes in."""
        if self._size + len(records) > _PASSED_ON or checked != self._checked:
            yield from self.passed_on()

    def add(self, records: memoryview, checked: bool, found: np.ndarray) -> None:
        """Takes in a chunk and the messages found in it."""
        self._records.append(records)
        self._found.append(found)
        self._size += len(records)
        self._checked = checked

    def passed_on(self) -> Iterator[_Span]:
        """All that is there."""
        if self._records:
            one = len(self._records) == 1
            buffer = np.frombuffer(
                self._records[0] if one else b"".join(self._records), dtype=np.uint8
            )
            before = np.cumsum([0, *map(len, self._records[:-1])])
            offset = np.repeat(before, list(map(len, self._found)))
            yield _span(buffer, np.concatenate(self._found), self._checked, offset)
        self._records, self._found, self._size = [], [], 0


class McapFile:
    """One pass over one MCAP file; `batches` yields what could be read."""

    def __init__(self, path: Path, noted: Irregularities) -> None:
        self._path = path
        self._noted = noted
        self._schemas: Dict[int, Schema] = {}
        self._channels: Dict[int, Channel] = {}
        self._repeated: Dict[int, Channel] = {}  # as the end of the file says them again
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
        """Walks the top level; yields the messages of chunks, and loose ones together."""
        whole = np.frombuffer(mapped, dtype=np.uint8)
        view = memoryview(mapped)
        gathered = _Gathered()
        loose: List[int] = []
        position, end = len(MAGIC), len(view)
        finished = False
        while position + RECORD.size <= end and not finished:
            opcode, length = RECORD.unpack_from(view, position)
            start = position + RECORD.size
            if opcode == 0 or start + length > end:
                break
            if opcode == MESSAGE and length >= MESSAGE_PREFIX:
                loose += (start, length)
            elif opcode == CHUNK:
                chunk = self._chunk(view[start : start + length])
                if chunk is not None:
                    yield from gathered.before(*chunk)
                    gathered.add(*chunk, self._messages(view, start + length, chunk[0]))
            elif opcode == FOOTER:
                finished = True
            else:
                self._describe(opcode, view[start : start + length])
            position = start + length
        yield from gathered.passed_on()
        if not finished:
            tail = self._salvaged_tail(view, position)
            if tail is not None:
                gathered.add(tail, False, self._walk(tail))
                yield from gathered.passed_on()
            damaged = bytes(view[-len(MAGIC) :]) == MAGIC
            self._noted.add(
                "damaged_file" if damaged else "cut_off_tail",
                self._path.name,
                1,
                f"{end - position} bytes after byte {position} "
                + ("are damaged and were left out" if damaged else "end in the middle of a record"),
            )
        if loose:
            yield _span(whole, np.array(loose).reshape(-1, 2), checked=False)

    def _summary(self, view: memoryview) -> Dict[int, Channel]:
        """Channels that the file's summary repeats: the chunk that defined them may be damaged."""
        footer = len(view) - len(MAGIC) - FOOTER_LENGTH - RECORD.size
        if footer < len(MAGIC) or RECORD.unpack_from(view, footer) != (FOOTER, FOOTER_LENGTH):
            return {}
        start, _, crc = struct.unpack_from("<QQI", view, footer + RECORD.size)
        # The checksum covers the summary and the footer up to itself.
        if not len(MAGIC) <= start < footer or (crc and crc32(view[start : len(view) - 12]) != crc):
            return {}
        known = McapFile(self._path, Irregularities())
        known._walk(view[start:footer])
        return known._channels

    def _salvaged_tail(self, view: memoryview, position: int) -> Optional[memoryview]:
        """Bytes of an uncompressed chunk that the end of the file cut off."""
        if position + RECORD.size + 40 > len(view) or view[position] != CHUNK:
            return None
        head = position + RECORD.size
        (name_length,) = struct.unpack_from("<I", view, head + 28)
        if name_length != 0 or bytes(view[-len(MAGIC) :]) == MAGIC:
            return None
        return view[head + 40 :]

    def _chunk(self, content: memoryview) -> Optional[Tuple[memoryview, bool]]:
        """Decompressed records of one chunk, and whether it has a checksum; None if damaged."""
        try:
            size, crc = struct.unpack_from("<QI", content, 16)
            (name_length,) = struct.unpack_from("<I", content, 28)
            name = bytes(content[32 : 32 + name_length]).decode()
            (stored,) = struct.unpack_from("<Q", content, 32 + name_length)
            data = content[40 + name_length : 40 + name_length + stored]
            records = decompressed(name, data)
            if len(records) != size or (crc and crc32(records) != crc):
                raise ValueError("checksum")
        except (struct.error, *FAILURES):
            self._noted.add(
                "damaged_chunks", self._path.name, 1, "failed their checksum and were left out"
            )
            return None
        return memoryview(records), crc != 0

    def _messages(self, view: memoryview, behind: int, records: memoryview) -> np.ndarray:
        """As `_walk`, by the index behind a chunk where that is quicker and leads through it."""
        indexed = indexed_messages(view, behind, records) if len(records) >= _INDEXED else None
        return self._walk(records) if indexed is None else indexed

    def _walk(self, view: memoryview) -> np.ndarray:
        """Start and length (n, 2) of every message's content in one decompressed chunk [byte].

        A last record that is cut off is left out.
        """
        found: List[int] = []
        position, end, head = 0, len(view), RECORD.size
        unpack = RECORD.unpack_from
        while position + head <= end:
            opcode, length = unpack(view, position)
            position += head
            if position + length > end:
                break
            if opcode == MESSAGE and length >= MESSAGE_PREFIX:
                found += (position, length)
            else:
                self._describe(opcode, view[position : position + length])
            position += length
        return np.array(found, dtype=np.int64).reshape(-1, 2)

    def _describe(self, opcode: int, content: memoryview) -> None:
        """Takes in schemas, channels and statistics; a damaged one is counted."""
        try:
            if opcode == SCHEMA:
                (identifier,) = struct.unpack_from("<H", content, 0)
                name, behind = string(content, 2)
                self._schemas[identifier] = Schema(name, definition(content, behind))
            elif opcode == CHANNEL:
                identifier, schema = struct.unpack_from("<HH", content, 0)
                topic, behind = string(content, 4)
                described = self._schemas.get(schema, Schema("", ""))
                channel = Channel(topic, string(content, behind)[0], described)
                self._channels.setdefault(identifier, channel)
            elif opcode == STATISTICS:
                (self._expected,) = struct.unpack_from("<Q", content, 0)
            elif opcode > LAST_KNOWN:
                detail = "of a kind that is not known here were passed over"
                self._noted.add("unknown_records", self._path.name, 1, detail)
        except (struct.error, UnicodeDecodeError):
            self._noted.add("damaged_records", self._path.name, 1, "could not be read")

    def _grouped(self, span: _Span) -> Iterator[MessageBatch]:
        """Splits a span by channel."""
        starts, lengths = span.starts, span.lengths
        if not len(starts):
            return
        arrival = self._read + np.arange(len(starts))
        self._read += len(starts)
        channels = scalars(span.buffer, starts, "<u2")
        receive_ns = scalars(span.buffer, starts + 6, "<i8")
        sent_ns = scalars(span.buffer, starts + 14, "<i8")
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
                type_name=channel.schema.type_name,
                arrival=arrival[mine],
                receive_ns=receive_ns[mine],
                sent_ns=sent_ns[mine],
                buffer=span.buffer,
                offsets=starts[mine] + MESSAGE_PREFIX,
                lengths=lengths[mine] - MESSAGE_PREFIX,
                checked=span.checked,
                encoding=channel.encoding,
                definition=channel.schema.definition,
            )


def _span(
    buffer: np.ndarray, found: np.ndarray, checked: bool, offset: Union[int, np.ndarray] = 0
) -> _Span:
    """A span of messages: starts, `offset` before the true ones, and lengths (n, 2) [byte]."""
    return _Span(buffer, found[:, 0] + offset, found[:, 1], checked)
