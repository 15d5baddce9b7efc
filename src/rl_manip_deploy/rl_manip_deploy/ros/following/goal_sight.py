"""What a goal is judged by: the arm, and gripper and object where its policy has to do with them.

in   /joint_states · /object_pose geometry_msgs/PoseStamped, for policies that handle an object
"""

from __future__ import annotations

import time
from typing import Optional

from rclpy.node import Node
from sensor_msgs.msg import JointState

from rl_manip_deploy.policy.goals.goal_checks import OUT_OF_SIGHT, Seen
from rl_manip_deploy.policy.policy_inputs import GripperState, ObjectPose
from rl_manip_deploy.ros.following.gripper_and_object import ObjectPort
from rl_manip_deploy.ros.robot.arm_reader import ArmReader
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import PolicyMetadata

TOO_OLD = 1.0  # [s] a gripper that was not heard of for so long no longer is


class GoalSight:
    """Sees what counts for the goals of one policy.

    Args:
        node: that listens.
        reader: reads the arm's joint states.
        arm: with the gripper that it carries.
        metadata: of the policy.
        prefix: of the robot's joint and frame names.
        frames: in which the object may be seen.
    """

    def __init__(
        self,
        node: Node,
        reader: ArmReader,
        arm: Arm,
        metadata: PolicyMetadata,
        prefix: str,
        frames: ToldFrames,
    ) -> None:
        self._reader = reader
        self._gripper: Optional[GripperState] = None
        if arm.gripper is not None:
            self._gripper = GripperState(arm.gripper, prefix, TOO_OLD)
            reader.others.append(self._on_joint_state)
        self.object: Optional[ObjectPort] = None
        """Where the object is seen; None where the policy asks for none."""
        if metadata.reads_object:
            frame = prefix + metadata.base_frame
            source = ObjectPose(frame, False, OUT_OF_SIGHT)
            self.object = ObjectPort(node, source, frames, reader.stamped)

    def look(self) -> None:
        """Takes the object's newest pose, where the policy asks for one."""
        if self.object is not None:
            self.object.look()

    def trouble(self) -> str:
        """Why the object is not seen; empty where it is, and where the policy asks for none."""
        self.look()
        return "" if self.object is None else self.object.source.trouble(time.monotonic())

    def seen(self) -> Seen:
        """What was measured last."""
        states = self._reader.states
        seen = Seen(time.monotonic(), states.position, states.velocity)
        if self._gripper is not None:
            opening = float(self._gripper.values()["gripper_opening"][0])
            seen = seen._replace(gripper_opening=opening)
        if self.object is not None:
            seen = seen._replace(
                object_position=self.object.position, object_time=self.object.source.received
            )
        return seen

    def destroy(self) -> None:
        """Ends what listens to gripper and object."""
        if self._gripper is not None:
            self._reader.others.remove(self._on_joint_state)
        if self.object is not None:
            self.object.destroy()

    def _on_joint_state(self, state: JointState, received: float) -> None:
        if self._gripper is not None:
            self._gripper.on_joint_state(state.name, state.position, received)
