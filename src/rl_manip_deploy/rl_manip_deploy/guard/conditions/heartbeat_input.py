"""A process that has to be heard again and again for the arm to move."""

from __future__ import annotations

import math


class HeartbeatInput:
    """Takes heartbeats.

    Args:
        what: name for the sentences.
        timeout: silence after which the arm stops [s].
        needed: whether the arm depends on it at all.
    """

    def __init__(self, what: str, timeout: float, needed: bool) -> None:
        self._what, self._timeout, self._needed = what, timeout, needed
        self._received = -math.inf

    def beat(self, now: float) -> None:
        """It was heard; `now` is the receiver's steady clock [s]."""
        self._received = now

    def trouble(self, now: float) -> str:
        """Why it cannot be relied on; empty where it can."""
        age = now - self._received
        if not self._needed or age <= self._timeout:
            return ""
        if math.isinf(age):
            return f"no {self._what} yet: start it"
        return f"{self._what} is {age:.3f} s old"
