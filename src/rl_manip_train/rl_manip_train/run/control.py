"""Orders to a running training: checkpoint, pause, resume, stop."""

from __future__ import annotations

import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Callable, TextIO

ORDERS = ("checkpoint", "pause", "resume", "stop")
"""What a line on standard input, or a ROS service of the training node, can ask for."""


class Control:
    """Collects orders from other threads and signals; the trainer looks at them between updates."""

    def __init__(self) -> None:
        self._orders: queue.Queue = queue.Queue()
        self._stopped = False

    def give(self, order: str) -> None:
        """Ask for one of ``ORDERS``; anything else is ignored."""
        if order in ORDERS:
            self._orders.put(order)

    def stop_on_signals(self) -> None:
        """Let SIGINT and SIGTERM end the training in good order instead of at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.give("stop"))

    def listen(self, stream: TextIO = sys.stdin) -> None:
        """Take orders from ``stream``, a line each, until it ends, which is an order to stop."""

        def read() -> None:
            for line in stream:
                self.give(line.strip())
            self.give("stop")

        threading.Thread(target=read, daemon=True).start()

    def stopped(self, checkpoint: Callable[[], Path], obeyed: Callable[[str, str], None]) -> bool:
        """Carry out what was ordered; waits while paused.

        Args:
          checkpoint: saves one and returns its path.
          obeyed: told each order that was carried out, and what happened.

        Returns:
          Whether the training should end.
        """
        paused = False
        while not self._stopped and (paused or not self._orders.empty()):
            try:
                # a timeout, so that signals reach the main thread while it waits
                order = self._orders.get(timeout=0.5)
            except queue.Empty:
                continue
            if order == "checkpoint":
                outcome = f"checkpoint written: {checkpoint()}"
            elif order == "stop":
                self._stopped = True
                outcome = "stopping: the final policy is judged and exported"
            elif order == "pause":
                outcome = "already paused" if paused else "paused between two updates"
                paused = True
            else:
                outcome = "going on" if paused else "not paused"
                paused = False
            obeyed(order, outcome)
        return self._stopped
