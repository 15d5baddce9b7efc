"""Notices that a process should end: SIGINT, SIGTERM, or the death of its parent."""

from __future__ import annotations

import os
import signal


class StopRequest:
    """Turns signals into a flag, so that a node can bring the arm to rest before it leaves.

    A launch that is killed with SIGKILL or SIGTERM leaves its processes behind; they see their
    parent change and stop too, instead of moving an arm that nobody looks after.
    """

    def __init__(self) -> None:
        self._reason = ""
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    @property
    def reason(self) -> str:
        """Why to end, in a few words; empty while there is no need."""
        if not self._reason and os.getppid() != self._parent:
            self._reason = f"the process that started this one ({self._parent}) is gone"
        return self._reason

    def _on_signal(self, number: int, frame) -> None:
        self._reason = signal.Signals(number).name
