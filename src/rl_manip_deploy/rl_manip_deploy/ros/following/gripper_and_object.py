"""The part of the policy node that has to do with a gripper and with an object."""

from __future__ import annotations

from array import array
from collections import deque
from typing import Any, Deque, Optional, Tuple

import numpy as np
from rclpy.node import Node
from std_msgs.msg import Float64MultiArray

from rl_manip_deploy.frames.pose_frames import OBJECT
from rl_manip_deploy.policy.gripper_gate import GripperGate
from rl_manip_deploy.policy.policy_inputs import ObjectPose
from rl_manip_deploy.ros.following.gripper_goals import GripperGoals
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import Gripper
from rl_manip_ros.endpoints import PolledSubscription, publisher
from rl_manip_ros.interfaces import GUARD_HEARTBEAT, OBJECT_POSE, controller_commands

# Poses that wait until it is known where their frame was at their time.
POSES_KEPT = 5


class GripperPort:
    """Tells the gripper's controller what the policy wants, where `GripperGate` lets it.

    Raises:
        ValueError: its driver takes goals of an action whose type is not installed.
    """

    def __init__(self, node: Node, gripper: Gripper, rehearsal: bool) -> None:
        self.gate = GripperGate(gripper)
        self._node = node
        self._heartbeats = PolledSubscription(node, GUARD_HEARTBEAT)
        self._commands = publisher(node, controller_commands(gripper.command_topic, rehearsal))
        self._goals: Optional[GripperGoals] = None
        if gripper.command_action and not rehearsal:
            self._goals = GripperGoals(node, gripper)

    def ask(self, opening: Optional[float], now: float) -> None:
        """Publishes the opening [m] as a joint position, or nothing."""
        if seen := self._heartbeats.take():
            self.gate.on_heartbeat(seen[1])
        position = self.gate.position(opening, now)
        if position is not None:
            self._commands.publish(Float64MultiArray(data=array("d", [position])))
            if self._goals is not None:
                self._goals.ask(position, now)

    def destroy(self) -> None:
        """Ends what was connected."""
        if self._goals is not None:
            self._goals.destroy()
        self._heartbeats.destroy()
        self._node.destroy_publisher(self._commands)


class ObjectPort:
    """Hears of the object.

    Args:
        node: that listens.
        source: takes what was heard.
        frames: in which the object may be seen.
        joints: where the arm's joints were, for a camera on it.
    """

    def __init__(
        self, node: Node, source: ObjectPose, frames: ToldFrames, joints: StampedPositions
    ) -> None:
        self.source = source
        self._node, self._frames, self._joints = node, frames, joints
        self._poses = PolledSubscription(node, OBJECT_POSE, POSES_KEPT)
        self._waiting: Deque[Tuple[Any, float]] = deque(maxlen=POSES_KEPT)

    def look(self) -> None:
        """Takes the newest pose of those whose frame is known at their time, where one came."""
        self._waiting.extend(self._poses.take_all())
        for place in reversed(range(len(self._waiting))):
            message, received = self._waiting[place]
            located = self._frames.locate(OBJECT, message, self._joints, received)
            if located.refusal:
                self.source.refuse(located.refusal)
            if located.is_early:
                continue
            for _ in range(place + 1):
                self._waiting.popleft()
            refusal = located.refusal or self.source.take(*located[:2], received)
            if refusal:
                self._node.get_logger().warning(refusal, throttle_duration_sec=5.0)
            return

    @property
    def position(self) -> np.ndarray:
        """Where the object was seen last, (3,) [m] in the base frame."""
        return self.source.values()["object_position"]

    def destroy(self) -> None:
        """Ends the subscription."""
        self._poses.destroy()
