"""Quantiles of the last durations of something that is done many times."""

from __future__ import annotations

from typing import Dict

import numpy as np


class Durations:
    """A ring of the last `capacity` durations [s]; adding one allocates nothing."""

    def __init__(self, capacity: int = 1000) -> None:
        self._ring = np.zeros(capacity)
        self.count = 0

    def add(self, seconds: float) -> None:
        """Takes one duration [s]."""
        self._ring[self.count % len(self._ring)] = seconds
        self.count += 1

    def summary(self) -> Dict[str, str]:
        """{"p50", "p99", "max"} in [ms], as text for diagnostics; dashes before the first."""
        if not self.count:
            return {"p50": "-", "p99": "-", "max": "-"}
        # sorted by hand: the first call of np.percentile takes 80 ms, longer than the arm may wait
        known = np.sort(1e3 * self._ring[: min(self.count, len(self._ring))])
        last = len(known) - 1
        rank = {"p50": round(0.50 * last), "p99": round(0.99 * last), "max": last}
        return {name: f"{known[index]:.3f}" for name, index in rank.items()}
