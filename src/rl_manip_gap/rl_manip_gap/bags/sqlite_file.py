"""Reads the sqlite3 storage of rosbag2, whole or damaged.

A recorder only ever appends, so what a cut-off or damaged file still holds is found through the
table's tree: reading goes on behind each row that cannot be reached.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_gap.bags.cdr_batches import MessageBatch
from rl_manip_gap.bags.irregularities import BagError, Irregularities

_PORTION = 2000  # rows read at once: bounds the memory held beside the arrays
_JOURNALS = ("-wal", "-journal")  # what a killed recorder leaves beside the file
_SIZE_OF_PAGE, _PAGES = slice(16, 18), slice(28, 32)  # in the header, big-endian
_HEADER = 100  # length of the file's header [byte]
_MESSAGES = """
SELECT id, topic_id, timestamp, data FROM messages WHERE id >= ? ORDER BY id LIMIT ?
"""

_LARGEST_ID = 2**40  # no recorder writes as many messages
_DAMAGE = (sqlite3.Error, UnicodeDecodeError)

_Row = Tuple[int, Any, Any, Any]  # id, topic_id, timestamp, data: damaged ones of any type


class _Kind(NamedTuple):
    """What the table of topics says of one."""

    name: str
    type_name: str
    encoding: str
    definition: str


def sqlite_batches(path: Path, noted: Irregularities) -> Iterator[MessageBatch]:
    """Yields batches in the order in which the recorder stored them.

    Raises:
        BagError: the file is no rosbag2 database.
    """
    with _opened(path, noted) as database:
        try:
            topics = _topics(database)
            last = _last_id(database)
        except (*_DAMAGE, _NoTopics) as error:
            raise BagError(
                f"{path} is no readable rosbag2 database ({error}): record again or give another "
                "bag."
            ) from None
        arrival = 0
        for rows in _portions(database, last, path.name, noted):
            sound = _messages(rows, topics)
            damaged = len(rows) - len(sound)
            noted.add(
                "damaged_records", path.name, damaged, "rows without a topic, a time or their bytes"
            )
            yield from _batches(sound, topics, arrival)
            arrival += len(sound)


class _NoTopics(ValueError):
    """The database names no topic."""


@contextlib.contextmanager
def _opened(path: Path, noted: Irregularities) -> Iterator[sqlite3.Connection]:
    """The file, or a copy that can be read: with its journal, or as long as its header says."""
    with tempfile.TemporaryDirectory(prefix="rl_manip_bag_") as folder:
        journals = [path.with_name(path.name + suffix) for suffix in _JOURNALS]
        journals = [file for file in journals if file.exists() and file.stat().st_size]
        missing = _missing_bytes(path)
        file = path
        if journals or missing:
            file = Path(folder) / path.name
            for part in (path, *journals):
                shutil.copyfile(part, Path(folder) / part.name)
            if journals:
                _take_in_journal(path, file, noted)
        missing = _missing_bytes(file)
        if missing:
            # sqlite3 refuses a file that is shorter than it should be, pages of zeros it only meets
            noted.add("damaged_file", path.name, 1, "is cut off: its last pages are missing")
            whole = file.stat().st_size + missing
            with open(file, "r+b") as cut_off:
                cut_off.truncate(file.stat().st_size // _page_size(file) * _page_size(file))
                cut_off.truncate(whole)
        address = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            database.text_factory = bytes  # damaged text need not be UTF-8
            yield database


def _page_size(path: Path) -> int:
    """By the file's header [byte]."""
    size = _header_number(path, _SIZE_OF_PAGE)
    return 65536 if size == 1 else size


def _missing_bytes(path: Path) -> int:
    """By how much a file is shorter than its header says [byte]."""
    there = path.stat().st_size
    whole = _header_number(path, _PAGES) * _page_size(path)
    # a damaged header may announce anything
    return whole - there if there < whole < 1000 * there else 0


def _header_number(path: Path, place: slice) -> int:
    with open(path, "rb") as file:
        return int.from_bytes(file.read(_HEADER)[place], "big")


