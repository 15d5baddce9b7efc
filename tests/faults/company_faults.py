"""Others on the ROS domain: a second requester or commander; requests and states that are rare."""

from __future__ import annotations

import threading
import time
from typing import Callable

import numpy as np
from deploy_stack import PlayedPolicy, Stack
from injection import Fault, check_it_stays, guard_said, why_it_stopped
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray
from stop_measurement import Bound, Stop, measure

SLOW = 0.04  # [s] between requests of a policy that repeats nothing: 25 Hz
RARE = 0.048  # [s] between joint states of a slow driver
# The guard looks at who publishes every 0.2 s; then the stop.
SEEN = Bound(zero=0.4, rest=0.55)


class Intruder:
    """Another node that publishes where only one may."""

    def __init__(self, stack: Stack, kind: type, topic: str, message: object) -> None:
        self._node, self._message = stack.watch.node, message
        self._publisher = self._node.create_publisher(kind, topic, 1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._publish, daemon=True)

    def __enter__(self) -> Intruder:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._node.destroy_publisher(self._publisher)

    def _publish(self) -> None:
        while not self._ended.wait(0.1):
            self._publisher.publish(self._message)


def intruded(kind: type, topic: str, make: Callable[[Stack], object]) -> Callable:
    """A second publisher appears while the arm moves, and goes again."""

    def inject(stack: Stack, pause: float) -> Stop:
        with PlayedPolicy(stack.watch):
            stack.get_moving(pause)
            since = time.monotonic()
            with Intruder(stack, kind, topic, make(stack)):
                stack.watch.wait_until(
                    lambda: guard_said(stack).startswith("stop"), "the guard sees the other one"
                )
                stop = measure(
                    stack.watch,
                    since,
                    lambda: why_it_stopped(stack),
                    others_command=kind is Float64MultiArray,
                )
            check_it_stays(stack)
        return stop

    return inject


def at_rest(stack: Stack) -> JointState:
    """A request for standing still."""
    names = list(stack.watch.arm.joint_names)
    return JointState(name=names, velocity=[0.0] * len(names))


def silent_at_25_hz(stack: Stack, pause: float) -> Stop:
    """A requester that sends every 40 ms sends nothing more."""
    with PlayedPolicy(stack.watch, SLOW) as policy:
        stack.get_moving(pause)
        policy.fault = lambda message: None
        stop = measure(stack.watch, policy.last_good, lambda: why_it_stopped(stack), lead=SLOW)
        policy.fault = None
        check_it_stays(stack)
    return stop


def silent_with_rare_states(stack: Stack, pause: float) -> Stop:
    """Requests end while joint states come every 48 ms only."""
    stack.set_arm(state_interval=RARE)
    try:
        with PlayedPolicy(stack.watch) as policy:
            stack.get_moving(pause)
            policy.fault = lambda message: None
            stop = measure(stack.watch, policy.last_good, lambda: why_it_stopped(stack), lead=RARE)
            policy.fault = None
            check_it_stays(stack)
    finally:
        stack.set_arm(state_interval=0.0)
    return stop


COMPANY_FAULTS = {
    "second requester": Fault(
        intruded(JointState, "/policy/command", at_rest), SEEN, "2 nodes publish requests"
    ),
    "second commander": Fault(
        intruded(
            Float64MultiArray,
            "/forward_velocity_controller/commands",
            lambda stack: Float64MultiArray(data=np.zeros(stack.watch.arm.num_joints).tolist()),
        ),
        SEEN,
        "1 other node.* to the controller",
    ),
    # held for as long as suits its rate, then the stop
    "requests at 25 Hz end": Fault(silent_at_25_hz, Bound(zero=0.25, rest=0.4)),
    "states every 48 ms": Fault(silent_with_rare_states, Bound(zero=0.25, rest=0.4)),
}
