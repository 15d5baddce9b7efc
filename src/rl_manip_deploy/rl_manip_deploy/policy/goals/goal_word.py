"""What the policy node says became of a goal, in a line that others can read again."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple, Optional


class Fate(str, Enum):
    """What became of it."""

    TAKEN = "taken"
    WAITS = "waits"
    REFUSED = "refused"
    DROPPED = "dropped"


class GoalWord(NamedTuple):
    """One goal's fate, as `taken 1795943507115276515` or `refused 0: it is not finite`."""

    fate: Fate
    stamp: int
    """Time in the goal's header [ns], by which its sender knows it; 0 where it has none."""
    reason: str = ""
    """Why, where there is something to say."""

    def text(self) -> str:
        """The line."""
        reason = f": {self.reason}" if self.reason else ""
        return f"{self.fate.value} {self.stamp}{reason}"

    @classmethod
    def read(cls, text: str) -> Optional[GoalWord]:
        """What a line says; None where it is no such line."""
        found = _LINE.fullmatch(text)
        return None if found is None else cls(Fate(found[1]), int(found[2]), found[3] or "")


_LINE = re.compile(rf"({'|'.join(fate.value for fate in Fate)}) (\d+)(?:: (.+))?", re.DOTALL)
