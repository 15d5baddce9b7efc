"""Real-time scheduling where the machine allows it."""

from __future__ import annotations

import os


def take_realtime_priority(priority: int) -> str:
    """Puts this process under SCHED_FIFO; returns why that failed, empty where it did not.

    Args:
        priority: 1 to 99, or 0 to leave scheduling as it is.
    """
    if priority == 0:
        return ""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except (OSError, ValueError) as error:
        return (
            f"realtime_priority {priority} was refused ({error}): running without; "
            "allow it with 'rtprio' in /etc/security/limits.conf."
        )
    return ""
