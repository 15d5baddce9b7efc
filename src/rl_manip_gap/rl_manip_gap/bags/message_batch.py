"""Raw messages of one topic, as they lie in the file: the unit that bag readers yield."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MessageBatch:
    """`n` serialised messages of one topic, in the order of the file."""

    topic: str
    type_name: str  # e.g. "sensor_msgs/msg/JointState"
    arrival: np.ndarray  # (n,) int64, place of each message in the file's order over all topics
    receive_ns: np.ndarray  # (n,) int64, recorder's receive time [ns]
    buffer: np.ndarray  # (bytes,) uint8, holds every payload
    offsets: np.ndarray  # (n,) int64, start of each payload in `buffer` [byte]
    lengths: np.ndarray  # (n,) int64, length of each payload [byte]
    checked: bool = False  # a checksum vouches for every byte of them
