"""Reads the sqlite3 storage of rosbag2, whole or damaged."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Dict, Iterable, Iterator, NamedTuple, Tuple

import numpy as np

from rl_manip_gap.bags.cdr_layouts import MessageBatch
from rl_manip_gap.bags.irregularities import BagError, Irregularities
from rl_manip_gap.bags.sqlite_pages import Rows, SqliteDamage, SqlitePages

_PORTION = 4096  # leaf pages read at once: bounds the memory held beside the arrays
_JOURNALS = ("-wal", "-journal")  # what a killed recorder leaves beside the file
_COLUMNS = 4  # of the table messages: id, topic_id, timestamp, data


class _Messages(NamedTuple):
    """Rows of the table messages, columns apart."""

    number: np.ndarray  # (k,) int64
    topic: np.ndarray  # (k,) int64
    receive_ns: np.ndarray  # (k,) int64
    start: np.ndarray  # (k,) int64, of the record [byte]
    record: np.ndarray  # (k,) int64, length of the record [byte]
    length: np.ndarray  # (k,) int64, length of the payload, which ends the record [byte]


def sqlite_batches(path: Path, noted: Irregularities) -> Iterator[MessageBatch]:
    """Yields batches in the order in which the recorder stored them.

    Raises:
        BagError: the file is no rosbag2 database.
    """
    with _recovered(path, noted) as file:
        try:
            pages = SqlitePages(file)
            topics = _topics(pages)
            root = pages.root("messages")
        except SqliteDamage as error:
            raise BagError(
                f"{path} is no readable rosbag2 database ({error}): record again or give another "
                "bag."
            ) from None
    leaves = pages.leaves(root)
    missing = max(leaves.lost, pages.announced - pages.count)
    noted.add("damaged_file", path.name, missing, "pages are missing or damaged")
    if missing:
        # What the tree no longer leads to is still there.
        found = np.setdiff1d(pages.all_leaves(), leaves.pages)
        portions: Iterable[Rows] = [_in_order(pages, np.concatenate([leaves.pages, found]), topics)]
    else:
        portions = (
            pages.rows(leaves.pages[first : first + _PORTION])
            for first in range(0, len(leaves.pages), _PORTION)
        )
    arrival = 0
    for rows in portions:
        messages = _messages(pages, rows)
        known = np.isin(messages.topic, list(topics))
        damaged = rows.damaged + len(rows.number) - int(known.sum())
        noted.add(
            "damaged_records", path.name, damaged, "rows without a topic, a time or their bytes"
        )
        yield from _batches(pages, topics, _Messages(*(part[known] for part in messages)), arrival)
        arrival += int(known.sum())


@contextlib.contextmanager
def _recovered(path: Path, noted: Irregularities) -> Iterator[Path]:
    """The file, or a copy with what its journal holds: a recorder was killed, or still writes."""
    journals = [path.with_name(path.name + suffix) for suffix in _JOURNALS]
    journals = [file for file in journals if file.exists() and file.stat().st_size]
    if not journals:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="rl_manip_bag_") as folder:
        copy = Path(folder) / path.name
        for file in (path, *journals):
            shutil.copyfile(file, Path(folder) / file.name)
        try:
            with contextlib.closing(sqlite3.connect(copy)) as database:
                database.execute("PRAGMA journal_mode=DELETE").fetchall()
                database.execute("SELECT count(*) FROM sqlite_master").fetchall()
            noted.add(
                "journal", path.name, 1, "the recorder had not finished; its journal was read too"
            )
        except sqlite3.Error as error:
            noted.add("journal", path.name, 1, f"could not be read and was left out: {error}")
            shutil.copyfile(path, copy)
        yield copy


def _topics(pages: SqlitePages) -> Dict[int, Tuple[str, str]]:
    """Name and type by identifier."""
    topics = {}
    for values in pages.small_table(pages.root("topics")):
        if len(values) >= 3 and isinstance(values[0], int):
            # A damaged name must not end the reading: it simply names no topic that is wanted.
            name, type_name = (
                value.decode(errors="replace") if isinstance(value, bytes) else ""
                for value in values[1:3]
            )
            topics[values[0]] = (name, type_name)
    if not topics:
        raise SqliteDamage("no topics")
    return topics


def _in_order(pages: SqlitePages, leaves: np.ndarray, topics: Iterable[int]) -> Rows:
    """The rows of leaf pages that no tree puts in order, each number once."""
    rows = pages.rows(leaves)
    # Rows of other tables lie among them.
    mine = np.flatnonzero(np.isin(_messages(pages, rows).topic, list(topics)))
    mine = mine[np.unique(rows.number[mine], return_index=True)[1]]
    return Rows(rows.number[mine], rows.start[mine], rows.length[mine], 0)


def _messages(pages: SqlitePages, rows: Rows) -> _Messages:
    """Columns of rows of the table messages; topic -1 where a row is none."""
    head, place = pages.varints(rows.start)
    kinds = []
    for _ in range(_COLUMNS):
        kind, place = pages.varints(place)
        kinds.append(kind)
    null, topic, time, blob = kinds
    topic_size, time_size = pages.integer_size(topic), pages.integer_size(time)
    length = (blob - 12) // 2
    sound = (null == 0) & (topic_size >= 0) & (time_size >= 0) & (blob >= 12) & (blob % 2 == 0)
    sound &= (place == rows.start + head) & (head + topic_size + time_size + length == rows.length)
    body = rows.start + head
    return _Messages(
        number=rows.number,
        topic=np.where(sound, pages.integers(topic, body), -1),
        receive_ns=pages.integers(time, body + topic_size),
        start=rows.start,
        record=rows.length,
        length=length,
    )


def _batches(
    pages: SqlitePages, topics: Dict[int, Tuple[str, str]], rows: _Messages, arrival: int
) -> Iterator[MessageBatch]:
    whole = pages.local(rows.record) == rows.record
    for topic in np.unique(rows.topic):
        for in_place in (True, False):
            mine = np.flatnonzero((rows.topic == topic) & (whole == in_place))
            if not len(mine):
                continue
            part = _Messages(*(column[mine] for column in rows))
            if in_place:
                buffer, offsets = pages.data, part.start + part.record - part.length
                lengths = part.length
            else:
                buffer, offsets, lengths = _gathered(pages, part)
            yield MessageBatch(
                topic=topics[int(topic)][0],
                type_name=topics[int(topic)][1],
                arrival=arrival + mine,
                receive_ns=part.receive_ns,
                buffer=buffer,
                offsets=offsets,
                lengths=lengths,
            )


def _gathered(pages: SqlitePages, rows: _Messages) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Payloads that reach into overflow pages, joined; what a broken chain lacks is missing."""
    payloads = [
        pages.record(int(start), int(record))[record - length :]
        for start, record, length in zip(rows.start, rows.record, rows.length)
    ]
    lengths = np.array([len(payload) for payload in payloads], dtype=np.int64)
    buffer = np.frombuffer(b"".join(payloads), dtype=np.uint8)
    return buffer, np.cumsum(lengths) - lengths, lengths
