"""The part of `sim_arm_node` that is a block with a hole, and the sensor at the wrist.

in   service ~/place_object (std_srvs/Trigger): a block with another hole, in another place
out  the wrist's wrench geometry_msgs/WrenchStamped in the tool's frame, 125 Hz · /hole_pose
     geometry_msgs/PoseStamped (latched) in the base frame: where the hole is said to be
"""

from __future__ import annotations

import math

import numpy as np
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from std_srvs.srv import Trigger

from rl_manip_description import Arm
from rl_manip_ros.endpoints import publisher, serve
from rl_manip_ros.interfaces import HOLE_POSE, PLACE_OBJECT, WRENCH
from rl_manip_ros.parameters import declare
from rl_manip_sim.models.hole_geometry import PEG_LENGTH
from rl_manip_sim.stand_in.hidden_hole import HoleChoice, draw_hole, draw_wrist
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_sim.stand_in.simulated_hole import WristSensor

CYCLES_PER_WRENCH = 4
# A block is put beside the peg, which may be in the hole before: so far from its axis [m].
BESIDE = (0.09, 0.12)
# Heights of mouths: over the table, and over and under the peg's tip [m]
LOWEST, ABOVE_TIP, BELOW_TIP = 0.055, 0.04, 0.05
MAX_AZIMUTH, TURNED = 0.8, 0.3  # [rad]


class HoleAndWrist:
    """The block and the sensor's topic."""

    def __init__(self, node: Node, sim: SimulatedArm, arm: Arm, prefix: str, seed: int) -> None:
        self._node, self._sim, self._arm = node, sim, arm
        self._choice = declare(node, HoleChoice)
        self._rng = np.random.default_rng((seed, 2))
        self._sensor = WristSensor(draw_wrist(self._rng), CYCLE, self._rng)
        self._wrench, self._hole = WrenchStamped(), PoseStamped()
        self._wrench.header.frame_id = prefix + arm.tool_frame
        self._hole.header.frame_id = prefix + arm.base_frame
        self._wrenches, self._holes = publisher(node, WRENCH), publisher(node, HOLE_POSE)
        self.place()
        serve(node, PLACE_OBJECT, self._on_place)

    def place(self) -> str:
        """Puts a block with another hole beside the peg; says what and where."""
        hidden = draw_hole(self._rng, self._choice)
        tool = self._arm.forward_kinematics(self._sim.true_position)
        x, y, _, _ = tool.quaternion
        tip = tool.position - np.array((0.0, 0.0, PEG_LENGTH))
        yaw = 2.0 * math.atan2(y, x) + self._rng.uniform(-TURNED, TURNED)
        mouth = self._free_place(tip)
        self._sim.hole.become(hidden)
        self._sim.hole.place(mouth, yaw)
        told, pose = mouth + hidden.error, self._hole.pose
        self._hole.header.stamp = self._node.get_clock().now().to_msg()
        pose.position.x, pose.position.y, pose.position.z = map(float, told)
        pose.orientation.z, pose.orientation.w = math.sin(yaw / 2.0), math.cos(yaw / 2.0)
        self._holes.publish(self._hole)
        place = ", ".join(f"{value:.3f}" for value in mouth)
        return f"{hidden.shape} hole, {1e3 * hidden.clearance:.2f} mm wider, at ({place}) m"

    def cycle(self, count: int) -> None:
        """One control cycle, number `count`."""
        self._sensor.feel(self._sim.hole.wrench)
        if count % CYCLES_PER_WRENCH:
            return
        read, message = self._sensor.reading().tolist(), self._wrench
        message.header.stamp = self._node.get_clock().now().to_msg()
        force, torque = message.wrench.force, message.wrench.torque
        force.x, force.y, force.z, torque.x, torque.y, torque.z = read
        self._wrenches.publish(message)

    def _free_place(self, tip: np.ndarray) -> np.ndarray:
        """A mouth (3,) [m] that the arm gets over from where the tip is."""
        near, far = self._arm.practice.table_ring
        while True:
            towards, away = self._rng.uniform(-math.pi, math.pi), self._rng.uniform(*BESIDE)
            x, y = tip[0] + away * math.cos(towards), tip[1] + away * math.sin(towards)
            in_ring = near <= math.hypot(x, y) <= far
            if in_ring and abs(math.atan2(y, x)) <= MAX_AZIMUTH:
                break
        highest = max(tip[2] + ABOVE_TIP, LOWEST)
        lowest = min(max(tip[2] - BELOW_TIP, LOWEST), highest)
        return np.array((x, y, self._rng.uniform(lowest, highest)))

    def _on_place(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, self.place()
        self._node.get_logger().info(f"another block: {response.message}")
        return response
