"""What every injection needs: a moving arm before it, and an arm that stays at rest after it."""

from __future__ import annotations

import time
from typing import Callable, NamedTuple

import numpy as np
from arm_watch import ArmWatch
from deploy_stack import Stack
from stop_measurement import Bound, Stop

GOALS = ([0.45, 0.3, 0.3], [0.45, -0.3, 0.5])
QUIET = 0.25  # [s] for which good commands after a stop must move nothing


class Fault(NamedTuple):
    """How to inject a fault, and what its stops must keep."""

    inject: Callable[[Stack, float], Stop]
    bound: Bound


def guard_said(stack: Stack) -> str:
    """The guard's last word."""
    return stack.watch.guard[-1]


def drive(watch: ArmWatch, pause: float) -> None:
    """Sends a policy to the further goal, and returns while the arm is fast and the guard armed."""
    while True:
        far = max(GOALS, key=watch.tool_distance)
        watch.drive(far, until=lambda: watch.speed() > 0.8)
        time.sleep(0.3 * pause)
        if watch.guard[-1] == "armed" and watch.speed() > 0.5:
            return


def check_it_stays(stack: Stack) -> None:
    """Commands are good again: nothing moves before the guard is armed again."""
    since = time.monotonic()
    time.sleep(QUIET)
    later = [velocity for sent, velocity in list(stack.watch.commands) if sent > since]
    assert not np.any(later), "the arm moved again without being armed"
