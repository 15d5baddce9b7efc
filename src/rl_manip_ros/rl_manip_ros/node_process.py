"""A process that is one node: from its parameters to its last words."""

from __future__ import annotations

import gc
import sys
from typing import Callable, TypeVar

import rclpy
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.executors import Executor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from rl_manip_ros.stop_request import StopRequest

N = TypeVar("N", bound=Node)


def run_node(
    make_node: Callable[[], N],
    make_executor: Callable[[], Executor],
    leave: Callable[[N, Executor, str], int],
    until: Callable[[N], bool] = lambda node: False,
) -> int:
    """Spins a node until it is asked to stop; the exit code: 1, with a sentence, on bad parameters.

    Args:
        make_node: its name is the one that the sentence begins with.
        make_executor: of one thread.
        leave: what is left to do after the reason to stop; returns the exit code.
        until: a reason of the node's own to end.
    """
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    stop = StopRequest()
    try:
        node = make_node()
    except (ValueError, InvalidParameterTypeException) as error:
        print(f"{make_node.__module__.rpartition('.')[2]}: {error}", file=sys.stderr)
        return 1
    executor = make_executor()
    executor.add_node(node)
    # what lives now lives for ever; collections then only look at what came later
    gc.collect()
    gc.freeze()
    try:
        while not stop.reason and not until(node):
            executor.spin_once(timeout_sec=0.1)
    finally:
        code = leave(node, executor, stop.reason)
    executor.shutdown()
    node.destroy_node()
    rclpy.try_shutdown()
    return code
