"""The part of the policy node that hears what the wrist feels."""

from __future__ import annotations

from rclpy.node import Node

from rl_manip_deploy.policy.policy_inputs import Wrench
from rl_manip_deploy.ros.robot.wrench_messages import elements_of
from rl_manip_ros.endpoints import PolledSubscription
from rl_manip_ros.interfaces import WRENCH


class WrenchPort:
    """Hears of the wrench.

    Args:
        node: that listens.
        source: takes what was heard.
    """

    def __init__(self, node: Node, source: Wrench) -> None:
        self._node, self._source = node, source
        self._wrenches = PolledSubscription(node, WRENCH)

    def look(self) -> None:
        """Takes the newest wrench, where one came."""
        if (taken := self._wrenches.take()) is None:
            return
        message, received = taken
        refusal = self._source.take(message.header.frame_id, elements_of(message), received)
        if refusal:
            self._node.get_logger().warning(refusal, throttle_duration_sec=5.0)

    def destroy(self) -> None:
        """Ends the subscription."""
        self._wrenches.destroy()
