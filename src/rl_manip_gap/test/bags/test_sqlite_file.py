"""What sqlite3 storage holds, and what is left of it when it is damaged."""

import sqlite3

import numpy as np
import pytest

from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.bags.sqlite_file import sqlite_batches

LEAF = 0x0D  # first byte of a page that holds rows of a table
SCHEMA = """
CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL,
  serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL);
CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL,
  timestamp INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX timestamp_idx ON messages (timestamp ASC);
"""


def written(path, count=3000, journal="DELETE", page_size=4096, longest=9000):
    """A database as rosbag2 writes it, payloads from nothing to several pages; still open."""
    rng = np.random.default_rng(0)
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA page_size={page_size}")
    database.execute(f"PRAGMA journal_mode={journal}")
    database.executescript(SCHEMA)
    for topic in (1, 2, 300):
        profile = "- history: 1 " * 500  # of many publishers: longer than a page
        database.execute(
            "INSERT INTO topics VALUES (?, ?, ?, 'cdr', ?)",
            (topic, f"/topic_{topic}", "std_msgs/msg/Bool", profile),
        )
    lengths = np.where(rng.random(count) < 0.02, rng.integers(0, longest, count), 300)
    rows = [
        (
            int(rng.choice([1, 2, 300])),
            int(rng.choice([5, -5, 10**9, 17 * 10**17])) + row,
            rng.bytes(int(length)),
        )
        for row, length in enumerate(lengths)
    ]
    database.executemany("INSERT INTO messages(topic_id, timestamp, data) VALUES (?, ?, ?)", rows)
    database.commit()
    return database, [(f"/topic_{topic}", time, data) for topic, time, data in rows]


def read(path):
    noted = Irregularities()
    rows = {}
    for batch in sqlite_batches(path, noted):
        for arrival, time, start, length in zip(
            batch.arrival, batch.receive_ns, batch.offsets, batch.lengths
        ):
            payload = batch.buffer[start : start + length].tobytes()
            rows[int(arrival)] = (batch.topic, int(time), payload)
    return [rows[arrival] for arrival in sorted(rows)], {o.kind for o in noted.listed()}


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_every_row_is_what_sqlite_reads(tmp_path, page_size):
    database, rows = written(tmp_path / "bag.db3", page_size=page_size)
    database.close()
    assert read(tmp_path / "bag.db3") == (rows, set())


def test_what_only_the_journal_holds_is_read_too(tmp_path):
    database, rows = written(tmp_path / "bag.db3", journal="WAL")
    assert (tmp_path / "bag.db3-wal").stat().st_size > 100_000
    before = (tmp_path / "bag.db3").read_bytes()
    assert read(tmp_path / "bag.db3") == (rows, {"journal"})
    assert (tmp_path / "bag.db3").read_bytes() == before
    database.close()


def test_a_cut_off_file_gives_its_first_rows(tmp_path):
    database, rows = written(tmp_path / "bag.db3", longest=300)
    database.close()
    content = (tmp_path / "bag.db3").read_bytes()
    for share in (0.3, 0.7, 0.99):
        cut = tmp_path / "cut.db3"
        cut.write_bytes(content[: int(share * len(content))])
        found, kinds = read(cut)
        assert "damaged_file" in kinds
        assert 0.8 * share * len(rows) < len(found) < len(rows)
        assert found == rows[: len(found)]


def test_a_page_that_is_lost_costs_its_rows_only(tmp_path):
    database, rows = written(tmp_path / "bag.db3", longest=300)
    database.close()
    content = bytearray((tmp_path / "bag.db3").read_bytes())
    leaves = [page for page in range(0, len(content), 4096) if content[page] == LEAF]
    place = leaves[len(leaves) // 2]
    content[place : place + 8] = b"\xff" * 8
    (tmp_path / "bag.db3").write_bytes(content)
    found, kinds = read(tmp_path / "bag.db3")
    assert kinds == {"damaged_file"}
    assert len(rows) - 20 < len(found) < len(rows)
    assert [row for row in rows if row in set(found)] == found
