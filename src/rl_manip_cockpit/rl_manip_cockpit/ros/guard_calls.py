"""The guard's services, called so that an answer, or that none comes, is always heard of."""

from __future__ import annotations

from typing import Callable

from rclpy.client import Client
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger

from rl_manip_ros.endpoints import client
from rl_manip_ros.interfaces import GUARD_ARM, GUARD_STOP

ANSWER_PATIENCE = 1.0  # [s]
Answered = Callable[[bool, str], None]
"""Takes whether it was done, and what the guard says."""


class GuardCalls:
    """Calls arm and stop.

    Args:
        node: that calls.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._arm, self._stop = client(node, GUARD_ARM), client(node, GUARD_STOP)
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)

    def arm(self, answered: Answered) -> None:
        """Arms the guard."""
        self._call(self._arm, answered)

    def stop(self, answered: Answered) -> None:
        """Stops the arm."""
        self._call(self._stop, answered)

    def _call(self, service: Client, answered: Answered) -> None:
        if not service.service_is_ready():
            answered(False, "the velocity guard is not there")
            return
        future = service.call_async(Trigger.Request())
        patience = self._node.create_timer(
            ANSWER_PATIENCE, lambda: future.cancel(), clock=self._steady
        )

        def done(ended: Future) -> None:
            self._node.destroy_timer(patience)
            answer = None if ended.cancelled() else ended.result()
            if answer is None:
                service.remove_pending_request(ended)
                answered(False, f"the guard did not answer within {ANSWER_PATIENCE:g} s")
            else:
                answered(answer.success, answer.message)

        future.add_done_callback(done)
