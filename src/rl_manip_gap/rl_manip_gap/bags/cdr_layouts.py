"""Batch CDR reader: decodes many messages of one type at once.

Messages of one topic mostly share one layout: the same names, the same lengths. The layout is
read once from a message, then every message whose structural bytes (lengths, names) equal it is
decoded as rows of one numpy structured array. Others start a layout of their own, so a changed
joint order or a damaged message can never be decoded with the wrong one.

CDR: OMG CORBA 3.0 part 2, chapter 9; each value is aligned to its own size, counted from behind
the four bytes of encapsulation header.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np
from numpy.lib.recfunctions import repack_fields

_HEADER = 4  # encapsulation header [byte]
_SPARE = 7  # bytes that a serialiser may leave behind the last value


@dataclass(frozen=True)
class MessageBatch:
    """`n` serialised messages of one topic, in the order of the file: what bag readers yield."""

    topic: str
    type_name: str  # e.g. "sensor_msgs/msg/JointState"
    arrival: np.ndarray  # (n,) int64, place of each message in the file's order over all topics
    receive_ns: np.ndarray  # (n,) int64, recorder's receive time [ns]
    buffer: np.ndarray  # (bytes,) uint8, holds every payload
    offsets: np.ndarray  # (n,) int64, start of each payload in `buffer` [byte]
    lengths: np.ndarray  # (n,) int64, length of each payload [byte]
    checked: bool = False  # a checksum vouches for every byte of them
    sent_ns: Optional[np.ndarray] = None  # (n,) int64, sender's time where the file has one [ns]
    encoding: str = "cdr"  # as the file names it
    definition: str = ""  # text of the type, where the file has one


class LayoutError(ValueError):
    """The bytes are no message of the type they claim to be."""


@dataclass(frozen=True)
class Layout:
    """Where the values of one message lie."""

    dtype: np.dtype  # structured, one field per value, itemsize = message length
    fixed: Tuple[slice, ...]  # bytes that every message of this layout shares
    names: Tuple[str, ...]  # strings read from the message, in order (e.g. joint names)


@dataclass(frozen=True)
class DecodedRows:
    """Messages of one layout."""

    rows: np.ndarray  # (k,) index into the batch
    names: Tuple[str, ...]
    values: np.ndarray  # (k,) structured, fields by the message's field names


@dataclass(frozen=True)
class DecodedBatch:
    """All messages of a batch, by layout."""

    groups: Tuple[DecodedRows, ...]
    malformed: int  # messages that could not be read [1]


class _Walk:
    """Reads one message's structure, noting where values and structural bytes lie."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        if len(data) < _HEADER or data[0] != 0 or data[1] not in (0, 1):
            raise LayoutError("no plain CDR message")
        self._order = "<" if data[1] == 1 else ">"
        self._position = _HEADER
        self._fields: Dict[str, Tuple[object, int]] = {}  # numpy format, offset
        self._fixed: List[slice] = [slice(0, 2)]
        self.names: List[str] = []

    def value(self, name: str, code: str, count: int = 0) -> None:
        """A number, or `count` numbers, that differ from message to message."""
        base = np.dtype(self._order + code)
        start = self._take(base.itemsize, max(count, 1) * base.itemsize)
        self._fields[name] = ((base, (count,)) if count else base, start)

    def sequence(self, name: str, code: str) -> None:
        """A sequence of numbers; its length is structure."""
        count = self.length()
        if count:
            self.value(name, code, count)

    def string(self, keep: bool = False) -> None:
        """A string that is structure."""
        count = self.length()
        start = self._take(1, count)
        self._fixed.append(slice(start, start + count))
        if keep:
            self.names.append(self._data[start : start + count].rstrip(b"\0").decode("utf-8"))

    def strings(self) -> None:
        for _ in range(self.length()):
            self.string(keep=True)

    def structural_number(self) -> None:
        start = self._take(4, 4)
        self._fixed.append(slice(start, start + 4))

    def length(self) -> int:
        """A count, which is structure."""
        start = self._take(4, 4)
        self._fixed.append(slice(start, start + 4))
        (count,) = struct.unpack_from(self._order + "I", self._data, start)
        if count > len(self._data):
            raise LayoutError(f"a length of {count} in a message of {len(self._data)} bytes")
        return count

    def _take(self, alignment: int, size: int) -> int:
        position = self._position + (-(self._position - _HEADER)) % alignment
        if position + size > len(self._data):
            raise LayoutError("message shorter than its content")
        self._position = position + size
        return position

    def layout(self) -> Layout:
        if len(self._data) - self._position > _SPARE:
            raise LayoutError("message longer than its content")
        dtype = np.dtype(
            {
                "names": list(self._fields),
                "formats": [form for form, _ in self._fields.values()],
                "offsets": [start for _, start in self._fields.values()],
                "itemsize": len(self._data),
            }
        )
        return Layout(dtype, tuple(self._fixed), tuple(self.names))


