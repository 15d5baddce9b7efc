"""Reads a table of text as people have them: any delimiter, decimal comma, header, BOM."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from rl_manip_gap.bags.irregularities import BagError

# Delimiter and decimal sign, in the order in which they are preferred; a space is any white space.
_WAYS = ((",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), (" ", "."))
_LOOKED_AT = 200  # lines, to find out how it is written
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_NUMBERED = re.compile(r"(.*?)[\[_ ]?(\d+)\]?")


class Table(NamedTuple):
    """Rows of cells, all of the same number of columns."""

    path: Path
    names: Tuple[str, ...]  # of the columns; empty where there is no header
    rows: List[List[str]]
    decimal: str  # "." or ","

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.rows[0])

    def numbers(self, columns: Sequence[int]) -> np.ndarray:
        """Columns by index as numbers, (rows, columns); NaN where a cell is none."""
        values = [[_number(row[k], self.decimal) for k in columns] for row in self.rows]
        return np.array(values, dtype=float).reshape(len(self.rows), len(columns))

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
                f"{self.width} (counted from 1)."
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


def read_table(path: Path, delimiter: str = "", skip_rows: int = 0) -> Table:
    """The table in a text file.

    Args:
        path: the file.
        delimiter: between columns; found out where it is empty.
        skip_rows: lines to leave out at the beginning, beside those that hold no numbers.

    Raises:
        BagError: there is no such file, or nothing in it that looks like a table of numbers.
    """
    lines = [line for line in _text(path).splitlines()[skip_rows:] if line.strip()]
    ways = [way for way in _WAYS if not delimiter or way[0] == delimiter] or [(delimiter, ".")]
    sample = lines[-_LOOKED_AT:]  # a header or a preface is at the beginning
    scores = [_score(sample, *way) for way in ways]
    best = int(np.argmax([score for score, _ in scores]))
    (score, width), (delimiter, decimal) = scores[best], ways[best]
    if score <= 0.0:
        raise BagError(
            f"{path} is no table of numbers: give one with a column each for time and joints, or "
            "its --delimiter and --skip-rows."
        )
    rows = _cells(lines, delimiter)
    begin = next(k for k, row in enumerate(rows) if _is_data(row, width, decimal))
    names = rows[begin - 1] if begin and len(rows[begin - 1]) == width else []
    data = [row for row in rows[begin:] if len(row) == width]
    if len(data) < 2:
        raise BagError(f"{path} has {len(data)} rows, at least 2 are needed.")
    return Table(path, tuple(name.strip().lstrip("#").strip() for name in names), data, decimal)


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError:
        raise BagError(f"There is no table at {path}.") from None
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    return content.decode("utf-8", errors="replace")


def _cells(lines: Sequence[str], delimiter: str) -> List[List[str]]:
    if delimiter == " ":
        return [line.split() for line in lines]
    # a delimiter at a line's end closes the last column
    stripped = (line.rstrip().rstrip(delimiter) for line in lines)
    return [[cell.strip() for cell in row] for row in csv.reader(stripped, delimiter=delimiter)]


def _score(lines: Sequence[str], delimiter: str, decimal: str) -> Tuple[float, int]:
    """How many numbers a line has if it is written in that way, and how many columns."""
    rows = _cells(lines, delimiter)
    widths = [len(row) for row in rows]
    if not widths:
        return 0.0, 0
    width = int(np.bincount(widths).argmax())
    regular = [row for row in rows if len(row) == width]
    if width < 2 or len(regular) < 0.9 * (len(rows) - 1):
        return 0.0, width
    count = sum(not math.isnan(_number(cell, decimal)) for row in regular for cell in row)
    return count / len(regular), width


def _is_data(row: Sequence[str], width: int, decimal: str) -> bool:
    """Whether a row holds numbers: headers may hold one, such as a column that is called 1."""
    numbers = sum(not math.isnan(_number(cell, decimal)) for cell in row)
    return len(row) == width and numbers >= 2 and not all(cell.isdecimal() for cell in row)


def _number(cell: str, decimal: str) -> float:
    try:
        return float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return math.nan
