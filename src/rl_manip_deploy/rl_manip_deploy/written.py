"""Reads numbers and poses out of mappings that people write, with one sentence per mistake."""

from __future__ import annotations

import difflib
import math
from typing import Any, Mapping, Optional, Sequence, Tuple


def known_keys(
    values: Any, required: Sequence[str] = (), optional: Sequence[str] = ()
) -> Mapping[str, Any]:
    """The mapping itself, with all required keys and no others than these.

    Raises:
        ValueError: it is no mapping, or a key is missing or unknown.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"{values!r} is no mapping: give {_listed([*required, *optional])}.")
    known = [*required, *optional]
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            meant = f" Is {near[0]!r} meant?" if near else ""
            raise ValueError(f"unknown key {key!r}: give {_listed(known)}.{meant}")
    for key in required:
        if key not in values:
            raise ValueError(f"{key!r} is missing: give {_listed(known)}.")
    return values


def number(name: str, value: Any) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{name} is {value!r}: give a finite number.")
    return float(value)


def numbers(name: str, value: Any, count: Optional[int] = None) -> Tuple[float, ...]:
    """Finite numbers, `count` of them.

    Raises:
        ValueError: they are no list, not that many, or not all finite.
    """
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{name} is {value!r}: give a list of {count or 'finite'} numbers.")
    if count is not None and len(value) != count:
        raise ValueError(f"{name} has {len(value)} numbers: give {count}.")
    return tuple(number(name, one) for one in value)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words)
