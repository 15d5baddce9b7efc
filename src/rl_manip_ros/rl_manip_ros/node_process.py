"""A process that is one node: from its parameters to its last words."""

from __future__ import annotations

import gc
import sys
import time
from typing import Callable, Optional, TypeVar

import rclpy
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from rl_manip_ros.domain import domain_trouble
from rl_manip_ros.stop_request import StopRequest, ignore_further_requests
from rl_manip_ros.transports import shared_memory_in_use

N = TypeVar("N", bound=Node)
LOOK_PERIOD = 0.02  # [s] between two looks at the parent, and the longest wait for a message


def start_ros() -> None:
    """ROS in this process, whose signals a `StopRequest` takes.

    Ends the process with a sentence where its domain cannot be.
    """
    if trouble := domain_trouble():
        sys.exit(trouble)
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)


def run_node(
    make_node: Callable[[], N],
    make_executor: Callable[[], Executor],
    leave: Callable[[N, Executor, str], int],
    until: Callable[[N], bool] = lambda node: False,
    suspended: Optional[Callable[[N], None]] = None,
) -> int:
    """Spins a node until it is asked to stop; the exit code: 1, with a sentence, on bad parameters.

    Args:
        make_node: its name is the one that the sentence begins with.
        make_executor: of one thread.
        leave: what is left to do after the reason to stop; returns the exit code.
        until: a reason of the node's own to end.
        suspended: called while the process that started this one is frozen, as by Ctrl+Z.
    """
    start_ros()
    stop = StopRequest()
    try:
        node = make_node()
    except ValueError as error:
        print(f"{make_node.__module__.rpartition('.')[2]}: {error}", file=sys.stderr)
        return 1
    if warning := shared_memory_in_use():
        node.get_logger().warning(warning)
    executor = make_executor()
    executor.add_node(node)
    # what lives now lives for ever; collections then only look at what came later
    gc.collect()
    gc.freeze()
    looked = time.monotonic()
    try:
        while not stop.reason and not until(node):
            executor.spin_once(timeout_sec=LOOK_PERIOD)
            if time.monotonic() - looked >= LOOK_PERIOD:
                looked = time.monotonic()
                if stop.look_at_parent() and suspended is not None:
                    suspended(node)
    finally:
        code = leave(node, executor, stop.reason)
    ignore_further_requests()
    executor.shutdown()
    node.destroy_node()
    rclpy.try_shutdown()
    return code


def quick_executor() -> Executor:
    """One thread, woken by events: 2.5 times less work per message than rclpy's wait sets.

    Not for nodes with a `PolledSubscription`: this executor takes those messages too.
    """
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError:  # Humble, and early patches of Jazzy
        return SingleThreadedExecutor()
    return EventsExecutor()
