"""What a bag held that a clean recording does not: counted and said, never silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple, Union

import numpy as np


class BagError(ValueError):
    """The bag cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True)
class Irregularity:
    """One kind of irregularity on one topic or file."""

    kind: str  # machine-readable name, e.g. "out_of_order_stamps"
    where: str  # topic or file name
    count: int  # how often it occurred [1]
    detail: str  # one phrase for the reader


class Irregularities:
    """Collects irregularities; counts of the same kind and place add up."""

    def __init__(self) -> None:
        self._found: Dict[Tuple[str, str], Irregularity] = {}

    def add(self, kind: str, where: str, cases: Union[int, np.ndarray], detail: str) -> None:
        """Adds so many cases, or those in which a mask is true; none adds nothing."""
        count = int(np.sum(cases))
        if count <= 0:
            return
        known = self._found.get((kind, where))
        total = count + (known.count if known else 0)
        self._found[(kind, where)] = Irregularity(kind, where, total, detail)

    def listed(self) -> Tuple[Irregularity, ...]:
        return tuple(self._found.values())
