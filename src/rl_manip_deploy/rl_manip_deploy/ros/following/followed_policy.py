"""A policy that the policy node has loaded, and what it hears and tells beside the arm."""

from __future__ import annotations

import time
from typing import Optional

from rclpy.node import Node

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.joint_turns import range_trouble
from rl_manip_deploy.policy.real_tool import given_tool
from rl_manip_deploy.ros.following.gripper_and_object import GripperPort, ObjectPort
from rl_manip_deploy.ros.following.wrench_port import WrenchPort
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_description import Arm
from rl_manip_ros.endpoints import PolledSubscription

LOOK_FOR = 0.1  # [s] within which a driver that runs has sent a joint state


class FollowedPolicy:
    """Passes on to a `GoalFollower` what comes, and connects gripper, object and wrist.

    Args:
        node: hears and tells.
        follower: has the policy.
        rehearsal: whether the gripper is a simulated one.
        frames: in which objects may be seen.
    """

    def __init__(
        self, node: Node, follower: GoalFollower, rehearsal: bool, frames: ToldFrames
    ) -> None:
        self.follower = follower
        self._gripper: Optional[GripperPort] = None
        self._object: Optional[ObjectPort] = None
        self._wrist: Optional[WrenchPort] = None
        if trouble := range_trouble(follower.policy.metadata):
            node.get_logger().warning(trouble)
        gripper = follower.policy.arm.gripper
        if gripper is not None:
            self._gripper = GripperPort(node, gripper, rehearsal)
        if follower.object is not None:
            self._object = ObjectPort(node, follower.object, frames, follower.arm_state.stamped)
        if follower.wrench is not None:
            self._wrist = WrenchPort(node, follower.wrench)

    def introduced(self, path: str, arm: Arm) -> str:
        """What is followed from now on, in words.

        Args:
            path: of the policy's file.
            arm: which arm drives, with the tool that a person gave.
        """
        policy = self.follower.policy
        carries = f" with {policy.metadata.gripper}" if policy.metadata.gripper else ""
        told = given_tool(policy.arm, arm)
        return f"policy {path} loaded for {arm.name}{carries}{told and f'; {told}'}"

    def on_guard_state(self, state: str) -> str:
        """Takes what the guard says of itself; returns what that did to a goal, else nothing."""
        if self._gripper is not None:
            self._gripper.gate.on_guard_state(state)
        return self.follower.on_guard_state(state, time.monotonic())

    def ask_gripper(self, opening: Optional[float], now: float) -> None:
        """Tells the gripper, where there is one, its opening [m]; None asks nothing of it."""
        if self._gripper is not None:
            self._gripper.ask(opening, now)

    def look(self, states: PolledSubscription) -> None:
        """Takes joint states, the object's pose and the wrench that came since the last look."""
        for state, received in states.take_all():
            stamp = state.header.stamp
            self.follower.on_joint_state(
                state.name,
                state.position,
                state.velocity,
                received,
                stamp.sec + 1e-9 * stamp.nanosec,
            )
        if self._object is not None:
            self._object.look()
        if self._wrist is not None:
            self._wrist.look()

    def sees_fresh_states(self, states: PolledSubscription) -> bool:
        """Whether joint states come now; takes a moment where they do not."""
        states.take()
        latest = time.monotonic() + LOOK_FOR
        while time.monotonic() < latest:
            self.look(states)
            if self.follower.has_fresh_state(time.monotonic()):
                return True
            time.sleep(0.002)
        return False

    def destroy(self) -> None:
        """Ends what was connected."""
        for port in (self._gripper, self._object, self._wrist):
            if port is not None:
                port.destroy()
