"""Publishers, subscriptions, services, clients and actions made of what `interfaces` says."""

from __future__ import annotations

import time
from typing import Any, Callable, List, Optional, Tuple

from rclpy.action import ActionClient, ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import CallbackGroup
from rclpy.client import Client
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from rosidl_runtime_py.utilities import get_action, get_message, get_service

from rl_manip_ros.interfaces import Action, Delivery, Service, Topic


def _latched(depth: int = 1) -> QoSProfile:
    return QoSProfile(depth=depth, durability=DurabilityPolicy.TRANSIENT_LOCAL)


def sender_qos(topic: Topic) -> QoSProfile:
    """How a topic is sent."""
    if topic.delivery is Delivery.LATCHED:
        return _latched()
    if topic.delivery is Delivery.BEAT:
        return QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    return QoSProfile(depth=topic.kept)


def reader_qos(topic: Topic, depth: int = 1) -> QoSProfile:
    """How a topic is read; a best-effort reader takes what reliable senders send, too.

    Args:
        depth: how many of the newest messages wait for the reader.
    """
    if topic.delivery is Delivery.LATCHED:
        return _latched(depth)
    if topic.delivery is Delivery.EVENT:
        return QoSProfile(depth=depth)
    return QoSProfile(depth=depth, reliability=ReliabilityPolicy.BEST_EFFORT)


def publisher(node: Node, topic: Topic) -> Publisher:
    """Sends on a topic."""
    return node.create_publisher(get_message(topic.type), topic.name, sender_qos(topic))


def subscription(
    node: Node, topic: Topic, callback: Callable[..., None], depth: int = 1
) -> Subscription:
    """Calls back for each message of a topic."""
    kind = get_message(topic.type)
    return node.create_subscription(kind, topic.name, callback, reader_qos(topic, depth))


def client(node: Node, service: Service) -> Client:
    """Calls a service."""
    return node.create_client(get_service(service.type), service.name)


def serve(
    node: Node,
    service: Service,
    callback: Callable[[Any, Any], Any],
    group: Optional[CallbackGroup] = None,
) -> None:
    """Answers a service."""
    node.create_service(get_service(service.type), service.name, callback, callback_group=group)


def _action_type(name: str, otherwise: str) -> Any:
    """An action's type, or a ValueError that says `otherwise` where it is not there."""
    try:
        return get_action(name)
    except (ImportError, AttributeError, ValueError):
        raise ValueError(otherwise) from None


def require_action(type_name: str) -> None:
    """Raise ValueError where an action's type is not built here."""
    _action_type(
        type_name,
        f"{type_name.split('/')[0]} is not built here: run `make setup`, which says what it "
        "needs for that; without it goals go by topic.",
    )


def action_client(node: Node, action: Action) -> Tuple[ActionClient, Any]:
    """Sends goals to an action, and the type that they are made of.

    Raises:
        ValueError: that type is not installed.
    """
    package = action.type.split("/")[0]
    kind = _action_type(
        action.type,
        f"{action.name} takes goals of {package}, which is not installed: install "
        f"ros-<your distribution>-{package.replace('_', '-')}.",
    )
    return ActionClient(node, kind, action.name), kind


class ActionEnd:
    """The server of an action; `destroy` ends it."""

    def __init__(self, action: Action, kind: Any, server: ActionServer) -> None:
        self.action, self.kind = action, kind
        self.destroy: Callable[[], None] = server.destroy


def serve_action(
    node: Node,
    action: Action,
    execute: Callable[[Any], Any],
    *,
    offered: Callable[[Any], GoalResponse],
    accepted: Callable[[Any], None],
    called_off: Callable[[Any], CancelResponse],
    group: CallbackGroup,
) -> ActionEnd:
    """Serves an action.

    Args:
        execute: drives to a goal by its handle, and returns the result.
        offered: says whether a goal is taken.
        accepted: begins with a goal that was taken.
        called_off: says whether a goal may be called off.
    """
    kind = get_action(action.type)
    server = ActionServer(
        node,
        kind,
        action.name,
        execute,
        callback_group=group,
        goal_callback=offered,
        handle_accepted_callback=accepted,
        cancel_callback=called_off,
    )
    return ActionEnd(action, kind, server)


class PolledSubscription:
    """The newest messages of a topic, looked up when they are needed; wakes nobody when they come.

    Needs an executor that asks callback groups, as SingleThreadedExecutor does.

    Args:
        depth: how many of the newest messages are kept for the next look.
        reliable: tells senders that they came, as a controller of ros2_control does.
    """

    def __init__(self, node: Node, topic: Topic, depth: int = 1, reliable: bool = False) -> None:
        self._type = get_message(topic.type)
        self._last_look = time.monotonic()
        self._node = node
        self._subscription = node.create_subscription(
            self._type,
            topic.name,
            lambda message: None,
            QoSProfile(depth=depth) if reliable else reader_qos(topic, depth),
            callback_group=_NeverExecuted(),
        )

    def take(self) -> Optional[Tuple[Any, float]]:
        """The newest message since the last look, and when it came, on the steady clock [s]."""
        taken = self.take_all()
        return taken[-1] if taken else None

    def take_all(self) -> List[Tuple[Any, float]]:
        """The messages kept since the last look, oldest first, each with when it came [s].

        The middleware dates messages on the system clock, which may jump; what it says counts only
        as far as the message can really have come since the last look.
        """
        handle, found = self._subscription.handle, []
        with handle:
            while taken := handle.take_message(self._type, False):
                found.append(taken)
        now, last, self._last_look = time.monotonic(), self._last_look, time.monotonic()
        system = time.time_ns()
        ages = [1e-9 * (system - info["received_timestamp"]) for _, info in found]
        return [(message, min(max(now - age, last), now)) for (message, _), age in zip(found, ages)]

    def destroy(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)


class _NeverExecuted(CallbackGroup):
    """Keeps an executor from waiting for a subscription."""

    def can_execute(self, entity: object) -> bool:
        return False

    def beginning_execution(self, entity: object) -> bool:
        return False

    def ending_execution(self, entity: object) -> None:
        return None
