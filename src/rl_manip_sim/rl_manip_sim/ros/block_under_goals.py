"""The part of `sim_arm_node` that puts a block under each goal, for an object to be stacked on.

in   /goal_pose geometry_msgs/PoseStamped in the base frame: where the object's middle is to be
"""

from __future__ import annotations

import math

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node

from rl_manip_description import Arm
from rl_manip_ros.endpoints import subscription
from rl_manip_ros.interfaces import GOAL_POSE
from rl_manip_sim.ros.gripper_and_object import ObjectOnTable
from rl_manip_sim.stand_in.simulated_arm import SimulatedArm
from rl_manip_sim.stand_in.simulated_support import draw_support

# Heights of blocks that there are [m].
LOWEST, HIGHEST = 0.01, 0.2
# A goal that differs by less from where the block stands is the same one, sent again [m].
SAME = 0.002


class BlockUnderGoals:
    """The block, which a new goal brings to where the goal is.

    Its height is the goal's less half of the object's. Whatever stood on it in the old place falls;
    an object that stands in the new one is put elsewhere on the table.
    """

    def __init__(
        self, node: Node, sim: SimulatedArm, arm: Arm, prefix: str, seed: int, thing: ObjectOnTable
    ) -> None:
        self._log, self._sim, self._thing = node.get_logger(), sim, thing
        self._frame = prefix + arm.base_frame
        self._rng = np.random.default_rng((seed, 3))
        subscription(node, GOAL_POSE, self._on_goal)

    def _on_goal(self, message: PoseStamped) -> None:
        frame, at = message.header.frame_id, message.pose.position
        block, thing = self._sim.support, self._sim.object
        height = at.z - thing.half_height
        if frame != self._frame:
            self._log.warning(f"no block under a goal in {frame!r}: give it in {self._frame!r}")
            return
        if not (math.isfinite(at.x + at.y) and LOWEST <= height <= HIGHEST):
            self._log.warning(
                f"no block under a goal at ({at.x:.3f}, {at.y:.3f}, {at.z:.3f}) m: under this "
                f"object goes one of {LOWEST:g} to {HIGHEST:g} m, not of {height:.3f} m"
            )
            return
        stands = block.position
        if max(abs(stands[0] - at.x), abs(stands[1] - at.y), abs(block.height - height)) < SAME:
            return
        hidden = draw_support(self._rng)
        block.become(hidden, height)
        block.place(at.x, at.y, self._rng.uniform(-math.pi, math.pi))
        sides = f"{2e3 * hidden.half_width:.0f} mm wide, {1e3 * height:.0f} mm high"
        self._log.info(f"block: {sides}, {hidden.mass:.2f} kg, at ({at.x:.3f}, {at.y:.3f}) m")
        if self._thing.is_in_the_way():
            self._thing.put_elsewhere()
            self._log.info("the object stood in its place, and stands elsewhere now")
