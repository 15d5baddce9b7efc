"""Looks up the newest message of a topic, once a control cycle, as a controller does."""

from __future__ import annotations

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node


class NewestMessage:
    """A topic's newest message; waking up for each would cost a third of a core."""

    def __init__(self, node: Node, message_type: type, topic: str) -> None:
        self._type = message_type
        self._subscription = node.create_subscription(
            message_type, topic, lambda message: None, 1, callback_group=_NeverExecuted()
        )

    def take(self):
        """The newest message since the last call, or None."""
        handle = self._subscription.handle
        with handle:
            taken = handle.take_message(self._type, False)
        return taken[0] if taken else None


class _NeverExecuted(CallbackGroup):
    """Keeps the executor from waiting for a subscription."""

    def can_execute(self, entity) -> bool:
        return False

    def beginning_execution(self, entity) -> bool:
        return False

    def ending_execution(self, entity) -> None:
        return None
