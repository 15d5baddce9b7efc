"""A cell's number: decimal point or comma, thousands in groups, any minus sign."""

from __future__ import annotations

import math
import re

# In a table with decimal commas a point only parts groups.
_TO_POINTS = str.maketrans({",": ".", ".": "'"})
_GROUPED = re.compile(r"-?[1-9]\d{0,2}([,'\u2019 \u00a0\u202f]\d{3})+(\.\d*)?")
_NO_DIGITS = re.compile(r"[,'\u2019 \u00a0\u202f]")
_BRACKETS = "[]()"  # round a printed list
_MINUS = "\u2212"  # as typesetters and some spreadsheets write it


def plain_number(cell: str, decimal: str) -> float:
    """The number in a cell that has no groups; NaN where there is none.

    Args:
        decimal: "." or ",".
    """
    try:
        return float(cell if decimal == "." else cell.translate(_TO_POINTS))
    except ValueError:
        return math.nan


def number(cell: str, decimal: str) -> float:
    """The number in a cell, as `1234.5`, `1,234.5` or `1 234.5`; NaN where there is none."""
    value = plain_number(cell, decimal)
    text = cell.strip(_BRACKETS)
    if not math.isnan(value) or not text[-1:].isdecimal():
        return value
    text = text.replace(_MINUS, "-")
    text = text if decimal == "." else text.translate(_TO_POINTS)
    if _GROUPED.fullmatch(text):
        text = _NO_DIGITS.sub("", text)
    return plain_number(text, ".")
