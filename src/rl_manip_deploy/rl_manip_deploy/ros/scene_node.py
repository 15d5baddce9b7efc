"""`scene_node`: what the guard knows of arm and cell, the goal and the tool, for RViz.

in   /joint_states · goal_pose geometry_msgs/PoseStamped · /robot_description std_msgs/String
     (latched): kinematics of this very arm
out  ~/markers visualization_msgs/MarkerArray · where tf2_msgs is installed, /tf: the frames
     policy_tool and policy_goal, with the robot's prefix, in the base frame
It only reads: policy, guard and arm go on without it.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any, List, Optional

import numpy as np
from geometry_msgs.msg import PoseStamped, TransformStamped
from rclpy.clock import Clock, ClockType
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from visualization_msgs.msg import Marker, MarkerArray

from rl_manip_deploy.frames.pose_frames import GOAL as GOAL_KIND
from rl_manip_deploy.guard.guard_settings import read_settings
from rl_manip_deploy.guard.space.bodies import arm_bodies
from rl_manip_deploy.ros.robot.arm_reader import ArmReader
from rl_manip_deploy.ros.robot.robot_parameters import FRAMES, RobotParameters
from rl_manip_deploy.ros.robot.scene_markers import (
    BODY,
    GOAL,
    TOOL_POINT,
    body_shapes,
    markers,
    point_shape,
    zone_markers,
)
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.ros.robot.told_kinematics import ToldKinematics
from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.settings import setting
from rl_manip_description.model.own_kinematics import with_written_tool
from rl_manip_ros.endpoints import publisher, subscription
from rl_manip_ros.interfaces import GOAL_POSE, SCENE, SCENE_MARKERS, TF
from rl_manip_ros.node_process import run_node
from rl_manip_ros.parameters import declare

PERIOD = 0.1  # [s] between two looks at the arm
TOOL_FRAME, GOAL_FRAME = "policy_tool", "policy_goal"


@dataclass(frozen=True)
class SceneParameters(RobotParameters):
    """Parameters of the node."""

    frames: str = setting("", FRAMES)
    guard_settings: str = setting("", "The guard's settings file; empty for none.")


class SceneNode(Node):
    """Tells where everything is, ten times a second."""

    def __init__(self) -> None:
        super().__init__(SCENE)
        given = declare(self, SceneParameters)
        arm = load_arm(given.arm, given.gripper)
        self._surroundings = read_settings(given.guard_settings).surroundings
        self._prefix = given.tf_prefix
        self._take_kinematics(with_written_tool(arm, given.tool))
        self._goal: Optional[np.ndarray] = None
        self._reader = ArmReader(self, arm, given.tf_prefix)
        self._frames = ToldFrames(self, arm, given)
        self._markers = publisher(self, SCENE_MARKERS)
        self._tf = self._transforms()
        self._kinematics = ToldKinematics(
            self,
            self._arm,
            given,
            self._take_kinematics,
            lambda: False,
            describe=self._frames.describe,
        )
        subscription(self, GOAL_POSE, self._on_goal)
        self.create_timer(PERIOD, self._tell, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _transforms(self) -> Optional[Publisher]:
        """Who tells TF; None, with a sentence, where its messages are not installed."""
        try:
            return publisher(self, TF)
        except (ImportError, AttributeError):
            self.get_logger().info("no frames on /tf: tf2_msgs is not installed here")
            return None

    def _take_kinematics(self, arm: Arm) -> None:
        self._arm, self._bodies = arm, arm_bodies(arm, self._surroundings.payload)

    def _on_goal(self, message: PoseStamped) -> None:
        located = self._frames.locate(GOAL_KIND, message, self._reader.stamped, time.monotonic())
        if located.frame == self._frames.base and not located.refusal:
            self._goal = np.array(located.pose)

    def _tell(self) -> None:
        self._kinematics.look()
        self._reader.look()
        base = self._frames.base
        made: List[Marker] = zone_markers(self._surroundings.zones, base)
        frames: List[TransformStamped] = []
        position = self._reader.states.position
        if self._reader.states.is_known:
            links, tool = self._arm.chain.joint_frames(position)
            shapes = body_shapes(self._bodies, np.concatenate([links, np.eye(4)[None]]))
            made += markers("guard", shapes, BODY, base)
            made += markers("tool", [point_shape(tool[:3, 3])], TOOL_POINT, base)
            place = self._arm.forward_kinematics(position)
            frames.append(self._transform(TOOL_FRAME, [*place.position, *place.quaternion]))
        if self._goal is not None:
            made += markers("goal", [point_shape(self._goal[:3])], GOAL, base)
            frames.append(self._transform(GOAL_FRAME, self._goal))
        self._markers.publish(MarkerArray(markers=made))
        if self._tf is not None:
            message: Any = self._tf.msg_type
            self._tf.publish(message(transforms=frames))

    def _transform(self, child: str, pose: Any) -> TransformStamped:
        """A frame at a pose (7,) in the base frame."""
        message = TransformStamped(child_frame_id=self._prefix + child)
        message.header.frame_id = self._frames.base
        message.header.stamp = self.get_clock().now().to_msg()
        at, turned = message.transform.translation, message.transform.rotation
        at.x, at.y, at.z, turned.x, turned.y, turned.z, turned.w = map(float, pose)
        return message


def main() -> int:
    """Runs the node until it is asked to end; 1 with a sentence where it cannot start."""
    return run_node(SceneNode, SingleThreadedExecutor, _leave)


def _leave(node: SceneNode, executor: Executor, reason: str) -> int:
    return 0


if __name__ == "__main__":
    sys.exit(main())
