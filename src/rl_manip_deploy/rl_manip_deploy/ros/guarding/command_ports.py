"""How the guard speaks to the driver: velocities, positions, or short trajectories to rest."""

from __future__ import annotations

from array import array
from typing import Optional, Protocol

import numpy as np
from builtin_interfaces.msg import Duration as DurationMessage
from rclpy.duration import Duration
from rclpy.node import Node
from std_msgs.msg import Float64MultiArray
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.references.position_reference import PositionReference
from rl_manip_deploy.guard.references.trajectory_reference import PERIOD, TrajectoryReference
from rl_manip_description import Arm
from rl_manip_ros.endpoints import publisher
from rl_manip_ros.interfaces import Topic, controller_commands, trajectory_commands


class CommandPort(Protocol):
    """What the guard asks of a way to the driver."""

    topic: Topic
    """Where the controller listens."""

    def send(self, motion: Motion, measured: Optional[np.ndarray], now: float, idle: bool) -> None:
        """Sends what is commanded from `now` [s] on.

        Args:
            motion: the command.
            measured: newest joint positions (n,) [rad].
            idle: whether the guard is not armed and the arm is commanded to rest.
        """

    def flush(self) -> None:
        """Waits a moment until the driver has the last message."""


class _ArrayPort:
    """std_msgs/Float64MultiArray to a forward controller, which repeats the last one for ever."""

    def __init__(self, node: Node, arm: Arm, name: str, rehearsal: bool) -> None:
        self._order = [arm.joint_names.index(joint) for joint in arm.controller.joint_names]
        self._message = Float64MultiArray()
        self.topic = controller_commands(name, rehearsal)
        self._commands = publisher(node, self.topic)

    def flush(self) -> None:
        """See `CommandPort`."""
        self._commands.wait_for_all_acked(Duration(seconds=0.2))

    def _publish(self, values: np.ndarray) -> None:
        # an array of doubles: rclpy looks at each element of anything else
        self._message.data = array("d", values[self._order].tobytes())
        self._commands.publish(self._message)


class VelocityPort(_ArrayPort):
    """Joint velocities [rad/s]: without a message the arm goes on as it does."""

    def __init__(self, node: Node, arm: Arm, rehearsal: bool) -> None:
        super().__init__(node, arm, arm.controller.command_topic, rehearsal)

    def send(self, motion: Motion, measured: Optional[np.ndarray], now: float, idle: bool) -> None:
        """See `CommandPort`."""
        self._publish(motion.velocity)


class PositionPort(_ArrayPort):
    """Joint positions [rad]: without a message the arm stays where it was last sent.

    Nothing is sent while the guard is not armed: the controller holds the arm by itself, and where
    it holds nothing yet, as when it was just activated, it goes on doing so.
    """

    def __init__(self, node: Node, arm: Arm, limits: GuardLimits, rehearsal: bool) -> None:
        super().__init__(node, arm, arm.controller.position_topic, rehearsal)
        self._limits = limits
        self._reference: Optional[PositionReference] = None
        self._moved_at = 0.0

    def send(self, motion: Motion, measured: Optional[np.ndarray], now: float, idle: bool) -> None:
        """See `CommandPort`."""
        if self._reference is None:
            if idle or measured is None:
                return
            self._reference, self._moved_at = PositionReference(self._limits, measured), now
        self._publish(self._reference.move(motion.velocity, now - self._moved_at, measured))
        self._moved_at = now
        if idle:
            self._reference = None


class TrajectoryPort:
    """trajectory_msgs/JointTrajectory to a joint_trajectory_controller: each message ends at rest.

    When the messages cease, the controller brings the arm to rest by itself.
    """

    def __init__(
        self, node: Node, arm: Arm, limits: GuardLimits, prefix: str, rehearsal: bool
    ) -> None:
        self.topic = trajectory_commands(arm.controller.trajectory_topic, rehearsal)
        self._names = [prefix + name for name in arm.joint_names]
        self._commands = publisher(node, self.topic)
        self._limits = limits
        self._reference: Optional[TrajectoryReference] = None
        self._moved_at = self._sent_at = 0.0

    def send(self, motion: Motion, measured: Optional[np.ndarray], now: float, idle: bool) -> None:
        """See `CommandPort`; an idle controller holds the arm by itself."""
        if self._reference is None:
            if idle:
                return
            self._reference, self._moved_at = TrajectoryReference(self._limits), now
        self._reference.move(motion.velocity, now - self._moved_at, measured)
        self._moved_at = now
        if now - self._sent_at < 0.9 * PERIOD and not idle:
            return
        message = JointTrajectory(joint_names=self._names)
        for point in self._reference.waypoints(motion):
            message.points.append(
                JointTrajectoryPoint(
                    positions=array("d", point.position.tobytes()),
                    velocities=array("d", point.velocity.tobytes()),
                    time_from_start=_duration(point.time),
                )
            )
        if message.points:
            self._commands.publish(message)
            self._sent_at = now
        if idle:
            self._reference = None

    def flush(self) -> None:
        """See `CommandPort`."""
        self._commands.wait_for_all_acked(Duration(seconds=0.2))


def make_port(
    kind: str, node: Node, arm: Arm, limits: GuardLimits, prefix: str, rehearsal: bool
) -> CommandPort:
    """The port of that name.

    Raises:
        ValueError: the arm's file names no controller for it.
    """
    arm.controller.controller_of(kind)
    if kind == "velocity":
        return VelocityPort(node, arm, rehearsal)
    if kind == "position":
        return PositionPort(node, arm, limits, rehearsal)
    return TrajectoryPort(node, arm, limits, prefix, rehearsal)


def _duration(seconds: float) -> DurationMessage:
    whole = int(seconds)
    return DurationMessage(sec=whole, nanosec=round(1e9 * (seconds - whole)))
