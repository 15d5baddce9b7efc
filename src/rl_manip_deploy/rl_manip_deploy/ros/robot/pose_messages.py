"""Poses in messages as seven numbers, and back."""

from __future__ import annotations

from typing import Sequence, Tuple, Union

import numpy as np
from geometry_msgs.msg import Pose, PoseStamped
from rclpy.node import Node


def pose_numbers(pose: Pose) -> Tuple[float, ...]:
    """(7,) xyz [m] and xyzw of a message."""
    at, turned = pose.position, pose.orientation
    return (at.x, at.y, at.z, turned.x, turned.y, turned.z, turned.w)


def pose_message(node: Node, frame: str, pose: Union[Sequence[float], np.ndarray]) -> PoseStamped:
    """A message of a pose (7,), xyz [m] and xyzw, in a frame, with the node's present time."""
    message = PoseStamped()
    message.header.frame_id = frame
    message.header.stamp = node.get_clock().now().to_msg()
    at, turned = message.pose.position, message.pose.orientation
    at.x, at.y, at.z, turned.x, turned.y, turned.z, turned.w = map(float, pose)
    return message


def stamp_of(message: PoseStamped) -> int:
    """Time in a message's header [ns]; 0 where there is none."""
    stamp = message.header.stamp
    return int(stamp.sec * 1_000_000_000 + stamp.nanosec)


def age_of(stamp: int, now: int) -> float:
    """Age of a message by its stamp [s], both times in [ns]; 0 where it has none."""
    return 1e-9 * (now - stamp) if stamp else 0.0
