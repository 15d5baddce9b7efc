"""SIGINT and SIGTERM as a request to end in order."""

from __future__ import annotations

import signal
import threading


def stop_on_signal() -> threading.Event:
    """An event that the two signals set, however often they come."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
