"""A service called so that an answer, or that none comes, is always heard of."""

from __future__ import annotations

from typing import Any, Callable, Optional

from rclpy.client import Client
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future

Answered = Callable[[bool, str], None]
"""Takes whether it was done, and what the node that was asked says."""
STEADY = Clock(clock_type=ClockType.STEADY_TIME)


def call(
    node: Node,
    service: Client,
    request: Any,
    whose: str,
    patience: float,
    answered: Callable[[Optional[Any], str], None],
) -> None:
    """Calls a service.

    Args:
        node: that calls.
        whose: who answers it, for a sentence.
        patience: time for an answer [s].
        answered: takes the answer, or None and why there is none.
    """
    if not service.service_is_ready():
        answered(None, f"the {whose} is not there")
        return
    future = service.call_async(request)
    timer = node.create_timer(patience, lambda: future.cancel(), clock=STEADY)

    def done(ended: Future) -> None:
        node.destroy_timer(timer)
        answer = None if ended.cancelled() else ended.result()
        if answer is None:
            service.remove_pending_request(ended)
        missing = f"the {whose} did not answer within {patience:g} s" if answer is None else ""
        answered(answer, missing)

    future.add_done_callback(done)
