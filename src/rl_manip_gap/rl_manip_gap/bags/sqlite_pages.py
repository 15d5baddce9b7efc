"""The rows of an SQLite file, many at once and as far as a damaged file goes.

sqlite3 hands out one Python object per value and refuses a file that was cut off. Rows that a
recorder only ever appended lie in leaf pages of known layout, so numpy finds them in place.
File format: https://www.sqlite.org/fileformat2.html, sections 1.3, 1.6 and 2.1.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import List, NamedTuple, Tuple, Union

import numpy as np

Value = Union[int, bytes, None]
"""What a row of a small table holds: an integer, bytes, NULL or nothing that could be read."""

_MAGIC = b"SQLite format 3\0"
_FIRST_HEADER = 100  # the first page's tree begins behind the file's header [byte]
_INTERIOR, _LEAF = 0x05, 0x0D
_HEAD = {_INTERIOR: 12, _LEAF: 8}  # length of a page's header by its kind [byte]
_DEEPEST = 20  # levels; a tree of more holds a circle
_LONGEST_VARINT = 9  # [byte]
# Length of an integer by its serial type, NULL and the constants 0 and 1 included [byte].
_INTEGER_SIZE = np.array([0, 1, 2, 3, 4, 6, 8, -1, 0, 0])
_NULL, _ONE, _BLOB = 0, 9, 12


class SqliteDamage(ValueError):
    """The file is no SQLite database, or so damaged that its tables cannot be found."""


class Leaves(NamedTuple):
    """Leaf pages of one table, in the order of its rows."""

    pages: np.ndarray  # (k,) page numbers
    lost: int  # pages of the table's tree that the file lacks or that are damaged [1]


class Rows(NamedTuple):
    """Rows found in leaf pages: their records' bytes, by place in the file."""

    number: np.ndarray  # (k,) int64, SQLite's rowid
    start: np.ndarray  # (k,) int64, where the record begins [byte]
    length: np.ndarray  # (k,) int64, the record's, with what lies in overflow pages [byte]
    damaged: int  # rows that point out of their page [1]


