"""The recorder: finds topics, subscribes to their raw messages, hands them to the bag."""

from __future__ import annotations

import time
from typing import Callable

from rclpy.context import Context
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from rosidl_runtime_py.utilities import get_message

from rl_manip_ros2bag.bag_file import BagFile
from rl_manip_ros2bag.qos_profiles import as_recorded, receive_all
from rl_manip_ros2bag.stop_signal import StopSignal

TAKE_PERIOD_S = 0.02
"""Messages wait in the middleware for so long: taking many at once costs far less than an executor
that wakes up for each; their times are those of the sending."""

QUEUE_DEPTH = 2000
"""Messages per topic that may wait: 100,000 a second and topic at the period above."""

DISCOVERY_PERIOD_S = 0.1
"""Between two looks at the graph, as rosbag2's default."""

SEAL_PERIOD_S = 0.3
"""At most so much is lost if the recorder is killed or the disk is full."""


class RecorderNode(Node):
    """Records every topic for whose name `wants(name)` holds, until `stop` is set."""

    def __init__(
        self,
        bag: BagFile,
        wants: Callable[[str], bool],
        stop: StopSignal,
        context: Context,
    ) -> None:
        super().__init__(
            "rosbag2_recorder", context=context, enable_rosout=False, start_parameter_services=False
        )
        self.bag, self.wants, self.stop = bag, wants, stop
        self.recorded: dict[str, Subscription] = {}
        self.offered: dict[str, tuple] = {}
        self.refused: set[str] = set()

    def record(self) -> None:
        """Record until `stop` is set; returns with every received message written."""
        self.get_logger().info("Recording...")
        next_discovery = next_seal = 0.0
        while not self.stop.is_set():
            now = time.monotonic()
            if now >= next_discovery:
                self.discover()
                next_discovery = now + DISCOVERY_PERIOD_S
            self.take_all()
            if now >= next_seal:
                self.bag.seal()
                next_seal = now + SEAL_PERIOD_S
            self.stop.wait(TAKE_PERIOD_S)
        self.take_all()

    def discover(self) -> None:
        """Subscribe to new topics, and anew to those whose publishers offer another QoS now."""
        for topic, types in self.get_topic_names_and_types():
            if topic in self.refused or not self.wants(topic):
                continue
            publishers = self.get_publishers_info_by_topic(topic)
            profiles = [publisher.qos_profile for publisher in publishers]
            offered = tuple(sorted({(int(p.reliability), int(p.durability)) for p in profiles}))
            if not offered or offered == self.offered.get(topic):
                continue
            if topic in self.recorded:
                self.subscribe_again(topic, receive_all(profiles, QUEUE_DEPTH))
            elif len(types) > 1:
                self.refuse(topic, f"it has more than one type: {', '.join(types)}")
            else:
                self.add(topic, types[0], profiles)
            self.offered[topic] = offered

    def add(self, topic: str, message_type: str, profiles: list[QoSProfile]) -> None:
        """Record a topic from now on."""
        try:
            message_class = get_message(message_type)
            self.bag.add_topic(topic, message_type, [as_recorded(profile) for profile in profiles])
        except (KeyError, ValueError, AttributeError, ModuleNotFoundError):
            self.refuse(topic, f"its type {message_type} is not installed")
            return
        self.recorded[topic] = self.subscribe(
            topic, message_class, receive_all(profiles, QUEUE_DEPTH)
        )
        self.get_logger().info(f"Subscribed to topic '{topic}'")

    def subscribe(self, topic: str, message_class: type, qos: QoSProfile) -> Subscription:
        """A subscription whose messages wait until they are taken."""
        return self.create_subscription(message_class, topic, lambda _: None, qos, raw=True)

    def subscribe_again(self, topic: str, qos: QoSProfile) -> None:
        """Exchange a topic's subscription for one with another QoS, unless it has it already."""
        old = self.recorded[topic]
        wanted = (qos.reliability, qos.durability)
        if wanted == (old.qos_profile.reliability, old.qos_profile.durability):
            return
        self.take(topic, old)
        self.recorded[topic] = self.subscribe(topic, old.msg_type, qos)
        self.destroy_subscription(old)

    def refuse(self, topic: str, reason: str) -> None:
        """Leave a topic out, and say so once."""
        self.refused.add(topic)
        self.get_logger().warning(f"Topic '{topic}' is not recorded: {reason}")

    def take_all(self) -> None:
        """Write every message that waits."""
        for topic, subscription in self.recorded.items():
            self.take(topic, subscription)

    def take(self, topic: str, subscription: Subscription) -> None:
        """Write every message that waits in one subscription."""
        message_class = subscription.msg_type
        with subscription.handle:
            while taken := subscription.handle.take_message(message_class, True):
                message, info = taken
                # Publishers are on this computer, and share its clock: on a busy one reception
                # lags by many control cycles. Some middlewares do not say when it was sent.
                sent = info["source_timestamp"] or time.time_ns()
                self.bag.write(topic, sent, message)
