"""What settings may be, and the sentence about one that is not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Mapping


class TrainCfgError(ValueError):
    """A training setting that cannot be used; the message says what was expected."""


@dataclass(frozen=True)
class Limits:
    """What a setting may be."""

    low: float
    high: float = math.inf
    low_too: bool = True  # or only what is more than ``low``
    high_too: bool = True

    def check(self, name: str, value: float) -> None:
        """Refuse what is outside, and what is no number.

        Raises:
          TrainCfgError: it is.
        """
        above = value >= self.low if self.low_too else value > self.low
        below = value <= self.high if self.high_too else value < self.high
        if above and below:
            return
        expected = f"{'at least' if self.low_too else 'more than'} {self.low:g}"
        if math.isfinite(self.high):
            expected += f" and {'at most' if self.high_too else 'less than'} {self.high:,.12g}"
        raise TrainCfgError(f"{name} is {value}, expected {expected}")


AT_LEAST_ONE, NOT_NEGATIVE = Limits(1), Limits(0)
POSITIVE, SHARE = Limits(0, low_too=False), Limits(0, 1)
DISCOUNT = Limits(0, 1, high_too=False)


def check_limits(cfg: Any, limits: Mapping[str, Limits], prefix: str = "") -> None:
    """Refuse a field, or a part of one, that is outside its limits.

    Raises:
      TrainCfgError: one is.
    """
    for name, limit in limits.items():
        value = getattr(cfg, name)
        for part in value if isinstance(value, tuple) else (value,):
            limit.check(prefix + name, part)
