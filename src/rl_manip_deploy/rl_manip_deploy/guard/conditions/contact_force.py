"""The force of contact that an arm may press with, as its wrist measures it."""

from __future__ import annotations

import math
from typing import Sequence

import numpy as np


class ContactForce:
    """Takes wrenches of the wrist; a force beyond the limit, or none any more, stops the arm.

    All times are the receiver's steady clock, in [s].

    Args:
        limit: largest force [N]; 0 for none: then nothing is asked of a sensor either.
        timeout: silence after which the arm stops [s].
    """

    def __init__(self, limit: float, timeout: float) -> None:
        self._limit, self._timeout = limit, timeout
        self._received = -math.inf
        self._force = 0.0

    def take(self, wrench: Sequence[float], now: float) -> None:
        """Takes force [N] and torque [N m], side by side, (6,)."""
        measured = np.array(wrench, dtype=float)
        # written so that a NaN fails it
        finite = bool(np.all(np.isfinite(measured)))
        self._force = float(np.linalg.norm(measured[:3])) if finite else math.inf
        self._received = now

    def trouble(self, now: float) -> str:
        """Why the arm must stop; empty where it need not."""
        if self._limit == 0.0:
            return ""
        age = now - self._received
        if age > self._timeout:
            if math.isinf(age):
                return "no wrench of the wrist yet: start the driver of its sensor"
            return f"the wrist's wrench is {age:.3f} s old"
        if math.isinf(self._force):
            return "the wrist's wrench is not finite"
        if self._force > self._limit:
            return f"contact force {self._force:.0f} N is above {self._limit:g} N: free the tool"
        return ""
