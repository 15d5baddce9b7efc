"""The player: publishes a bag's raw messages at the pace at which they were recorded."""

from __future__ import annotations

import time
from typing import Sequence

from rclpy.context import Context
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rosbags.interfaces import Connection
from rosbags.rosbag2 import Reader
from rosidl_runtime_py.utilities import get_message

from rl_manip_ros2bag.qos_profiles import offer_as
from rl_manip_ros2bag.stop_signal import StopSignal

DISCOVERY_S = 0.5
"""Subscribers get so long to find the publishers before the first message."""

LAST_ACKNOWLEDGEMENT_S = 2.0
"""Reliable subscribers get so long to receive the last messages."""

QUEUE_DEPTH = 100
"""Messages that a slow reliable subscriber may lag behind."""


class PlayerNode(Node):
    """Plays an open bag, `rate` times as fast as recorded, until its end or until `stop` is set."""

    def __init__(self, reader: Reader, rate: float, stop: StopSignal, context: Context) -> None:
        super().__init__(
            "rosbag2_player", context=context, enable_rosout=False, start_parameter_services=False
        )
        self.reader, self.rate, self.stop = reader, rate, stop

    def play(self, connections: Sequence[Connection], offset_s: float) -> None:
        """Publish the connections' messages from `offset_s` [s] after the bag's start."""
        publishers = {connection.id: self.publisher(connection) for connection in connections}
        begin = self.reader.start_time + int(offset_s * 1e9)
        if self.stop.wait(DISCOVERY_S):
            return
        started = time.monotonic()
        for connection, recorded, message in self.reader.messages(connections, start=begin):
            due = started + (recorded - begin) * 1e-9 / self.rate
            if self.stop.wait(max(0.0, due - time.monotonic())):
                break
            publishers[connection.id].publish(bytes(message))
        for publisher in publishers.values():
            publisher.wait_for_all_acked(Duration(seconds=LAST_ACKNOWLEDGEMENT_S))
            self.destroy_publisher(publisher)

    def publisher(self, connection: Connection) -> Publisher:
        """A publisher with the QoS that was offered when the topic was recorded."""
        qos = offer_as(connection.ext.offered_qos_profiles, QUEUE_DEPTH)
        return self.create_publisher(get_message(connection.msgtype), connection.topic, qos)
