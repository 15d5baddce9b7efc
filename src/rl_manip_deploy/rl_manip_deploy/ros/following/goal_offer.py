"""Which goals are taken as actions, and what they are judged by."""

from __future__ import annotations

import math
from typing import Any, Sequence

import numpy as np
from rclpy.node import Node

from rl_manip_deploy.evaluation.goal_judge import GoalJudge, Seen, goal_check, time_for
from rl_manip_deploy.frames.pose_frames import GOAL, Located
from rl_manip_deploy.policy.goals.goal_gate import GoalGate
from rl_manip_deploy.policy.policy_inputs import GoalPose
from rl_manip_deploy.ros.following.goal_sight import GoalSight
from rl_manip_deploy.ros.following.policy_parameters import QUEUED_FOR
from rl_manip_deploy.ros.robot.arm_reader import ArmReader
from rl_manip_deploy.ros.robot.pose_messages import age_of, pose_numbers, stamp_of
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_description.model.own_kinematics import with_kinematics_of

MOST_TIME = 3600.0  # [s] for one goal


class GoalOffer:
    """What one policy's goals are held against.

    Args:
        node: that listens to the object, where the policy handles one.
        reader: reads the arm's joint states.
        arm: which arm.
        metadata: of the policy.
        prefix: of the robot's joint and frame names.
        frames: in which goals and objects may be given.

    Raises:
        ValueError: the policy is of another arm.
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
        self._arm = load_arm(arm.name, metadata.gripper)
        metadata.check_arm(self._arm)
        self._metadata = metadata
        self._sight = GoalSight(node, reader, self._arm, metadata, prefix, frames)
        self._reader, self._frames = reader, frames
        turned = any(spec.name == "goal_orientation" for spec in metadata.inputs)
        self._goal = GoalPose(prefix + metadata.base_frame, turned)

    def take_kinematics(self, arm: Arm) -> None:
        """Takes the kinematics that the arm really has: by them goals are judged."""
        self._arm = with_kinematics_of(self._arm, arm)

    def refusal(self, request: Any, guard: str, now: int) -> str:
        """Why a goal is not taken, and what to do; empty where it is. /goal_pose has these rules.

        Args:
            request: a goal of rl_manip_interfaces/DriveTo.
            guard: what the guard says of itself.
            now: the clock that messages are stamped by [ns].
        """
        gate = GoalGate(age_limit=QUEUED_FOR)
        gate.on_guard_state(guard)
        if refusal := gate.refusal(age_of(stamp_of(request.goal), now)):
            return refusal
        limit = request.time_limit
        if not 0.0 <= limit <= MOST_TIME:  # written so that a NaN fails it
            return f"goal refused: time_limit is {limit} s: give 0 to {MOST_TIME:g} s"
        frame, pose = request.goal.header.frame_id, pose_numbers(request.goal.pose)
        # where a frame that moves is, is looked up once, when the arm is sent there
        if refusal := self._frames.obstacle(GOAL, request.goal):
            return refusal
        return self._goal.refusal(frame and self._frames.base, pose)

    def located(self, request: Any, now: float) -> Located:
        """Where a goal is that is begun now [s], seen from the base."""
        self._reader.look()
        return self._frames.locate(GOAL, request.goal, self._reader.stamped, now)

    def judge(self, pose: Sequence[float], time_limit: float, now: float) -> GoalJudge:
        """Tells when a goal (7,) in the base frame, begun now [s], is met or out of time."""
        metadata, goal = self._metadata, np.array(pose)
        length = float(np.linalg.norm(goal[3:]))
        if math.isfinite(length) and length > 0.0:
            goal[3:] /= length
        check = goal_check(self._arm, goal, metadata.success, metadata.reads_object)
        return GoalJudge(check, goal, now, time_for(time_limit, metadata.episode_s))

    def seen(self) -> Seen:
        """What was measured last."""
        self._sight.look()
        return self._sight.seen()

    def destroy(self) -> None:
        """Ends what listens."""
        self._sight.destroy()
