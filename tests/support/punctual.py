"""Real-time priority for a process that measures: it must not be what is late."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

PRIORITY = 10  # of SCHED_FIFO, below the nodes that it watches
# What the process starts does not inherit it. Programs that start up at real-time priority keep a
# core to themselves for seconds, and the kernel then stops all of that priority for 50 ms: the
# guard too, which rightly stops the arm.
POLICY = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK


@contextlib.contextmanager
def punctual() -> Iterator[None]:
    """Real-time priority for the threads that this process has, where the machine allows it."""
    before = {}
    for thread in map(int, os.listdir("/proc/self/task")):
        with _where_allowed():
            before[thread] = os.sched_getscheduler(thread), os.sched_getparam(thread)
            os.sched_setscheduler(thread, POLICY, os.sched_param(PRIORITY))
    try:
        yield
    finally:
        for thread, (policy, parameters) in before.items():
            with _where_allowed():
                os.sched_setscheduler(thread, policy, parameters)


def become_punctual() -> None:
    """The same for the calling thread: one that is started later does not inherit it either."""
    with _where_allowed():
        os.sched_setscheduler(0, POLICY, os.sched_param(PRIORITY))


def _where_allowed() -> contextlib.suppress:
    """Goes on where the machine allows no real-time priority, or a thread has just ended."""
    return contextlib.suppress(PermissionError, ProcessLookupError)
