"""Judges from another process's heartbeats whether it has died with a velocity left standing."""

from __future__ import annotations

import math
from typing import Optional

PERIOD = 0.01
"""Time between two heartbeats [s]."""
STALL = 0.04
"""A watcher that did not look for so long is late itself [s]."""


class HeartbeatWatch:
    """Watches a process whose heartbeats say whether it may be moving the arm.

    A process that last said "no" left zero velocity behind: its death is no alarm. `timeout` must
    be longer than a stall after which the watched process stops the arm by itself, so that it does
    not go on where the watcher has stepped in. All times are the watcher's steady clock, in [s].
    """

    def __init__(self, timeout: float) -> None:
        if not (math.isfinite(timeout) and 2.0 * PERIOD <= timeout <= 1.0):
            raise ValueError(f"heartbeat timeout is {timeout} s: give {2.0 * PERIOD} to 1 s.")
        self.timeout = timeout
        self.moving: Optional[bool] = None  # what the last heartbeat said
        self._beat = self._looked = -math.inf

    def on_beat(self, moving: bool, now: float) -> None:
        """Takes a heartbeat."""
        self.moving, self._beat = moving, now

    def silence(self, now: float) -> float:
        """For how long the arm may have moved with nobody in charge [s]; 0 up to the timeout.

        Call it every `PERIOD`. After a stall of the watcher the heartbeats that wait come first.
        """
        stalled, self._looked = now - self._looked > STALL, now
        if not self.moving or stalled or now - self._beat <= self.timeout:
            return 0.0
        return now - self._beat
