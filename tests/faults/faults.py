"""Every fault: how it is injected into the running stack, and what its stop must keep."""

from __future__ import annotations

import math
import signal
import time
from typing import Callable, Optional

import numpy as np
from deploy_stack import GUARD, POLICY_NODE, WATCHDOG, PlayedPolicy, Stack
from injection import Fault, check_it_stays, drive, guard_said, why_it_stopped
from launched_stack import LaunchedStack
from sensor_msgs.msg import JointState
from stop_measurement import Bound, Stop, measure

STALL = 1.5  # [s] for which an executor is made to stand still
CEASED = 0.1  # [s] without a command: no more will come
MENDED = {
    "nan_states": 0.0,
    "zero_states": 0.0,
    "frozen_states": False,
    "state_dropout": 0.0,
    "program_paused": False,
    "controller_inactive": False,
    "speed_scaling": 100.0,
}
STATES_TAKEN = {"nan_states", "state_dropout"}
"""Faults of the simulated arm that take the good joint states away."""


def silent(message: JointState) -> None:
    """Sends nothing more."""


def not_finite(message: JointState) -> JointState:
    """Sends NaN."""
    message.velocity = [math.nan] * len(message.name)
    return message


def other_names(message: JointState) -> JointState:
    """Sends another arm's joint names."""
    message.name = [f"panda_joint{i + 1}" for i in range(len(message.name))]
    return message


def doubled_name(message: JointState) -> JointState:
    """Sends one joint twice and another not at all."""
    message.name = [message.name[1], *message.name[1:]]
    return message


def wrong_length(message: JointState) -> JointState:
    """Sends one velocity too few."""
    message.velocity = message.velocity[:-1]
    return message


def commands_go_wrong(fault: Callable) -> Callable[[Stack, float], Stop]:
    """The played policy sends something else from now on, or nothing."""

    def inject(stack: Stack, pause: float) -> Stop:
        with PlayedPolicy(stack.watch) as policy:
            stack.get_moving(pause)
            policy.fault = fault
            stop = measure(stack.watch, policy.last_good, lambda: why_it_stopped(stack))
            policy.fault = None
            check_it_stays(stack)
        return stop

    return inject


def policy_node_ends(number: Optional[signal.Signals]) -> Callable[[Stack, float], Stop]:
    """The policy node gets a signal, or its executor stands still."""

    def inject(stack: Stack, pause: float) -> Stop:
        stack.start_policy(stallable=number is None)
        stack.arm()
        drive(stack.watch, pause)
        if number is None:
            stack.stall(STALL)
        else:
            stack.signal(POLICY_NODE, number)
        requests = stack.watch.requests
        stack.watch.wait_until(
            lambda: time.monotonic() - requests[-1] > CEASED, "the policy sends nothing more"
        )
        # the watch may be late as well: it has heard the last request once it hears of the stop
        reason = why_it_stopped(stack)
        stop = measure(stack.watch, requests[-1], lambda: reason, lead=0.05)
        stack.kill(POLICY_NODE)
        renew_guard(stack)  # this one counts the killed policy as a requester for 20 s
        return stop

    return inject


def guard_ends(number: Optional[signal.Signals]) -> Callable[[Stack, float], Stop]:
    """The guard gets a signal, or its executor stands still; the watchdog stops the arm."""

    def inject(stack: Stack, pause: float) -> Stop:
        if number is None:
            stack.kill(GUARD)
            stack.start_guard(stallable=True)
        with PlayedPolicy(stack.watch):
            stack.get_moving(pause)
            since = time.monotonic()
            if number is None:
                since = stack.stall(STALL)
            else:
                stack.signal(GUARD, number)
            stop = measure(stack.watch, since, lambda: "watchdog")
            if number == signal.SIGSTOP:
                time.sleep(0.5)  # frozen long enough for the robot to be paused
                stack.signal(GUARD, signal.SIGCONT)
            if number != signal.SIGKILL:
                stack.watch.wait_until(
                    lambda: guard_said(stack).startswith("stopped"), "a guard that wakes up latches"
                )
                check_it_stays(stack)
        if number == signal.SIGSTOP:
            stack.watch.call("/dashboard_client/play")
        else:
            renew_guard(stack)
        return stop

    return inject


def renew_guard(stack: Stack) -> None:
    """Another guard, and a program that runs: the watchdog stops it when a guard is gone."""
    stack.kill(GUARD)
    stack.start_guard()
    stack.watch.call("/dashboard_client/play")


