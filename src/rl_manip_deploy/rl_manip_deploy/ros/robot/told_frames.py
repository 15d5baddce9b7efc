"""Frames of poses in messages: from the robot's description, a person's file and TF.

in   see `tf_transforms`
"""

from __future__ import annotations

from typing import Protocol

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node

from rl_manip_deploy.frames.pose_frames import Kind, Located, PoseFrames
from rl_manip_deploy.frames.written_frames import read_frames
from rl_manip_deploy.ros.robot.pose_messages import pose_numbers, stamp_of
from rl_manip_deploy.ros.robot.tf_transforms import heard_transforms
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import Arm
from rl_manip_description.model.own_kinematics import arm_urdf
from rl_manip_description.paths import path_of


class Given(Protocol):
    """What a node's parameters say of it."""

    @property
    def frames(self) -> str:
        """A file of frames; empty for none."""

    @property
    def tf_prefix(self) -> str:
        """In front of joint and frame names."""


class ToldFrames:
    """Brings poses in messages into the base frame.

    Args:
        node: hears TF, and says what is wrong with the frames.
        arm: by its data sheet, whose frames count until it is described otherwise.
        given: the node's parameters.

    Raises:
        ValueError: the file of frames cannot be used.
    """

    def __init__(self, node: Node, arm: Arm, given: Given) -> None:
        self._node, self._file, self._warned = node, given.frames, ""
        written = read_frames(given.frames)
        self._frames = PoseFrames(arm, given.tf_prefix, written, heard_transforms(node))
        self.base = self._frames.base
        """The base frame."""
        self._frames.describe(arm_urdf(arm), "the arm's own URDF")

    @property
    def written(self) -> str:
        """What the file says; empty without one."""
        return path_of(self._file).read_text("utf-8") if self._file else ""

    def describe(self, urdf: str, source: str) -> None:
        """Takes what the robot is like: its frames count from now on."""
        try:
            wrong = self._frames.describe(urdf, source)
        except ValueError as error:
            wrong = f"frames stay as they were: {error}"
        if wrong and wrong != self._warned:
            self._node.get_logger().warning(wrong)
        self._warned = wrong

    def obstacle(self, kind: Kind, message: PoseStamped) -> str:
        """Why nothing is taken in a message's frame, of whatever time; empty where it is."""
        return self._frames.obstacle(kind, message.header.frame_id)

    def locate(
        self, kind: Kind, message: PoseStamped, joints: StampedPositions, now: float
    ) -> Located:
        """Where the pose of a message is, at `now` on the steady clock [s]."""
        pose, frame = pose_numbers(message.pose), message.header.frame_id
        return self._frames.locate(kind, frame, pose, stamp_of(message), joints, now)