def _header(walk: _Walk, keep_frame: bool = False) -> None:
    walk.value("sec", "i4")
    walk.value("nanosec", "u4")
    walk.string(keep_frame)


def _joint_state(walk: _Walk) -> None:
    _header(walk)
    walk.strings()
    for name in ("position", "velocity", "effort"):
        walk.sequence(name, "f8")


def _float64_multi_array(walk: _Walk) -> None:
    for _ in range(walk.length()):
        walk.string()
        walk.structural_number()
        walk.structural_number()
    walk.structural_number()
    walk.sequence("data", "f8")


def _pose_stamped(walk: _Walk) -> None:
    _header(walk, keep_frame=True)
    walk.value("position", "f8", 3)
    walk.value("orientation", "f8", 4)


def _bool(walk: _Walk) -> None:
    walk.value("data", "u1")


def _float64(walk: _Walk) -> None:
    walk.value("data", "f8")


LAYOUTS: Dict[str, Callable[[_Walk], None]] = {
    "sensor_msgs/msg/JointState": _joint_state,
    "std_msgs/msg/Float64MultiArray": _float64_multi_array,
    "geometry_msgs/msg/PoseStamped": _pose_stamped,
    "std_msgs/msg/Bool": _bool,
    "std_msgs/msg/Float64": _float64,
}


def read_layout(type_name: str, data: bytes) -> Layout:
    """Layout of one serialised message.

    Raises:
        LayoutError: the bytes are no such message, or the type is not known here.
    """
    if type_name not in LAYOUTS:
        raise LayoutError(f"type {type_name!r} is not one of {', '.join(LAYOUTS)}")
    walk = _Walk(data)
    try:
        LAYOUTS[type_name](walk)
    except UnicodeDecodeError:
        raise LayoutError("a name is not UTF-8") from None
    return walk.layout()


def decode(batch: MessageBatch) -> DecodedBatch:
    """Decodes a batch; messages that cannot be read are counted, not raised."""
    groups: List[DecodedRows] = []
    malformed = 0
    for length in np.unique(batch.lengths):
        rows = np.flatnonzero(batch.lengths == length)
        payloads = _payloads(batch.buffer, batch.offsets[rows], int(length))
        while len(rows):
            try:
                layout = read_layout(batch.type_name, payloads[0].tobytes())
            except LayoutError:
                malformed += 1
                rows, payloads = rows[1:], payloads[1:]
                continue
            same = _matching(payloads, layout)
            if same.all():
                groups.append(DecodedRows(rows, layout.names, _values(payloads, layout)))
                break
            groups.append(DecodedRows(rows[same], layout.names, _values(payloads[same], layout)))
            rows, payloads = rows[~same], payloads[~same]
    return DecodedBatch(tuple(groups), malformed)


def _payloads(buffer: np.ndarray, offsets: np.ndarray, length: int) -> np.ndarray:
    """Bytes of messages of one length, shape (n, length)."""
    if length == 0:
        return np.empty((len(offsets), 0), dtype=np.uint8)
    every = np.ndarray(len(buffer) - length + 1, dtype=f"V{length}", buffer=buffer, strides=(1,))
    return every[offsets].view(np.uint8).reshape(len(offsets), length)


def _matching(payloads: np.ndarray, layout: Layout) -> np.ndarray:
    """Which messages share the layout's structural bytes, shape (n,)."""
    same = np.ones(len(payloads), dtype=bool)
    for part in layout.fixed:
        equal = payloads[:, part] == payloads[0, part]
        if not equal.all():  # the usual case, and far cheaper than the check row by row
            same &= equal.all(axis=1)
    return same


def _values(payloads: np.ndarray, layout: Layout) -> np.ndarray:
    """The values alone: names and lengths, most of a message's bytes, are let go."""
    found = np.ascontiguousarray(payloads).view(layout.dtype).reshape(len(payloads))
    return repack_fields(found)