class SqlitePages:
    """One SQLite file, mapped.

    Raises:
        SqliteDamage: the file is no SQLite database.
    """

    def __init__(self, path: Path) -> None:
        with open(path, "rb") as file:
            head = file.read(_FIRST_HEADER)
            size = int.from_bytes(head[16:18], "big")
            self.page_size = 65536 if size == 1 else size
            whole = head[:16] == _MAGIC and self.page_size >= 512
            if not whole or self.page_size & (self.page_size - 1) or len(head) < _FIRST_HEADER:
                raise SqliteDamage("file is not a database")
            # The mapping is left to the garbage collector: rows are views of it.
            self.data = np.frombuffer(
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype=np.uint8
            )
        self.usable = self.page_size - head[20]  # bytes of a page that hold data [byte]
        self.announced = int.from_bytes(head[28:32], "big")  # pages, by the file's header
        self.count = len(self.data) // self.page_size  # whole pages that are there

    def root(self, table: str) -> int:
        """First page of a table.

        Raises:
            SqliteDamage: the schema names no such table.
        """
        for values in self.small_table(1):
            if values[:2] == [b"table", table.encode()] and isinstance(values[3], int):
                return values[3]
        raise SqliteDamage(f"no table {table!r}")

    def small_table(self, root: int) -> List[List[Value]]:
        """The rows of a table of few rows: integers, bytes, None for NULL and what is cut off."""
        rows = self.rows(self.leaves(root).pages)
        return [
            self._values(int(number), int(start), int(length))
            for number, start, length in zip(rows.number, rows.start, rows.length)
        ]

    def leaves(self, root: int) -> Leaves:
        """Walks a table's tree, level by level."""
        level, lost = np.array([root], dtype=np.int64), 0
        for _ in range(_DEEPEST):
            there = (level >= 1) & (level <= self.count)
            kind = np.zeros(len(level), dtype=np.uint8)
            kind[there] = self.data[self._header(level[there])]
            sound = (kind == _INTERIOR) | (kind == _LEAF)
            lost += int((~sound).sum())
            level, kind = level[sound], kind[sound]
            if not (kind == _INTERIOR).any():
                once = np.sort(np.unique(level, return_index=True)[1])
                return Leaves(level[once], lost + len(level) - len(once))
            level = self._children(level, kind == _INTERIOR)
            if len(level) > self.count:
                break
        return Leaves(np.empty(0, dtype=np.int64), lost + 1)

    def all_leaves(self) -> np.ndarray:
        """Every page that looks like a leaf of some table, shape (k,)."""
        pages = np.arange(2, self.count + 1, dtype=np.int64)
        return pages[self.data[self._header(pages)] == _LEAF]

    def rows(self, pages: np.ndarray) -> Rows:
        """Rows of leaf pages, in order."""
        owner, pointer, floor = self._cells(pages, _LEAF)
        sound = (pointer >= floor) & (pointer < self.usable)
        place = (pages[owner] - 1) * self.page_size + pointer
        length, place = self.varints(place[sound])
        number, start = self.varints(place)
        # What does not lie in overflow pages must end within its page.
        end = (pages[owner[sound]] - 1) * self.page_size + self.usable
        inside = (length > 0) & (length < len(self.data)) & (start + self.local(length) <= end)
        return Rows(
            number[inside],
            start[inside],
            length[inside],
            int((~sound).sum() + (~inside).sum()),
        )

    def local(self, length: np.ndarray) -> np.ndarray:
        """How much of records of some lengths lies in the leaf page itself [byte]."""
        most = self.usable - 35
        least = (self.usable - 12) * 32 // 255 - 23
        kept = least + (length - least) % (self.usable - 4)
        return np.where(length <= most, length, np.where(kept <= most, kept, least))

    def record(self, start: int, length: int) -> bytes:
        """A record with its overflow pages; shorter where their chain breaks."""
        local = int(self.local(np.array([length]))[0])
        parts = [self.data[start : start + local].tobytes()]
        missing = length - local
        pointer = start + local
        while missing > 0:
            page = int.from_bytes(self.data[pointer : pointer + 4].tobytes(), "big")
            if not 1 < page <= self.count:
                break
            pointer = (page - 1) * self.page_size
            part = min(missing, self.usable - 4)
            parts.append(self.data[pointer + 4 : pointer + 4 + part].tobytes())
            missing -= part
        return b"".join(parts)

    def varints(self, place: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Variable-length integers at places (k,), and the places behind them."""
        last = len(self.data) - 1
        byte = self.data[np.minimum(place, last)].astype(np.int64)
        value, behind = byte & 0x7F, place + 1
        open_ = np.flatnonzero(byte & 0x80)
        for step in range(1, _LONGEST_VARINT):
            if not len(open_):
                break
            byte = self.data[np.minimum(place[open_] + step, last)].astype(np.int64)
            final = step == _LONGEST_VARINT - 1
            value[open_] = (value[open_] << (8 if final else 7)) | (byte if final else byte & 0x7F)
            behind[open_] += 1
            open_ = open_[byte >= 0x80]
        return value, behind

    def integers(self, kind: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Integers of serial types (k,) at places (k,)."""
        value = np.where(kind == _ONE, 1, 0)
        last = len(self.data) - 1
        size = self.integer_size(kind)
        for found in np.unique(size[size > 0]):
            mine = np.flatnonzero(size == found)
            for byte in range(found):
                raw = self.data[np.minimum(place[mine] + byte, last)]
                # Two's complement: the first byte carries the sign.
                part = raw.astype(np.int8) if byte == 0 else raw
                value[mine] = (value[mine] << 8) | part.astype(np.int64)
        return value

    @staticmethod
    def integer_size(kind: np.ndarray) -> np.ndarray:
        """Length of integers of serial types (k,), -1 where a type is no integer [byte]."""
        inside = (kind > _NULL) & (kind <= _ONE)
        return np.where(inside, _INTEGER_SIZE[np.where(inside, kind, 7)], -1)

    def _header(self, pages: np.ndarray) -> np.ndarray:
        """Where the tree's headers of pages (k,) begin in the file [byte]."""
        return (pages - 1) * self.page_size + np.where(pages == 1, _FIRST_HEADER, 0)

    def _cells(self, pages: np.ndarray, kind: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each cell of pages (k,): index of its page, its place there, the lowest place."""
        header = self._header(pages)
        counts = self._big_endian(header + 3, 2)
        # A damaged count reaches no further than pointers fit into a page.
        counts = np.minimum(counts, (self.usable - _HEAD[kind]) // 2)
        owner = np.repeat(np.arange(len(pages)), counts)
        index = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        pointer = self._big_endian(header[owner] + _HEAD[kind] + 2 * index, 2)
        floor = (header - (pages - 1) * self.page_size + _HEAD[kind] + 2 * counts)[owner]
        return owner, pointer, floor

    def _children(self, pages: np.ndarray, interior: np.ndarray) -> np.ndarray:
        """Pages one level below, in order; leaves stand for themselves."""
        inner = pages[interior]
        owner, pointer, _ = self._cells(inner, _INTERIOR)
        place = np.minimum((inner[owner] - 1) * self.page_size + pointer, len(self.data) - 4)
        rightmost = self._big_endian(self._header(inner) + 8, 4)
        where = np.flatnonzero(interior)
        children = np.concatenate([self._big_endian(place, 4), rightmost, pages[~interior]])
        parent = np.concatenate([where[owner], where, np.flatnonzero(~interior)])
        return children[np.argsort(parent, kind="stable")]

    def _big_endian(self, place: np.ndarray, size: int) -> np.ndarray:
        value = np.zeros(len(place), dtype=np.int64)
        for byte in range(size):
            value = (value << 8) | self.data[np.minimum(place + byte, len(self.data) - 1)]
        return value

    def _values(self, number: int, start: int, length: int) -> List[Value]:
        """One record's values, its first NULL being the row's number."""
        head, place = self._varint(start)
        body, end = start + head, start + int(self.local(np.array([length]))[0])
        values: List[Value] = []
        while place < start + head <= end:
            kind, place = self._varint(place)
            if kind >= _BLOB:
                size = (kind - _BLOB) // 2
                values.append(self.data[body : body + size].tobytes() if body < end else None)
            else:
                size = max(0, int(self.integer_size(np.array([kind]))[0]))
                value = self.integers(np.array([kind]), np.array([body]))
                values.append(None if kind == _NULL else int(value[0]))
            body += size
        if values and values[0] is None:
            values[0] = number
        return values

    def _varint(self, place: int) -> Tuple[int, int]:
        value, behind = self.varints(np.array([place]))
        return int(value[0]), int(behind[0])
