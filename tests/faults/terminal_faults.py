"""What a terminal can do to a launch, with the arm's driver running apart: it goes on by itself."""

from __future__ import annotations

import math
import signal
import time
from typing import Callable

from injection import Fault, drive, guard_said
from launched_stack import LaunchBesideDriver
from stop_measurement import Bound, Stop, measure
from terminal import INTERRUPT, QUIT, SUSPEND, Terminal

# The launch is gone: the guard sees it within 50 ms, then the stop. Where the policy dies with it,
# the guard slows the arm down even sooner.
GONE = Bound(zero=0.25, rest=0.4)
# Ctrl+C and hang-up go through launch, which needs a moment to tell its processes, or to end.
TOLD = Bound(zero=0.4, rest=0.55)


def terminal_acts(
    act: Callable[[Terminal], None], by_trajectory: bool = False
) -> Callable[[LaunchBesideDriver, float], Stop]:
    """Something happens to the terminal of the launch while the arm moves."""

    def inject(stack: LaunchBesideDriver, pause: float) -> Stop:
        stack.start()
        drive(stack.watch, pause)
        since = time.monotonic()
        act(stack.terminal)
        stop = measure(
            stack.watch,
            since,
            lambda: guard_said(stack),
            lead=0.05,
            by_trajectory=by_trajectory,
        )
        stack.terminal.end()
        stack.wait_for_the_end()
        return stop

    return inject


def guard_and_watchdog_die(stack: LaunchBesideDriver, pause: float) -> Stop:
    """Both are killed in the same instant: only the controller is left to end the motion."""
    stack.start()
    drive(stack.watch, pause)
    doomed = [*stack.processes("velocity_guard_node"), *stack.processes("guard_watchdog_node")]
    assert len(doomed) == 2
    since = time.monotonic()
    for process in doomed:
        process.send_signal(signal.SIGKILL)
    stop = measure(stack.watch, since, lambda: "controller", lead=0.05, by_trajectory=True)
    stack.terminal.end()
    stack.wait_for_the_end()
    return stop


ACTS = {
    "terminal hung up": (Terminal.hang_up, TOLD),
    "Ctrl+\\": (lambda terminal: terminal.type(QUIT), TOLD),
    "Ctrl+Z": (lambda terminal: terminal.type(SUSPEND), GONE),
    "Ctrl+C": (lambda terminal: terminal.type(INTERRUPT), TOLD),
    "foreground killed": (Terminal.kill, GONE),
}
TERMINAL_FAULTS = {name: Fault(terminal_acts(act), bound) for name, (act, bound) in ACTS.items()}
# The controller goes on for 50 ms, then follows the stop that it was sent.
TRAJECTORY_FAULTS = {
    "trajectory: foreground killed": Fault(
        terminal_acts(Terminal.kill, by_trajectory=True), Bound(zero=0.3, rest=0.45)
    ),
    "trajectory: guard and watchdog killed": Fault(
        guard_and_watchdog_die, Bound(zero=math.inf, rest=0.3)
    ),
}
