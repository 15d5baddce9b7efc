"""Batch CDR reader: decodes many messages of one type at once.

Messages of one topic mostly share one layout: the same names, the same lengths. The layout is
read once from a message, then every message whose structural bytes (lengths, names) equal it is
decoded as rows of one numpy structured array. Others start a layout of their own, so a changed
joint order or a damaged message can never be decoded with the wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import numpy as np
from numpy.lib.recfunctions import repack_fields

from rl_manip_gap.bags.cdr_layouts import Layout, LayoutError, read_layout


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


@dataclass(frozen=True)
class DecodedRows:
    """Messages of one layout."""

    rows: np.ndarray  # (k,) index into the batch
    names: Tuple[str, ...]
    values: np.ndarray  # (k,) structured, fields by the message's field names

    def width(self, field: str) -> int:
        """How many numbers a field of each message has; 0 where there is none."""
        names = self.values.dtype.names or ()
        return int(np.prod(self.values.dtype[field].shape)) if field in names else 0


@dataclass(frozen=True)
class DecodedBatch:
    """All messages of a batch, by layout."""

    groups: Tuple[DecodedRows, ...]
    malformed: int  # messages that could not be read [1]
    why: str = ""  # the first of them could not


def decode(batch: MessageBatch) -> DecodedBatch:
    """Decodes a batch; messages that cannot be read are counted, not raised."""
    groups: List[DecodedRows] = []
    malformed, why = 0, ""
    for length in np.unique(batch.lengths):
        rows = np.flatnonzero(batch.lengths == length)
        payloads = _payloads(batch.buffer, batch.offsets[rows], int(length))
        while len(rows):
            try:
                layout = read_layout(batch.type_name, payloads[0].tobytes())
            except LayoutError as error:
                malformed, why = malformed + 1, why or str(error)
                rows, payloads = rows[1:], payloads[1:]
                continue
            same = _matching(payloads, layout)
            if same.all():
                groups.append(DecodedRows(rows, layout.names, _values(payloads, layout)))
                break
            groups.append(DecodedRows(rows[same], layout.names, _values(payloads[same], layout)))
            rows, payloads = rows[~same], payloads[~same]
    if malformed and batch.encoding not in ("", "cdr"):
        why = f"{batch.encoding}, expected plain CDR"
    return DecodedBatch(tuple(groups), malformed, why)


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
