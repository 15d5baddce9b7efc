"""Where a hole is seen.

in   /hole_pose geometry_msgs/PoseStamped (latched)
"""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np
from rclpy.node import Node

from rl_manip_deploy.frames.pose_frames import HOLE
from rl_manip_deploy.policy.goals.hole_goals import seated
from rl_manip_deploy.policy.policy_inputs import checked_pose
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description.contract.hole_spec import HoleSpec
from rl_manip_ros.endpoints import PolledSubscription
from rl_manip_ros.interfaces import HOLE_POSE


class HoleSight:
    """Hears where the hole is said to be.

    Args:
        node: that listens.
        spec: sizes of peg and hole.
        frames: in which the hole may be seen.
        joints: where the arm's joints were, for a camera on it.
    """

    def __init__(
        self, node: Node, spec: HoleSpec, frames: ToldFrames, joints: StampedPositions
    ) -> None:
        self._node, self._spec = node, spec
        self._frames, self._joints = frames, joints
        self._poses = PolledSubscription(node, HOLE_POSE)
        self._newest: Optional[Tuple[Any, float]] = None  # and not looked at yet
        self.goal: Optional[np.ndarray] = None
        """(7,) [m] and xyzw: pose of the tool with the peg in the hole; None before one is seen."""

    def look(self) -> bool:
        """Takes the newest pose once its frame is known at its time; whether the hole was seen."""
        self._newest = self._poses.take() or self._newest
        if self._newest is not None:
            self._locate(*self._newest)
        return self.goal is not None

    def _locate(self, message: Any, received: float) -> None:
        frame, pose, refusal, is_early = self._frames.locate(HOLE, message, self._joints, received)
        if is_early:
            return
        self._newest = None
        hole, wrong = checked_pose("hole", self._frames.base, frame, pose, with_orientation=True)
        if refusal or wrong:
            self._node.get_logger().warning(refusal or wrong)
            return
        self.goal = seated(hole, self._spec)
