"""Reads the sqlite3 storage of rosbag2, whole or damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

import numpy as np

from rl_manip_gap.message_batch import MessageBatch
from rl_manip_gap.oddities import BagError, Oddities

_ROWS = 4096  # rows fetched at once: bounds the memory held beside the arrays
# What a damaged database raises; names in its schema need not be UTF-8 any more.
_DAMAGE = (sqlite3.Error, OverflowError, UnicodeDecodeError)
_QUERY = "SELECT id, topic_id, timestamp, data FROM messages WHERE id > ? ORDER BY id"


def sqlite_batches(path: Path, oddities: Oddities) -> Iterator[MessageBatch]:
    """Yields batches in the order in which the recorder stored them.

    Raises:
        BagError: the file is no rosbag2 database.
    """
    # immutable: the bag may lie in a folder that cannot be written to.
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        database = sqlite3.connect(uri, uri=True)
        # A damaged name must not end the reading: it simply names no topic that is wanted.
        database.text_factory = lambda text: text.decode(errors="replace")
        topics = {
            identifier: (str(name), str(type_name))
            for identifier, name, type_name in database.execute("SELECT id, name, type FROM topics")
        }
        database.execute(_QUERY, (-1,)).fetchone()
    except _DAMAGE as error:
        raise BagError(
            f"{path} is no readable rosbag2 database ({error}): record again or give another bag."
        ) from None
    try:
        arrival = 0
        for rows in filter(None, _rows(database, path, oddities)):
            yield from _batches(topics, _sound(rows, topics, path, oddities), arrival)
            arrival += len(rows)
    finally:
        database.close()


def _rows(database: sqlite3.Connection, path: Path, oddities: Oddities) -> Iterator[List[tuple]]:
    """Rows in portions; from a damaged database those before the damage."""
    last = -1
    cursor = database.execute(_QUERY, (last,))
    while True:
        try:
            rows = cursor.fetchmany(_ROWS)
        except _DAMAGE:
            yield _rows_before_damage(database, last, path, oddities)
            return
        if not rows:
            return
        last = rows[-1][0]
        yield rows


def _rows_before_damage(
    database: sqlite3.Connection, last: int, path: Path, oddities: Oddities
) -> List[tuple]:
    """The rows behind `last` one by one, up to the first that cannot be read."""
    rows: List[tuple] = []
    try:
        for row in database.execute(_QUERY, (last,)):
            rows.append(row)
    except _DAMAGE as error:
        oddities.add("damaged_file", path.name, 1, f"unreadable from one place on: {error}")
    return rows


def _sound(
    rows: List[tuple], topics: Dict[int, Tuple[str, str]], path: Path, oddities: Oddities
) -> List[tuple]:
    """Rows that name a topic and hold a time and bytes."""
    _, owners, times, payloads = zip(*rows)
    kinds = set(map(type, times)), set(map(type, payloads))
    if kinds == ({int}, {bytes}) and set(owners) <= topics.keys():
        return rows  # the usual case, seen at once
    sound = [
        row for row in rows if row[1] in topics and type(row[2]) is int and type(row[3]) is bytes
    ]
    oddities.add(
        "damaged_records", path.name, len(rows) - len(sound), "rows without topic, time or bytes"
    )
    return sound


def _batches(
    topics: Dict[int, Tuple[str, str]], rows: List[tuple], arrival: int
) -> Iterator[MessageBatch]:
    if not rows:
        return
    _, topic_ids, timestamps, payloads = zip(*rows)
    owner = np.array(topic_ids)
    receive_ns = np.array(timestamps, dtype=np.int64)
    lengths = np.fromiter(map(len, payloads), dtype=np.int64, count=len(payloads))
    offsets = np.cumsum(lengths) - lengths
    buffer = np.frombuffer(b"".join(payloads), dtype=np.uint8)
    for topic in np.unique(owner):
        mine = np.flatnonzero(owner == topic)
        yield MessageBatch(
            topic=topics[int(topic)][0],
            type_name=topics[int(topic)][1],
            arrival=arrival + mine,
            receive_ns=receive_ns[mine],
            buffer=buffer,
            offsets=offsets[mine],
            lengths=lengths[mine],
        )
