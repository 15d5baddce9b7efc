"""The guard's services."""

from __future__ import annotations

from typing import Optional

from rclpy.client import Client
from rclpy.node import Node
from std_srvs.srv import Trigger

from rl_manip_cockpit.ros.answered_call import Answered, call
from rl_manip_ros.endpoints import client
from rl_manip_ros.interfaces import GUARD_ARM, GUARD_STOP

PATIENCE = 1.0  # [s]


class GuardCalls:
    """Calls arm and stop.

    Args:
        node: that calls.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._arm, self._stop = client(node, GUARD_ARM), client(node, GUARD_STOP)

    def arm(self, answered: Answered) -> None:
        """Arms the guard."""
        self._call(self._arm, answered)

    def stop(self, answered: Answered) -> None:
        """Stops the arm."""
        self._call(self._stop, answered)

    def _call(self, service: Client, answered: Answered) -> None:
        def take(answer: Optional[Trigger.Response], missing: str) -> None:
            if answer is None:
                answered(False, missing)
            else:
                answered(answer.success, answer.message)

        call(self._node, service, Trigger.Request(), "velocity guard", PATIENCE, take)
