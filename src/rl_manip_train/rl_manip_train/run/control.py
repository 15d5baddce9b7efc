"""Orders to a running training: checkpoint, pause, resume, stop."""

from __future__ import annotations

import math
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Callable, List, Optional, TextIO

ORDERS = ("checkpoint", "pause", "resume", "stop")
"""What a line on standard input, or a ROS service of the training node, can ask for."""


SECOND_PRESS = 1.0
"""A SIGINT so long after the first is a person's second Ctrl+C; before, the same one [s]."""


class Control:
    """Collects orders from other threads and signals; the trainer looks at them between updates."""

    def __init__(self) -> None:
        # a signal's handler puts orders, too, which a Queue's lock would let wait for ever
        self._orders: queue.SimpleQueue = queue.SimpleQueue()
        self._stopped = False
        self._first_press = math.inf
        self._terminals: List[int] = []

    def give(self, order: str) -> None:
        """Ask for one of ``ORDERS``; anything else is ignored."""
        if order in ORDERS:
            self._orders.put(order)

    def stop_on_signals(self) -> None:
        """Let SIGINT, SIGTERM and SIGHUP end the training in good order instead of at once.

        Ctrl+C that is pressed again raises KeyboardInterrupt. A training under ``nohup`` outlives
        its terminal.
        """
        self._terminals = [stream for stream in (1, 2) if os.isatty(stream)]
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        for number in numbers:
            signal.signal(number, self._on_signal)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)  # `companions` begin with them blocked

    def _on_signal(self, number: int, frame: Optional[FrameType]) -> None:
        now = time.monotonic()
        if number == signal.SIGINT:
            if now - self._first_press > SECOND_PRESS:
                raise KeyboardInterrupt
            self._first_press = min(self._first_press, now)
        if number == signal.SIGHUP:
            self._speak_to_nobody()
        self.give("stop")

    def _speak_to_nobody(self) -> None:
        """The terminal is gone: what is still written to it would be an error."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in self._terminals:
            os.dup2(nowhere, stream)
        os.close(nowhere)

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
