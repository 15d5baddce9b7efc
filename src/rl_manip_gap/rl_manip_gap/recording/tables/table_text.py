"""Reads a table of text as people have them: any delimiter, decimal comma, header, BOM."""

from __future__ import annotations

import contextlib
import csv
import math
import re
from array import array
from collections import deque
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.tables.cell_number import number, plain_number
from rl_manip_gap.recording.tables.text_file import lines_of

# Delimiter and decimal sign, in the order in which they are preferred; a space is any white space.
# Cells in quotation marks may hold the delimiter.
_WAYS = (
    *((",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), (" ", ".")),
    (",", ","),
)
_LOOKED_AT = 200  # lines, to find out how it is written
_NUMBERED = re.compile(r"(.*?)[\[_ ]?(\d+)\]?")


class Table(NamedTuple):
    """Rows of the same number of columns, as numbers."""

    path: Path
    names: Tuple[str, ...]  # of the columns; empty where there is no header
    first: Tuple[str, ...]  # row, as text
    values: np.ndarray  # (rows, columns); NaN where a cell is no number
    ragged: int  # rows left out, which have another number of columns

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.first)

    def numbers(self, columns: Sequence[int]) -> np.ndarray:
        """Columns by index, (rows, columns); NaN where a cell is no number."""
        return self.values[:, list(columns)]

    def find(self, wanted: Sequence[str], count: int, what: str) -> List[int]:
        """Indices of `count` columns.

        Args:
            wanted: numbers counted from 1 or names: one of the first of `count` neighbours, the
                name before the numbers of `count` columns (`actual_q` of `actual_q_0` and so on),
                or one for each.
            count: how many columns there have to be.
            what: what stands in them, for a sentence.

        Raises:
            BagError: there is no such column, or not as many.
        """
        if len(wanted) == 1 and count > 1:
            numbered = self._numbered(wanted[0])
            if len(numbered) == count:
                return numbered
            first = self._index(wanted[0], what)
            found = list(range(first, first + count))
        else:
            found = [self._index(text, what) for text in wanted]
        if len(found) != count:
            raise BagError(f"--{what} names {len(found)} columns, expected 1 or {count}.")
        if max(found) >= self.width:
            raise BagError(
                f"{what} stands in columns {min(found) + 1} to {max(found) + 1}, {self.path} has "
                f"{self.width} (counted from 1): say with --{what} where it stands."
            )
        return found

    def has(self, prefix: str) -> bool:
        """Whether there are columns of that name with a number behind it."""
        return bool(self._numbered(prefix))

    def _index(self, text: str, what: str) -> int:
        if text in self.names:
            return self.names.index(text)
        if text.isdecimal() and int(text) >= 1:
            return int(text) - 1
        known = f"its columns are {', '.join(self.names)}" if self.names else "it has no header"
        raise BagError(
            f"--{what}: {self.path} has no column {text!r}: {known}; give a number counted from 1, "
            "or a name."
        )

    def _numbered(self, prefix: str) -> List[int]:
        """Columns that have that name and a number behind it, in the numbers' order."""
        found: Dict[int, int] = {}
        for index, name in enumerate(self.names):
            match = _NUMBERED.fullmatch(name)
            if match and match.group(1) == prefix:
                found.setdefault(int(match.group(2)), index)
        return [found[number] for number in sorted(found)]


class _Way(NamedTuple):
    """How a table is written."""

    delimiter: str
    decimal: str
    width: int = 0
    closed: bool = False  # whether a delimiter stands behind the last column, too

    def rows(self, lines: Iterable[str]) -> Iterator[List[str]]:
        """The cells of each line that holds any."""
        for line in lines:
            cells = _cells(line, self.delimiter)
            if self.closed and not cells[-1]:
                del cells[-1]
            if any(cells):
                yield cells


def read_table(path: Path, delimiter: str = "", skip_rows: int = 0) -> Table:
    """The table in a text file, which may be larger than memory as text.

    Args:
        path: the file.
        delimiter: between columns, one character; found out where it is empty.
        skip_rows: lines to leave out at the beginning, beside those that hold no numbers.

    Raises:
        BagError: there is no such file, or nothing in it that looks like a table of numbers.
    """
    # a header or a preface is at the beginning
    sample = deque((line for line in lines_of(path, skip_rows) if line.strip()), _LOOKED_AT)
    ways = [_Way(*way) for way in _WAYS if not delimiter or way[0] == delimiter]
    scored = [_scored(list(sample), way) for way in ways or [_Way(delimiter, ".")]]
    score, way = max(scored, key=lambda one: one[0])
    if score <= 0.0:
        raise BagError(
            f"{path} is no table of numbers: give one with a column each for time and joints, or "
            "its --delimiter and --skip-rows."
        )
    before: List[List[str]] = []
    first: List[str] = []
    values, ragged = array("d"), 0
    for row in way.rows(lines_of(path, skip_rows)):
        if not first and not _is_data(row, way):
            before.append(row)
        elif len(row) != way.width:
            ragged += not row[0].startswith("#")
        else:
            first = first or row
            values.extend(number(cell, way.decimal) for cell in row)
    table = np.frombuffer(values, dtype=float).reshape(-1, way.width)
    if len(table) < 2:
        raise BagError(f"{path} has {len(table)} usable rows: give a table of at least 2.")
    return Table(path, _names(before, way.width), tuple(first), table, ragged)


def _names(before: Sequence[List[str]], width: int) -> Tuple[str, ...]:
    """The header among the rows before the data: not the units below it, which repeat."""
    fitting = [row[:width] for row in before if len(row) - width in (0, 1)]
    if not fitting:
        return ()
    header = max(reversed(fitting), key=lambda row: len(set(row)))
    return tuple(name.lstrip("#").strip() for name in header)


def _cells(line: str, delimiter: str) -> List[str]:
    if delimiter == " ":
        return line.split() or [""]
    if '"' in line:
        # line by line: a mark that is never closed spoils its own line only
        with contextlib.suppress(csv.Error):  # a cell is too long
            return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    return [cell.strip() for cell in line.split(delimiter)]


def _scored(lines: Sequence[str], way: _Way) -> Tuple[float, _Way]:
    """How many numbers a line has if it is written in that way, and the way with its width."""
    rows = list(way.rows(lines))
    if not rows:
        return 0.0, way
    closed = way.delimiter != " " and all(not row[-1] for row in rows[1:] or rows)
    if closed:
        rows = [row if row[-1] else row[:-1] for row in rows]
    width = int(np.bincount([len(row) for row in rows]).argmax())
    regular = [row for row in rows if len(row) == width]
    way = way._replace(width=width, closed=closed)
    if width < 2 or len(regular) < 0.9 * (len(rows) - 1):
        return 0.0, way
    count = sum(not math.isnan(plain_number(cell, way.decimal)) for row in regular for cell in row)
    return count / len(regular), way


def _is_data(row: Sequence[str], way: _Way) -> bool:
    """Whether a row holds numbers: headers may hold some, where columns are called 0, 1, 2."""
    numbers = sum(not math.isnan(number(cell, way.decimal)) for cell in row)
    return len(row) == way.width and numbers >= 2 and not _counts(row)


def _counts(row: Sequence[str]) -> bool:
    """Whether its cells count the columns, from 0 or 1."""
    named = [int(cell) for cell in row if cell.isdecimal()]
    begin = named[0] if named and named[0] in (0, 1) else 0
    return named == list(range(begin, begin + len(named))) and len(named) >= len(row) - 1
