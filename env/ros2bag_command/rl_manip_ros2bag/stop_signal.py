"""SIGINT and SIGTERM as a request to end in order."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Iterator

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def stop_on_signal() -> Iterator[threading.Event]:
    """An event that the two signals set, however often they come; afterwards they are ignored.

    Python gives them back their deadly default while it shuts down, unless they are, and a launch
    may tell a process twice.
    """
    stop = threading.Event()
    for number in NUMBERS:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)
