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
    act: Callable[[Terminal], None], ends_by_itself: bool = False
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
            ends_by_itself=ends_by_itself,
        )
        stack.terminal.end()
        stack.wait_for_the_end()
        return stop

    return inject


def killed(*nodes: str) -> Callable[[LaunchBesideDriver, float], Stop]:
    """All are killed in the same instant: only the controller is left to end the motion."""

    def inject(stack: LaunchBesideDriver, pause: float) -> Stop:
        stack.start()
        drive(stack.watch, pause)
        doomed = [process for node in nodes for process in stack.processes(node)]
        assert len(doomed) == len(nodes)
        since = time.monotonic()
        for process in doomed:
            process.send_signal(signal.SIGKILL)
        stop = measure(stack.watch, since, lambda: "controller", lead=0.05, ends_by_itself=True)
        stack.terminal.end()
        stack.wait_for_the_end()
        stack.renew_driver()
        return stop

    return inject


ACTS = {
    "terminal hung up": (Terminal.hang_up, TOLD),
    "Ctrl+\\": (lambda terminal: terminal.type(QUIT), TOLD),
    "Ctrl+Z": (lambda terminal: terminal.type(SUSPEND), GONE),
    "Ctrl+C": (lambda terminal: terminal.type(INTERRUPT), TOLD),
    "foreground killed": (Terminal.kill, GONE),
}
TERMINAL_FAULTS = {name: Fault(terminal_acts(act), bound) for name, (act, bound) in ACTS.items()}
OTHER_PORTS = ("trajectory", "position")
# A controller of trajectories goes on for 50 ms, then follows the stop that it was sent; one of
# positions holds the last one.
PORT_FAULTS = {
    port: {
        f"{port}: foreground killed": Fault(
            terminal_acts(Terminal.kill, ends_by_itself=True), Bound(zero=0.3, rest=0.45)
        ),
        f"{port}: guard killed": Fault(
            killed("velocity_guard_node"), Bound(zero=math.inf, rest=0.3)
        ),
        f"{port}: guard and watchdog killed": Fault(
            killed("velocity_guard_node", "guard_watchdog_node"), Bound(zero=math.inf, rest=0.3)
        ),
    }
    for port in OTHER_PORTS
}
"""The same by other command ports, by port."""
