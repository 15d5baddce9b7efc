"""Decoded messages of a bag by topic, and whether their receive times can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.bag_files import bag_batches
from rl_manip_gap.bags.cdr_layouts import LAYOUTS, DecodedRows, decode
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.gripper_and_object import OBJECT_TOPIC
from rl_manip_gap.recording.isolated_values import isolated_values
from rl_manip_ros.interfaces import (
    BOOL,
    FLOAT64_MULTI_ARRAY,
    GOAL_POSE,
    GUARD_SENT,
    JOINT_STATE,
    OBJECT_POSE,
)

GOAL_TOPIC = GOAL_POSE.resolved()
_ISOLATED_TIME = 0.25  # a lone receive time that far off its neighbours is wrong [s]


class Topic:
    """Decoded messages of one topic, gathered batch by batch."""

    def __init__(self) -> None:
        self.type_name = ""
        self.arrival: List[np.ndarray] = []
        self.receive_ns: List[np.ndarray] = []
        self.groups: List[Tuple[int, DecodedRows]] = []  # first row of the batch, its rows
        self.count = 0
        self.checked = True  # a checksum vouches for every message
        self.trusted = np.empty(0, dtype=bool)  # (count,) whose receive time is to be believed


def read_topics(bag: Path, arm: Arm, noted: Irregularities) -> Dict[str, Topic]:
    """Everything that a bag holds, decoded where the gap needs it.

    Raises:
        BagError: there is no bag, or nothing of it can be read.
    """
    expected = {
        arm.controller.joint_state_topic: JOINT_STATE,
        arm.controller.command_topic: FLOAT64_MULTI_ARRAY,
        arm.controller.program_running_topic: BOOL,
        GUARD_SENT.resolved(): GUARD_SENT.type,
        GOAL_TOPIC: GOAL_POSE.type,
        OBJECT_TOPIC: OBJECT_POSE.type,
    }
    topics: Dict[str, Topic] = {}
    for batch in bag_batches(bag, noted):
        topic = topics.setdefault(batch.topic, Topic())
        topic.receive_ns.append(batch.receive_ns)
        topic.arrival.append(batch.arrival)
        topic.checked &= batch.checked
        if batch.topic not in expected:
            continue
        if batch.type_name != expected[batch.topic] or batch.type_name not in LAYOUTS:
            noted.add(
                "wrong_type",
                batch.topic,
                len(batch.offsets),
                f"type {batch.type_name!r}, expected {expected[batch.topic]}",
            )
            topic.receive_ns.pop()
            topic.arrival.pop()
            continue
        topic.type_name = batch.type_name
        decoded = decode(batch)
        noted.add("malformed_messages", batch.topic, decoded.malformed, "could not be decoded")
        topic.groups += [(topic.count, group) for group in decoded.groups]
        topic.count += len(batch.offsets)
    # Topics of which nothing was kept hold nothing to read.
    return {name: topic for name, topic in topics.items() if topic.receive_ns}


def check_receive_times(topics: Dict[str, Topic], noted: Irregularities) -> int:
    """Marks messages whose receive time no recorder can have noted; returns the first time [ns].

    Each topic by itself: a latched message may rightly be older than what lies around it.
    """
    first = []
    for name, topic in topics.items():
        receive_ns = np.concatenate(topic.receive_ns)
        order = np.argsort(np.concatenate(topic.arrival), kind="stable")
        apart = seconds(receive_ns, int(np.median(receive_ns)))[order]
        topic.trusted = np.empty(len(receive_ns), dtype=bool)
        topic.trusted[order] = ~isolated_values(apart[:, None], np.array([_ISOLATED_TIME]))
        first.append(int(receive_ns[topic.trusted].min()))
        noted.add(
            "wrong_receive_times",
            name,
            int((~topic.trusted).sum()),
            "far from those before and behind, left out",
        )
    return min(first)


def seconds(nanoseconds: np.ndarray, start_ns: int) -> np.ndarray:
    """Times [ns] since a start [ns], in seconds."""
    return (nanoseconds - start_ns) * 1e-9
