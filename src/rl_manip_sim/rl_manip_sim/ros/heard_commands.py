"""What the simulated arm's active controller is told: velocities, positions or trajectories."""

from __future__ import annotations

from array import array
from typing import Callable, Sequence

from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory

from rl_manip_description import Arm
from rl_manip_description.model.joint_order import JointNamesError, JointOrder
from rl_manip_ros.endpoints import PolledSubscription
from rl_manip_ros.interfaces import controller_commands, trajectory_commands
from rl_manip_sim.ros.sim_arm_parameters import SimArmParameters
from rl_manip_sim.stand_in.simulated_arm import SimulatedArm
from rl_manip_sim.stand_in.trajectory_controller import TrajectoryPoint


class HeardCommands:
    """Passes the newest message of the arm's controller on to the simulated arm.

    Args:
        node: the arm's.
        sim: is told; its controller becomes the one of `given.command_port`.
        arm: which arm.
        given: the node's parameters.

    Raises:
        ValueError: the arm's file names no such controller.
    """

    def __init__(self, node: Node, sim: SimulatedArm, arm: Arm, given: SimArmParameters) -> None:
        driver, port = arm.controller, given.command_port
        driver.controller_of(port)
        self._log, self._sim = node.get_logger(), sim
        self._from_controller = [driver.joint_names.index(name) for name in arm.joint_names]
        self._joints = JointOrder(arm.joint_names, given.tf_prefix)
        self._follows_trajectories = port == "trajectory"
        self._obey: Callable[[Sequence[float]], bool] = sim.command
        topic = controller_commands(driver.command_topic, given.rehearsal)
        if port == "position":
            sim.follow_positions()
            self._obey = sim.go_to
            topic = controller_commands(driver.position_topic, given.rehearsal)
        elif port == "trajectory":
            sim.follow_trajectories()
            topic = trajectory_commands(driver.trajectory_topic, given.rehearsal)
        self._commands = PolledSubscription(node, topic, reliable=True)

    def take(self) -> None:
        """Takes the newest message, if one came since the last call."""
        taken = self._commands.take()
        if taken is None:
            return
        if self._follows_trajectories:
            self._take_trajectory(taken[0])
        else:
            self._take_array(taken[0].data)

    def _take_array(self, data: array) -> None:
        values = list(data)
        if len(values) == self._sim.num_joints:
            values = [values[i] for i in self._from_controller]
        if not self._obey(values):
            self._log.warning(
                f"command {values} dropped: {self._sim.num_joints} finite numbers expected",
                throttle_duration_sec=1.0,
            )

    def _take_trajectory(self, message: JointTrajectory) -> None:
        try:
            points = [
                TrajectoryPoint(
                    point.time_from_start.sec + 1e-9 * point.time_from_start.nanosec,
                    self._joints.pick_exactly(message.joint_names, point.positions, "positions"),
                    self._joints.pick_exactly(message.joint_names, point.velocities, "velocities"),
                )
                for point in message.points
            ]
            refusal = self._sim.follow(points)
        except JointNamesError as error:
            refusal = str(error)
        if refusal:
            self._log.warning(f"trajectory refused: {refusal}", throttle_duration_sec=1.0)
