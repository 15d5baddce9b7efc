"""The part of the policy node that has to do with a gripper and with an object."""

from __future__ import annotations

from array import array
from typing import Optional

import numpy as np
from rclpy.node import Node
from std_msgs.msg import Float64MultiArray

from rl_manip_deploy.policy.gripper_gate import GripperGate
from rl_manip_deploy.policy.policy_inputs import ObjectPose
from rl_manip_deploy.ros.robot.pose_messages import pose_numbers
from rl_manip_description import Gripper
from rl_manip_ros.endpoints import PolledSubscription, publisher
from rl_manip_ros.interfaces import GUARD_HEARTBEAT, OBJECT_POSE, controller_commands


class GripperPort:
    """Tells the gripper's controller what the policy wants, where `GripperGate` lets it."""

    def __init__(self, node: Node, gripper: Gripper, rehearsal: bool) -> None:
        self.gate = GripperGate(gripper)
        self._node = node
        self._heartbeats = PolledSubscription(node, GUARD_HEARTBEAT)
        self._commands = publisher(node, controller_commands(gripper.command_topic, rehearsal))

    def ask(self, opening: Optional[float], now: float) -> None:
        """Publishes the opening [m] as a joint position, or nothing."""
        if seen := self._heartbeats.take():
            self.gate.on_heartbeat(seen[1])
        position = self.gate.position(opening, now)
        if position is not None:
            self._commands.publish(Float64MultiArray(data=array("d", [position])))

    def destroy(self) -> None:
        """Ends publisher and subscription."""
        self._heartbeats.destroy()
        self._node.destroy_publisher(self._commands)


class ObjectPort:
    """Hears of the object."""

    def __init__(self, node: Node, source: ObjectPose) -> None:
        self.source = source
        self._node = node
        self._poses = PolledSubscription(node, OBJECT_POSE)

    def look(self) -> None:
        """Takes the newest pose, where one came."""
        if not (seen := self._poses.take()):
            return
        message, received = seen
        frame, pose = message.header.frame_id, pose_numbers(message.pose)
        if refusal := self.source.take(frame, pose, received):
            self._node.get_logger().warning(refusal, throttle_duration_sec=5.0)

    @property
    def position(self) -> np.ndarray:
        """Where the object was seen last, (3,) [m] in the base frame."""
        return self.source.values()["object_position"]

    def destroy(self) -> None:
        """Ends the subscription."""
        self._poses.destroy()
