"""Where a chunk's messages are, by the index behind it: faster than a walk, and never trusted.

What the index says counts only where it leads from the chunk's first byte to its last, message by
message, as a walk would. Other chunks are walked: those with other records among their messages,
and those whose index is damaged or leaves something out.
"""

from __future__ import annotations

import struct
from typing import List, Optional

import numpy as np

from rl_manip_gap.bags.mcap_records import MESSAGE, MESSAGE_INDEX, MESSAGE_PREFIX, RECORD

_HEAD = struct.Struct("<HI")  # channel, length of the pairs of log time and place [byte]
_PAIR = 16  # [byte]


def indexed_messages(view: memoryview, position: int, records: memoryview) -> Optional[np.ndarray]:
    """Start and length (n, 2) of the content of each of a chunk's messages [byte].

    Args:
        view: the file.
        position: behind the chunk.
        records: of the chunk, decompressed.

    Returns:
        None where no index leads through the chunk.
    """
    places = _places(view, position)
    if not places:
        return None
    starts = np.sort(np.concatenate(places))
    buffer = np.frombuffer(records, dtype=np.uint8)
    if starts[0] != 0 or starts[-1] > len(buffer) - RECORD.size:
        return None
    kinds, lengths = buffer[starts], scalars(buffer, starts + np.uint64(1), "<u8")
    if (kinds != MESSAGE).any() or lengths.min() < MESSAGE_PREFIX or lengths.max() > len(buffer):
        return None
    starts, lengths = starts.astype(np.int64), lengths.astype(np.int64)
    contents = starts + RECORD.size
    behind = contents + lengths
    if behind[-1] != len(buffer) or (behind[:-1] != starts[1:]).any():
        return None
    return np.column_stack([contents, lengths])


def scalars(buffer: np.ndarray, offsets: np.ndarray, dtype: str) -> np.ndarray:
    """Values of `dtype` at unaligned byte offsets, shape (n,)."""
    size = np.dtype(dtype).itemsize
    every = np.ndarray(len(buffer) - size + 1, dtype=dtype, buffer=buffer, strides=(1,))
    return every[offsets]


def _places(view: memoryview, position: int) -> List[np.ndarray]:
    """Places (n,) of each channel's messages in the chunk before a position; empty if damaged."""
    found: List[np.ndarray] = []
    while position + RECORD.size + _HEAD.size <= len(view):
        opcode, length = RECORD.unpack_from(view, position)
        start = position + RECORD.size
        if opcode != MESSAGE_INDEX or start + length > len(view):
            break
        _, size = _HEAD.unpack_from(view, start)
        if size != length - _HEAD.size or size % _PAIR:
            return []
        pairs = np.frombuffer(view, "<u8", size // 8, start + _HEAD.size)
        found.append(pairs[1::2])
        position = start + length
    return [places for places in found if len(places)]
