"""Joint states that a node waits for: what it says meanwhile, and how often."""

from __future__ import annotations

import time
from typing import List

from rclpy.node import Node

from rl_manip_deploy.states.heard_joints import HeardJoints
from rl_manip_ros.interfaces import GUARD_SENT, POLICY_COMMAND, Topic

PATIENCE = 3.0  # [s] in which a driver that starts at the same time may come
SAY_AGAIN_AFTER = 30.0  # [s]


class AwaitedStates:
    """Says what arrives and what is missing: once after a moment, then every 30 s.

    Args:
        node: asks ROS who publishes what.
        topic: of the joint states.
        arm: name of the arm.
    """

    def __init__(self, node: Node, topic: Topic, arm: str) -> None:
        self._node, self._arm = node, arm
        self._topic, self._type = topic.resolved(node.get_namespace()), topic.type
        self._due = time.monotonic() + PATIENCE

    def say_when_due(self, heard: HeardJoints, wrong: str) -> None:
        """A warning in the node's log, where it is time for one; see `HeardJoints.missing`."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + SAY_AGAIN_AFTER
            self._node.get_logger().warning(self.missing(heard, wrong))

    def missing(self, heard: HeardJoints, wrong: str) -> str:
        """The sentence, with who publishes what at this moment."""
        return heard.missing(self._topic, self._arm, wrong, self._senders(), self._elsewhere())

    def _senders(self) -> List[str]:
        infos = self._node.get_publishers_info_by_topic(self._topic)
        return sorted({info.node_name for info in infos})

    def _elsewhere(self) -> List[str]:
        """Other topics of that type that somebody publishes."""
        return sorted(
            name
            for name, types in self._node.get_topic_names_and_types()
            if self._type in types
            and name != self._topic
            and self._node.count_publishers(name)
            and not _is_ours(name)
        )


def _is_ours(topic: str) -> bool:
    """Whether these are requests and commands in the form of joint states."""
    return topic.endswith((f"/{POLICY_COMMAND.name}", f"/{GUARD_SENT.name}"))
