"""Where a hole is seen.

in   /hole_pose geometry_msgs/PoseStamped (latched)
"""

from __future__ import annotations

from typing import Optional

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node

from rl_manip_deploy.policy.goals.hole_goals import seated
from rl_manip_deploy.ros.robot.pose_messages import pose_numbers
from rl_manip_description.contract.hole_spec import HoleSpec
from rl_manip_ros.endpoints import subscription
from rl_manip_ros.interfaces import HOLE_POSE


class HoleSight:
    """Hears where the hole is said to be.

    Args:
        node: that listens.
        spec: sizes of peg and hole.
        frame: in which poses must be.
    """

    def __init__(self, node: Node, spec: HoleSpec, frame: str) -> None:
        self._node, self._spec, self._frame = node, spec, frame
        self.goal: Optional[np.ndarray] = None
        """(7,) [m] and xyzw: pose of the tool with the peg in the hole; None before one is seen."""
        subscription(node, HOLE_POSE, self._on_pose)

    def _on_pose(self, message: PoseStamped) -> None:
        pose, frame = np.array(pose_numbers(message.pose)), message.header.frame_id
        length = float(np.linalg.norm(pose[3:]))
        if frame != self._frame or not abs(length - 1.0) < 0.1 or not np.all(np.isfinite(pose)):
            self._node.get_logger().warning(
                f"hole pose {pose.tolist()} in frame {frame!r} refused: give finite numbers and a "
                f"unit quaternion in {self._frame!r}"
            )
            return
        pose[3:] /= length
        self.goal = seated(pose, self._spec)
