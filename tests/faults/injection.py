"""What every injection needs: a moving arm before it, and an arm that stays at rest after it."""

from __future__ import annotations

import re
import sys
import time
from typing import Callable, NamedTuple

import numpy as np
from arm_watch import ArmWatch
from deploy_stack import Stack
from stop_measurement import Bound, Stop

GOALS = ([0.45, 0.3, 0.3], [0.45, -0.3, 0.5])
QUIET = 0.25  # [s] for which good commands after a stop must move nothing
SLOW = 0.3  # [rad/s] an arm that is slower has nothing to stop
TRIES = 5  # at a moving arm
FORBEARANCE = 2.0  # of the tests: times a quiet machine's, for one that has other things to do


class Fault(NamedTuple):
    """How to inject a fault, and what its stops must keep."""

    inject: Callable[[Stack, float], Stop]
    bound: Bound
    says: str = ""
    """Pattern in the guard's reason: a stop for another reason is another fault's."""


def stop_of_a_moving_arm(fault: Fault, stack: Stack, rng: np.random.Generator) -> Stop:
    """Inject the fault at a random moment of the motion.

    A busy machine may make the guard stop the arm just before the fault is there, or while it is
    on its way. Nothing of the fault is measured then, and it is injected again.
    """
    for _ in range(TRIES):
        stop = fault.inject(stack, rng.uniform(0.1, 0.6))
        if stop.speed > SLOW and re.search(fault.says, stop.reason):
            return stop
        print(
            f"injected again: something else stopped the arm: {stop}", file=sys.stderr, flush=True
        )
    raise AssertionError(f"something else stopped the arm {TRIES} times: {stop}")


def guard_said(stack: Stack) -> str:
    """The guard's last word."""
    return stack.watch.guard[-1]


def why_it_stopped(stack: Stack) -> str:
    """The guard's word, once the guard has come to rest too."""
    stack.watch.wait_until(
        lambda: guard_said(stack).startswith("stopped"), "the guard says why it stopped"
    )
    return guard_said(stack)


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
