"""The part of `sim_arm_node` that is a gripper's driver, an object, and what perception says of it.

in   the gripper's command std_msgs/Float64MultiArray, one position [rad]; the last one is held
     service ~/place_object (std_srvs/Trigger): another object, in another place on the table
out  /joint_states sensor_msgs/JointState of the gripper's joint alone, 100 Hz, as from a driver of
     its own · /object_pose geometry_msgs/PoseStamped in the base frame, 30 Hz, stamped with the
     picture's time
"""

from __future__ import annotations

import math
from array import array
from typing import Optional, Tuple

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from rl_manip_description import Arm
from rl_manip_ros.endpoints import PolledSubscription, publisher, serve
from rl_manip_ros.interfaces import OBJECT_POSE, PLACE_OBJECT, controller_commands, joint_states
from rl_manip_ros.parameters import declare
from rl_manip_sim.models.scene import OBJECT_SHAPES
from rl_manip_sim.stand_in.hidden_object import ObjectChoice, draw_camera, draw_object, draw_place
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_sim.stand_in.simulated_gripper import Camera

CAMERA_RATE = 30.0  # [Hz]
CYCLES_PER_GRIPPER_STATE = 5
# Objects stand in this part of the ring on the table that the arm's file tells of.
MAX_AZIMUTH = math.radians(60.0)
# A new object is not put under a hand that is lower and closer than this [m].
HAND_HEIGHT, HAND_DISTANCE = 0.3, 0.12
# An open hand fits between an object and a block that are so far apart [m].
BLOCK_DISTANCE = 0.14


class GripperDriver:
    """The gripper's topics."""

    def __init__(
        self, node: Node, sim: SimulatedArm, arm: Arm, prefix: str, rehearsal: bool
    ) -> None:
        self._node, self._gripper = node, sim.gripper
        self._message = JointState(name=[prefix + arm.gripper.joint_name])
        self._states = publisher(node, joint_states(arm.controller.joint_state_topic))
        commands = controller_commands(arm.gripper.command_topic, rehearsal)
        self._commands = PolledSubscription(node, commands, reliable=True)

    def cycle(self, count: int) -> None:
        """One control cycle, number `count`."""
        taken = self._commands.take()
        if taken is not None and not self._gripper.command(taken[0].data):
            self._node.get_logger().warning(
                f"gripper command {list(taken[0].data)} dropped: one finite number expected",
                throttle_duration_sec=1.0,
            )
        if count % CYCLES_PER_GRIPPER_STATE:
            return
        position, velocity = self._gripper.joint_state
        state = self._message
        state.header.stamp = self._node.get_clock().now().to_msg()
        state.position, state.velocity = array("d", [position]), array("d", [velocity])
        self._states.publish(state)


class ObjectOnTable:
    """The object, the camera's topic and the service that puts another object there."""

    def __init__(self, node: Node, sim: SimulatedArm, arm: Arm, prefix: str, seed: int) -> None:
        self._node, self._sim, self._arm = node, sim, arm
        # a ball would roll off what it is stacked on
        self._shapes = OBJECT_SHAPES if sim.support is None else ("box", "cylinder")
        self._choice = declare(node, ObjectChoice)
        self._rng = np.random.default_rng((seed, 1))
        self._camera = Camera(draw_camera(self._rng, self._choice), CAMERA_RATE, self._rng)
        self._message = PoseStamped()
        self._message.header.frame_id = prefix + arm.base_frame
        self._latency = Duration(seconds=self._camera.latency)
        self._poses = publisher(node, OBJECT_POSE)
        self.place()
        serve(node, PLACE_OBJECT, self._on_place)

    def place(self) -> str:
        """Puts another object on the table; says what and where."""
        hidden = draw_object(self._rng, self._choice, self._shapes)
        self._sim.object.become(hidden)
        x, y = self.put_elsewhere()
        size = " x ".join(f"{2e3 * half:.0f}" for half in hidden.half_extent)
        return f"{hidden.shape}, {size} mm, {hidden.mass:.2f} kg, at ({x:.3f}, {y:.3f}) m"

    def put_elsewhere(self) -> Tuple[float, float]:
        """Puts the object, as it is, somewhere else on the table; says where [m]."""
        hand = self._arm.forward_kinematics(self._sim.true_position).position
        near = HAND_DISTANCE if hand[2] < HAND_HEIGHT else 0.0
        while True:
            x, y, yaw = draw_place(self._rng, self._arm.practice.table_ring, MAX_AZIMUTH)
            self._sim.object.place(x, y, yaw)
            if math.hypot(x - hand[0], y - hand[1]) >= near and not self.is_in_the_way():
                return x, y

    def is_in_the_way(self) -> bool:
        """Whether a block would stand in it, or beside it where no hand fits between them."""
        thing, block = self._sim.object, self._sim.support
        if block is None:
            return False
        apart = math.hypot(*(thing.pose[:2] - block.position[:2]))
        return apart < BLOCK_DISTANCE and thing.pose[2] - thing.half_height < block.height

    def cycle(self, count: int) -> None:
        """One control cycle, number `count`."""
        seen: Optional[np.ndarray] = self._camera.look(self._sim.object.pose, count * CYCLE)
        if seen is None:
            return
        message, pose = self._message, self._message.pose
        message.header.stamp = (self._node.get_clock().now() - self._latency).to_msg()
        at, turned = pose.position, pose.orientation
        at.x, at.y, at.z, turned.x, turned.y, turned.z, turned.w = map(float, seen)
        self._poses.publish(message)

    def _on_place(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, self.place()
        self._node.get_logger().info(f"another object: {response.message}")
        return response
