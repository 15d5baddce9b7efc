"""Quantiles of the last durations of something that is done many times."""

from __future__ import annotations

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

    def summary(self) -> dict:
        """{"p50", "p99", "max"} in [ms], as text for diagnostics; dashes before the first."""
        if not self.count:
            return {"p50": "-", "p99": "-", "max": "-"}
        known = 1e3 * self._ring[: min(self.count, len(self._ring))]
        p50, p99 = np.percentile(known, [50.0, 99.0])
        return {"p50": f"{p50:.3f}", "p99": f"{p99:.3f}", "max": f"{known.max():.3f}"}