def _take_in_journal(path: Path, copy: Path, noted: Irregularities) -> None:
    """Writes what the journal holds into a copy: a recorder was killed, or still writes."""
    try:
        with contextlib.closing(sqlite3.connect(copy)) as database:
            database.execute("PRAGMA journal_mode=DELETE").fetchall()
            database.execute("SELECT count(*) FROM sqlite_master").fetchall()
        detail = "the recorder had not finished; its journal was read too"
    except sqlite3.Error as error:
        detail = f"could not be read and was left out: {error}"
        shutil.copyfile(path, copy)
    noted.add("journal", path.name, 1, detail)


def _topics(database: sqlite3.Connection) -> Dict[int, _Kind]:
    """Topics by identifier."""
    definitions: Dict[str, str] = {}
    with contextlib.suppress(*_DAMAGE):  # older recorders write none
        definitions = {
            _text(name): _text(definition)
            for name, definition in database.execute(
                "SELECT topic_type, encoded_message_definition FROM message_definitions"
            )
        }
    topics = {}
    for identifier, *texts in database.execute(
        "SELECT id, name, type, serialization_format FROM topics"
    ):
        name, type_name, encoding = map(_text, texts)
        topics[identifier] = _Kind(name, type_name, encoding, definitions.get(type_name, ""))
    if not topics:
        raise _NoTopics("no topics")
    return topics


def _text(value: object) -> str:
    """A text that may be damaged: it then names nothing that is wanted."""
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


def _last_id(database: sqlite3.Connection) -> Optional[int]:
    """Number of the last message; None where the way there is damaged."""
    database.execute("SELECT id FROM messages LIMIT 0")  # no such table is an error of its own
    try:
        last = database.execute("SELECT max(id) FROM messages").fetchone()[0]
    except _DAMAGE:
        return None
    return last if isinstance(last, int) else 0


def _portions(
    database: sqlite3.Connection, last: Optional[int], name: str, noted: Irregularities
) -> Iterator[List[_Row]]:
    """Rows of the table messages; behind a damaged place it goes on with the next that is there."""
    first, step, lost = 0, 1, 0
    while last is None or first <= last:
        rows: List[_Row] = []
        try:
            rows.extend(database.execute(_MESSAGES, (first, _PORTION)))
            damaged = False
        except _DAMAGE:
            damaged = True
        if rows:
            yield rows
            first, step = rows[-1][0] + 1, 1
        elif damaged and first < _LARGEST_ID:
            lost += step == 1
            first, step = first + step, 2 * step
        else:
            break
    noted.add("damaged_file", name, lost, "places could not be read and were passed over")


def _messages(rows: List[_Row], topics: Dict[int, _Kind]) -> List[_Row]:
    """Rows that are messages: in a whole file all of them."""
    _, topic, time, data = zip(*rows)
    if {*map(type, time)} == {int} and {*map(type, data)} == {bytes} and {*topic} <= {*topics}:
        return rows
    return [
        (number, topic, time, data)
        for number, topic, time, data in rows
        if topic in topics and isinstance(time, int) and isinstance(data, bytes)
    ]


def _batches(rows: List[_Row], topics: Dict[int, _Kind], arrival: int) -> Iterator[MessageBatch]:
    """Messages of a portion, topic by topic."""
    if not rows:
        return
    _, topic, time, data = zip(*rows)
    owner, receive_ns = np.array(topic), np.array(time, dtype=np.int64)
    lengths = np.array(list(map(len, data)), dtype=np.int64)
    offsets = np.cumsum(lengths) - lengths
    buffer = np.frombuffer(b"".join(data), dtype=np.uint8)
    for identifier in np.unique(owner):
        mine = np.flatnonzero(owner == identifier)
        kind = topics[int(identifier)]
        yield MessageBatch(
            topic=kind.name,
            type_name=kind.type_name,
            arrival=arrival + mine,
            receive_ns=receive_ns[mine],
            buffer=buffer,
            offsets=offsets[mine],
            lengths=lengths[mine],
            encoding=kind.encoding,
            definition=kind.definition,
        )
