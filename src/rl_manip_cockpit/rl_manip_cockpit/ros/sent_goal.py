"""The goal that was sent last, by whomever, for as long as the policy node keeps it.

in   goal_pose geometry_msgs/PoseStamped · what became of it, by the policy node, std_msgs/String
     (latched)
"""

from __future__ import annotations

from typing import Callable, Optional

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from std_msgs.msg import String

from rl_manip_deploy.policy.goals.goal_word import Fate, GoalWord
from rl_manip_deploy.ros.robot.pose_messages import stamp_of
from rl_manip_ros.endpoints import subscription
from rl_manip_ros.interfaces import GOAL_POSE, POLICY_GOAL


class SentGoal:
    """Without a policy node that says otherwise, a goal stays until the next.

    Args:
        node: that listens.
        in_base: brings a goal into the base frame (7,); None where it cannot.
    """

    def __init__(self, node: Node, in_base: Callable[[PoseStamped], Optional[np.ndarray]]) -> None:
        self.pose: Optional[np.ndarray] = None
        """Position [m] and quaternion xyzw (7,) in the base frame; None where no goal counts."""
        self.word: Optional[GoalWord] = None
        """What became of the last goal; None where nobody said."""
        self._in_base, self._stamp = in_base, 0
        self._before: Optional[np.ndarray] = None
        subscription(node, GOAL_POSE, self._on_goal)
        subscription(node, POLICY_GOAL, self._on_word)

    def _on_goal(self, message: PoseStamped) -> None:
        goal = self._in_base(message)
        if goal is not None:
            self._before, self.pose, self._stamp = self.pose, goal, stamp_of(message)

    def _on_word(self, message: String) -> None:
        self.word = word = GoalWord.read(message.data)
        if word is None or word.stamp != self._stamp:
            return
        if word.fate is Fate.DROPPED:
            self.pose = None
        elif word.fate is Fate.REFUSED:
            self.pose = self._before