def watchdog_ends(number: signal.Signals) -> Callable[[Stack, float], Stop]:
    """The watchdog gets a signal; the guard, which nobody would watch, stops the arm."""

    def inject(stack: Stack, pause: float) -> Stop:
        with PlayedPolicy(stack.watch):
            stack.get_moving(pause)
            since = time.monotonic()
            stack.signal(WATCHDOG, number)
            stop = measure(stack.watch, since, lambda: why_it_stopped(stack))
            check_it_stays(stack)
        stack.kill(WATCHDOG)
        stack.start(WATCHDOG, realtime_priority=20)
        return stop

    return inject


def arm_goes_wrong(**faults: float) -> Callable[[Stack, float], Stop]:
    """The simulated arm gets a fault by parameter, and is mended after the stop."""

    def inject(stack: Stack, pause: float) -> Stop:
        watch = stack.watch
        with PlayedPolicy(watch):
            stack.get_moving(pause)
            since = time.monotonic()
            stack.set_arm(**faults)
            watch.wait_until(lambda: not np.any(watch.commands[-1][1]), "zero is commanded")
            if STATES_TAKEN & faults.keys():
                # it made the guard stop, so the last good one was before that
                good = [t for t, where, _ in list(watch.states) if np.all(np.isfinite(where))]
                since = good[-1]
            stack.set_arm(**{name: MENDED[name] for name in faults})
            stop = measure(watch, since, lambda: why_it_stopped(stack))
            check_it_stays(stack)
        return stop

    return inject


def launch_killed(stack: LaunchedStack, pause: float) -> Stop:
    """ros2 launch is killed: nobody is left to end its processes, they see it themselves."""
    stack.start()
    drive(stack.watch, pause)
    since = time.monotonic()
    stack.kill()
    stop = measure(stack.watch, since, lambda: guard_said(stack), lead=0.05)
    stack.wait_for_the_end()
    return stop


# From the last good command or state, at 1.5 rad/s: 25 ms of holding on and 111 ms of the stop.
SOON = Bound(zero=0.15, rest=0.3)
COMMAND_FAULTS = {
    "policy silent": (silent, "command is .* s old"),
    "policy sends NaN": (not_finite, "command is not finite"),
    "policy sends other names": (other_names, "joint shoulder_pan_joint is missing"),
    "policy sends a name twice": (doubled_name, "joint shoulder_pan_joint is missing"),
    "policy sends wrong length": (wrong_length, "5 velocities for 6 joint names"),
}
UNLIKE_COMMANDED = "the arm does not follow"
FAULTS = {
    **{
        name: Fault(commands_go_wrong(fault), SOON, says)
        for name, (fault, says) in COMMAND_FAULTS.items()
    },
    "policy killed": Fault(policy_node_ends(signal.SIGKILL), SOON),
    "policy frozen": Fault(policy_node_ends(signal.SIGSTOP), SOON),
    "policy stalled": Fault(policy_node_ends(None), SOON),
    "guard killed": Fault(guard_ends(signal.SIGKILL), Bound(zero=math.inf, rest=0.25)),
    "guard frozen": Fault(guard_ends(signal.SIGSTOP), Bound(zero=math.inf, rest=0.25)),
    "guard stalled": Fault(guard_ends(None), Bound(zero=math.inf, rest=0.25)),
    # 0.2 s without a heartbeat, then the stop
    "watchdog killed": Fault(watchdog_ends(signal.SIGKILL), Bound(zero=0.35, rest=0.5)),
    "watchdog frozen": Fault(watchdog_ends(signal.SIGSTOP), Bound(zero=0.35, rest=0.5)),
    "joint states are NaN": Fault(arm_goes_wrong(nan_states=1.0), SOON, "state is not finite"),
    # 0.05 s without one, then the stop
    "joint states lost": Fault(arm_goes_wrong(state_dropout=1.0), Bound(zero=0.2, rest=0.35)),
    "joint states impossible": Fault(
        arm_goes_wrong(zero_states=1.0), Bound(zero=0.2, rest=0.35), "do not belong to one motion"
    ),
    # the guard compares what it commanded with what it sees
    "joint states frozen": Fault(
        arm_goes_wrong(frozen_states=True),
        Bound(zero=0.5, rest=0.65),
        f"{UNLIKE_COMMANDED}|velocities are wrong",
    ),
    "controller inactive, back": Fault(
        arm_goes_wrong(controller_inactive=True), Bound(zero=0.5, rest=0.65), UNLIKE_COMMANDED
    ),
    "program paused, restarts": Fault(
        arm_goes_wrong(program_paused=True), SOON, "program is not running"
    ),
    # published every 0.1 s
    "speed scaling zero": Fault(
        arm_goes_wrong(speed_scaling=0.0), Bound(zero=0.25, rest=0.4), "speed scaling is 0"
    ),
}
LAUNCH_FAULTS = {"launch killed": Fault(launch_killed, Bound(zero=0.25, rest=0.4))}
