"""What the policy node does in each control step, without ROS: what was heard of -> command."""

from __future__ import annotations

import time
from typing import List, Optional, Sequence

import numpy as np

from rl_manip_deploy.policy.policy_file import Command, Policy
from rl_manip_deploy.policy.policy_inputs import (
    DEFAULT_TIMEOUTS,
    ArmState,
    GoalPose,
    GripperState,
    InputSource,
    InputTimeouts,
    ObjectPose,
    troubles,
)
from rl_manip_description import HalfShell
from rl_manip_description.model.joint_order import JointOrder
from rl_manip_ros.durations import Durations


class GoalFollower:
    """Runs a policy towards the current goal; holds still (zero velocity) where it cannot.

    All times are the receiver's steady clock, in seconds.
    """

    def __init__(
        self, policy: Policy, joint_prefix: str = "", timeouts: InputTimeouts = DEFAULT_TIMEOUTS
    ) -> None:
        metadata = policy.metadata
        names = {spec.name for spec in metadata.inputs}
        base_frame = joint_prefix + metadata.base_frame
        order = JointOrder(metadata.joint_names, joint_prefix)
        self.policy = policy
        self.arm_state = ArmState(order, timeouts.joint_state)
        self.goal = GoalPose(base_frame, "goal_orientation" in names)
        self.gripper: Optional[GripperState] = None
        """Where the policy asks for the opening."""
        self.object: Optional[ObjectPose] = None
        """Where the policy asks for an object."""
        self._sources: List[InputSource] = [self.arm_state, self.goal]
        if "gripper_opening" in names:
            self.gripper = GripperState(policy.arm.gripper, joint_prefix, timeouts.gripper)
            self._sources.append(self.gripper)
        if policy.reads_object:
            turned = "object_pose" in names
            self.object = ObjectPose(base_frame, turned, timeouts.object_pose)
            self._sources.append(self.object)
        self.inference = Durations()
        self.state_age = Durations()
        self._region = HalfShell.from_dict(metadata.goal_region)
        self._rest = Command(np.zeros(len(metadata.joint_names)))
        self._outside = {spec.name: 0 for spec in metadata.inputs}
        self._steps = 0

    def on_joint_state(
        self,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
        now: float,
    ) -> None:
        """Takes a joint state [rad, rad/s] of the arm, of the gripper, or of both."""
        self.arm_state.on_joint_state(names, position, velocity, now)
        if self.gripper is not None:
            self.gripper.on_joint_state(names, position, now)

    def has_fresh_state(self, now: float) -> bool:
        """Whether the arm's joint state is recent enough to act on."""
        return not self.arm_state.trouble(now)

    def is_familiar(self, goal) -> bool:
        """Whether a goal [m] lies in the region trained in."""
        return bool(self._region.contains(goal))

    def trouble(self, now: float) -> str:
        """Why the arm is held still, in a few words; empty where it is not."""
        return ", ".join(troubles(self._sources, now))

    def act(self, now: float) -> Command:
        """What to ask for now: zero velocity, and nothing of the gripper, while there is trouble.

        Raises:
            PolicyFileError: the policy returned something that is not finite.
        """
        if troubles(self._sources, now):
            return self._rest
        self.state_age.add(now - self.arm_state.received)
        values = {}
        for source in self._sources:
            values.update(source.values())
        start = time.perf_counter()
        command = self.policy.act(values)
        self.inference.add(time.perf_counter() - start)
        self._count_outside(values)
        return command

    def outside_shares(self) -> dict:
        """Share of steps with the input outside its training range, per input [1]."""
        return {name: count / max(self._steps, 1) for name, count in self._outside.items()}

    def _count_outside(self, values: dict) -> None:
        self._steps += 1
        for spec in self.policy.metadata.inputs:
            if spec.low is not None and spec.high is not None:
                value = values[spec.name]
                self._outside[spec.name] += bool(
                    np.any(value < spec.low) or np.any(value > spec.high)
                )
