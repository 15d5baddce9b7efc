"""SIGINT and SIGTERM as a request to end in order."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Iterator

NUMBERS = (signal.SIGINT, signal.SIGTERM)
LAST_MOMENTS = 20.0  # [s] that the process gets for them


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


def end_in_time() -> None:
    """From here on the process ends within `LAST_MOMENTS`, by SIGALRM where not by itself.

    Fast DDS can lock up for ever when it is torn down while another process ends
    (https://github.com/eProsima/Fast-DDS/issues/6502).
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, LAST_MOMENTS)
