"""Decoded messages of a bag by topic, and whether their receive times can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np

from rl_manip_gap.bags.bag_files import bag_batches
from rl_manip_gap.bags.cdr_batches import DecodedRows, MessageBatch, decode
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.value_checks import isolated_values

_ISOLATED_TIME = 0.25  # a lone receive time that far off its neighbours is wrong [s]


class Topic:
    """Decoded messages of one topic, gathered batch by batch."""

    def __init__(self) -> None:
        self._arrival: List[np.ndarray] = []
        self._receive_ns: List[np.ndarray] = []
        self.groups: List[Tuple[int, DecodedRows]] = []  # first row of the batch, its rows
        self._sent_ns: List[np.ndarray] = []
        self.type_name = ""
        self.unreadable = ""  # why some of its messages are, in a phrase
        self.count = 0  # messages of all batches
        self.checked = True  # a checksum vouches for every message
        self.trusted = np.empty(0, dtype=bool)  # (count,) whose receive time is to be believed

    def add(self, batch: MessageBatch, groups: Sequence[DecodedRows] = ()) -> None:
        """Takes in a batch, and what was decoded of it."""
        self._arrival.append(batch.arrival)
        self._receive_ns.append(batch.receive_ns)
        self._sent_ns.append(batch.receive_ns if batch.sent_ns is None else batch.sent_ns)
        self.type_name = batch.type_name
        self.checked &= batch.checked
        self.groups += [(self.count, group) for group in groups]
        self.count += len(batch.offsets)

    @property
    def arrival(self) -> np.ndarray:
        """Place of each message in the bag's order over all topics, (count,) int64."""
        return np.concatenate(self._arrival)

    @property
    def receive_ns(self) -> np.ndarray:
        """Recorder's receive times [ns], (count,) int64."""
        return np.concatenate(self._receive_ns)

    @property
    def sent_ns(self) -> np.ndarray:
        """Sender's times [ns], (count,) int64; the receive times where the bag has no others."""
        return np.concatenate(self._sent_ns)

    def receive(self, start_ns: int) -> np.ndarray:
        """Receive times since a start [s], (count,)."""
        return seconds(self.receive_ns, start_ns)

    def poses(self) -> np.ndarray:
        """Position [m] and quaternion xyzw of every message, shape (count, 7)."""
        poses = np.full((self.count, 7), np.nan)
        for first, group in self.groups:
            poses[first + group.rows, :3] = group.values["position"]
            poses[first + group.rows, 3:] = group.values["orientation"]
        return poses


def read_topics(
    bag: Path, wanted: Mapping[str, Tuple[str, ...]], noted: Irregularities
) -> Dict[str, Topic]:
    """Everything that a bag holds, decoded where it is wanted.

    Args:
        bag: rosbag2 folder or file.
        wanted: topics to decode, and the types that their messages may have.
        noted: receives what was irregular.

    Raises:
        BagError: there is no bag, or nothing of it can be read.
    """
    topics: Dict[str, Topic] = {}
    for batch in bag_batches(bag, noted):
        types = wanted.get(batch.topic, (batch.type_name,))
        if batch.type_name not in types:
            detail = f"type {batch.type_name!r}, expected {' or '.join(types)}"
            noted.add("wrong_type", batch.topic, len(batch.offsets), detail)
            continue
        topic = topics.setdefault(batch.topic, Topic())
        if batch.topic not in wanted:
            topic.add(batch)
            continue
        if topic.count and topic.type_name != batch.type_name:
            detail = f"type {batch.type_name!r} beside {topic.type_name!r}"
            noted.add("wrong_type", batch.topic, len(batch.offsets), detail)
            continue
        decoded = decode(batch)
        detail = f"could not be decoded: {decoded.why}"
        noted.add("malformed_messages", batch.topic, decoded.malformed, detail)
        topic.unreadable = topic.unreadable or decoded.why
        topic.add(batch, decoded.groups)
    return topics


def check_receive_times(topics: Dict[str, Topic], noted: Irregularities) -> int:
    """Marks messages whose receive time no recorder can have noted; returns the first time [ns].

    Each topic by itself: a latched message may rightly be older than what lies around it.
    """
    first = []
    for name, topic in topics.items():
        receive_ns = topic.receive_ns
        order = np.argsort(topic.arrival, kind="stable")
        apart = seconds(receive_ns, int(np.median(receive_ns)))[order]
        topic.trusted = np.empty(len(receive_ns), dtype=bool)
        topic.trusted[order] = ~isolated_values(apart[:, None], np.array([_ISOLATED_TIME]))
        first.append(int(receive_ns[topic.trusted].min()))
        noted.add(
            "wrong_receive_times",
            name,
            ~topic.trusted,
            "far from those before and behind, left out",
        )
    return min(first)


def seconds(nanoseconds: np.ndarray, start_ns: int) -> np.ndarray:
    """Times [ns] since a start [ns], in seconds."""
    return (nanoseconds - start_ns) * 1e-9
