"""SIGINT and SIGTERM as a request to end in order."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from typing import Iterator

NUMBERS = (signal.SIGINT, signal.SIGTERM)
LAST_MOMENTS = 20.0  # [s] that the process gets for them


class StopSignal:
    """Is set by a signal, and can be waited for.

    A handler runs in the midst of whatever the main thread does. A threading.Event would hang for
    ever where that is the event's own `wait`, which holds the lock that `set` wants.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._woken, self._wakes = os.pipe()

    def set(self, *_: object) -> None:
        """As a handler of signals."""
        if not self._is_set:
            self._is_set = True
            os.write(self._wakes, b"!")

    def is_set(self) -> bool:
        """Whether a signal came."""
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Whether a signal came before so many seconds were over."""
        return bool(select.select([self._woken], [], [], seconds)[0])

    def close(self) -> None:
        """When no signal is heard any more."""
        os.close(self._woken)
        os.close(self._wakes)


@contextlib.contextmanager
def stop_on_signal() -> Iterator[StopSignal]:
    """What the two signals set, however often they come; afterwards they are ignored.

    Python gives them back their deadly default while it shuts down, unless they are, and a launch
    may tell a process twice.
    """
    stop = StopSignal()
    for number in NUMBERS:
        signal.signal(number, stop.set)
    try:
        yield stop
    finally:
        for number in NUMBERS:
            signal.signal(number, signal.SIG_IGN)
        stop.close()


def end_in_time() -> None:
    """From here on the process ends within `LAST_MOMENTS`, by SIGALRM where not by itself.

    Fast DDS can lock up for ever when it is torn down while another process ends
    (https://github.com/eProsima/Fast-DDS/issues/6502).
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, LAST_MOMENTS)
