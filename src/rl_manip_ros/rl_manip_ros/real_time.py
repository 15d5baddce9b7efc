"""Real-time scheduling where the machine allows it."""

from __future__ import annotations

import os


def take_realtime_priority(priority: int) -> str:
    """Puts all threads of this process under SCHED_FIFO; returns what to say where it failed.

    Args:
        priority: 1 to 99, or 0 to leave scheduling as it is.
    """
    if priority == 0:
        return ""
    try:
        for thread in os.listdir("/proc/self/task"):
            os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(priority))
    except (OSError, ValueError) as error:
        return (
            f"running without realtime_priority {priority} ({error}): a busy machine may make the "
            "guard stop the arm; allow it with 'rtprio' in /etc/security/limits.conf."
        )
    return ""
