"""A gripper whose driver takes goals of an action instead of a stream of positions.

goals of <command_action> control_msgs/action/GripperCommand, as Franka's and UFACTORY's take
"""

from __future__ import annotations

import math

from rclpy.node import Node

from rl_manip_description import Gripper
from rl_manip_ros.endpoints import action_client
from rl_manip_ros.interfaces import gripper_goals

PERIOD = 0.2  # [s] between two goals at the least: drivers begin each motion anew
STEP = 0.03  # of the joint's range: smaller changes of what is wanted are none


class GripperGoals:
    """Sends a goal whenever the wanted position differs from the last goal's.

    Args:
        node: that sends.
        gripper: with a `command_action`.

    Raises:
        ValueError: the action's type is not installed.
    """

    def __init__(self, node: Node, gripper: Gripper) -> None:
        self._node, self._effort = node, gripper.grip_force
        self._ends = (gripper.open_position, gripper.closed_position)
        self._step = STEP * abs(gripper.open_position - gripper.closed_position)
        self._action = gripper_goals(gripper.command_action)
        self._client, self._kind = action_client(node, self._action)
        self._sent, self._sent_at = math.nan, -math.inf

    def ask(self, position: float, now: float) -> None:
        """Takes the position of the joint that is wanted at `now` on the steady clock [s]."""
        # the ends are where the fingers press, or are out of the way: nearly there is not enough
        step = 0.0 if position in self._ends else self._step
        if position == self._sent or abs(position - self._sent) < step:
            return
        if now - self._sent_at < PERIOD:
            return
        if not self._client.server_is_ready():
            self._node.get_logger().warning(
                f"nobody takes goals for the gripper on {self._action.resolved()}: start its "
                "driver",
                throttle_duration_sec=5.0,
            )
            return
        goal = self._kind.Goal()
        goal.command.position, goal.command.max_effort = position, self._effort
        self._client.send_goal_async(goal)
        self._sent, self._sent_at = position, now

    def destroy(self) -> None:
        """Ends the client; the gripper goes on to its last goal."""
        self._client.destroy()
