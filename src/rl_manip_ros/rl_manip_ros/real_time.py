"""Real-time scheduling where the machine allows it."""

from __future__ import annotations

import os
from typing import Callable


def take_realtime_priority(priority: int, warn: Callable[[str], object]) -> None:
    """Puts all threads of this process under SCHED_FIFO; warns where that is not allowed.

    Args:
        priority: 1 to 99, or 0 to leave scheduling as it is.
    """
    if priority == 0:
        return
    try:
        for thread in os.listdir("/proc/self/task"):
            os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(priority))
    except (OSError, ValueError) as error:
        warn(
            f"running without realtime_priority {priority} ({error}): a busy machine may make the "
            "guard stop the arm; allow it with 'rtprio' in /etc/security/limits.conf."
        )
