"""Frames that other nodes tell on /tf and /tf_static, kept by tf2_ros where it is installed.

in   /tf, /tf_static tf2_msgs/TFMessage
"""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
from rclpy.node import Node
from rclpy.time import Time

from rl_manip_deploy.frames.pose_frames import SeenFrame
from rl_manip_description.kinematics.serial_chain import matrix_from_quaternion, pose_of
from rl_manip_ros.endpoints import subscription
from rl_manip_ros.interfaces import TF, TF_STATIC

OLDEST = 0.5
"""[s] that the newest transform of a frame that moves is old, at most, for a pose without stamp."""
KEPT = 100
"""Messages that wait, as tf2's own listener has it."""
# Clocks of two computers that are kept alike differ by less [s].
AHEAD = 0.1
_TELLS = "default_authority"  # as tf2's own listener has it


class TfTransforms:
    """Looks frames up in a buffer of tf2; never waits for one.

    Args:
        tf2_ros: the module.
        node: that hears the topics.
    """

    def __init__(self, tf2_ros: Any, node: Node) -> None:
        self._tf2_ros, self._clock = tf2_ros, node.get_clock()
        self._buffer = tf2_ros.Buffer()
        subscription(node, TF, self._on_moving, KEPT)
        subscription(node, TF_STATIC, self._on_fixed, KEPT)

    def knows(self, frame: str, base: str) -> bool:
        """See `Transforms`."""
        try:
            self._at(frame, base, 0)
        except self._tf2_ros.TransformException:
            return False
        return True

    def frames(self) -> Sequence[str]:
        """See `Transforms`."""
        # a line each, such as "Frame table exists with parent world."
        lines = [line.split() for line in str(self._buffer.all_frames_as_string()).splitlines()]
        return [words[1] for words in lines if words[:1] == ["Frame"]]

    def seen(self, frame: str, base: str, stamp_ns: int, slack: float) -> SeenFrame:
        """See `Transforms`."""
        try:
            if not stamp_ns:
                return self._newest(frame, base)
            try:
                return SeenFrame(_pose(self._at(frame, base, stamp_ns)))
            except self._tf2_ros.ExtrapolationException:
                return self._beyond(frame, base, stamp_ns, slack)
        except self._tf2_ros.TransformException as error:
            return SeenFrame(None, f"/tf does not tell it: {error}")

    def _on_moving(self, message: Any) -> None:
        for transform in message.transforms:
            self._buffer.set_transform(transform, _TELLS)

    def _on_fixed(self, message: Any) -> None:
        for transform in message.transforms:
            self._buffer.set_transform_static(transform, _TELLS)

    def _newest(self, frame: str, base: str) -> SeenFrame:
        """By what came last, where that is not old; what is fixed has no time."""
        transform = self._at(frame, base, 0)
        time_ns = _time_ns(transform)
        age = 1e-9 * (self._clock.now().nanoseconds - time_ns)
        if time_ns and age > OLDEST:
            said = f"its newest transform on /tf is {age:.2f} s old: let it be published more often"
            return SeenFrame(None, said, is_early=True)
        if time_ns and age < -AHEAD:
            said = f"its newest transform on /tf is from {-age:.2f} s in the future: set the clocks"
            return SeenFrame(None, said)
        return SeenFrame(_pose(transform))

    def _beyond(self, frame: str, base: str, stamp_ns: int, slack: float) -> SeenFrame:
        """By the newest transform for a stamp that nearly has one; else why it has none."""
        transform = self._at(frame, base, 0)
        after = 1e-9 * (stamp_ns - _time_ns(transform))
        if 0.0 <= after <= slack:
            return SeenFrame(_pose(transform))
        if after < 0.0:
            said = f"the pose is stamped {-after:.2f} s before its newest transform on /tf, and"
            return SeenFrame(None, f"{said} transforms of that time are not kept: send it anew")
        said = f"its newest transform on /tf is {after:.2f} s older than the pose"
        remedy = "let it be published more often, or set the clocks"
        return SeenFrame(None, f"{said}: {remedy}", is_early=True)

    def _at(self, frame: str, base: str, stamp_ns: int) -> Any:
        return self._buffer.lookup_transform(base, frame, Time(nanoseconds=stamp_ns))


def heard_transforms(node: Node) -> Optional[TfTransforms]:
    """What hears TF; None where tf2_ros is not installed."""
    try:
        import tf2_ros
    except ImportError:
        return None
    return TfTransforms(tf2_ros, node)


def _time_ns(transform: Any) -> int:
    stamp = transform.header.stamp
    return int(stamp.sec * 1_000_000_000 + stamp.nanosec)


def _pose(transform: Any) -> np.ndarray:
    """(4, 4) of a geometry_msgs/TransformStamped."""
    at, turned = transform.transform.translation, transform.transform.rotation
    pose = pose_of((at.x, at.y, at.z))
    pose[:3, :3] = matrix_from_quaternion(np.array((turned.x, turned.y, turned.z, turned.w)))
    return pose
