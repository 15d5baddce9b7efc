"""`evaluate_node`: arms the guard, sends goal after goal, writes evaluation.json and exits.

in   /joint_states · the guard's state std_msgs/String · service ~/arm of the guard ·
     /object_pose geometry_msgs/PoseStamped and, in simulation, service ~/place_object of the
     simulated arm, for policies that handle an object or fill a hole · /hole_pose
     geometry_msgs/PoseStamped, for the latter ·
     /robot_description std_msgs/String (latched): the kinematics by which goals are judged
out  /goal_pose geometry_msgs/PoseStamped in base_link
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Dict, List, Optional

import numpy as np
from rclpy.client import Client
from std_msgs.msg import String
from std_srvs.srv import Trigger

from rl_manip_deploy.evaluation.goal_judge import (
    GoalJudge,
    GoalResult,
    goal_check,
    how_far_off,
    time_for,
)
from rl_manip_deploy.evaluation.goal_results import (
    is_count,
    read_goals,
    where_it_stands,
    write_evaluation,
)
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_deploy.ros.driving_node import (
    DriveFailed,
    DrivingNode,
    DrivingParameters,
    run_to_its_end,
)
from rl_manip_deploy.ros.following.goal_sight import GoalSight
from rl_manip_deploy.ros.following.hole_sight import HoleSight
from rl_manip_deploy.ros.robot.pose_messages import pose_message
from rl_manip_deploy.ros.robot.robot_parameters import DESCRIPTION, FRAMES, TOOL
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.ros.robot.told_kinematics import ToldKinematics, is_moving
from rl_manip_description import Arm, HalfShell
from rl_manip_description.contract.settings import setting
from rl_manip_description.kinematics.written_tool import tool_numbers
from rl_manip_description.model.own_kinematics import with_tool
from rl_manip_description.paths import path_of
from rl_manip_ros.endpoints import client, publisher
from rl_manip_ros.interfaces import COCKPIT, GOAL_POSE, PLACE_OBJECT

LOOK_PERIOD = 0.02  # [s] between two looks at the arm
STOPS_PER_GOAL = 3  # after which the evaluation ends
PLACE_PATIENCE = 5.0  # [s]
SETTLE = 0.5  # [s] until an object that was put somewhere is seen there


@dataclass(frozen=True)
class EvaluateParameters(DrivingParameters):
    """Parameters of the node."""

    description: str = setting("", DESCRIPTION)
    tool: str = setting("", TOOL)
    frames: str = setting("", FRAMES)
    policy: str = setting("", "Policy file that the policy node runs.")
    goals: str = setting("20", "Number of goals to draw, or a file of them.")
    seed: int = setting(0, "Seed of the goals.", "", 0, 2**31 - 1)
    goal_timeout: float = setting(
        0.0, "Time for each goal; 0: the policy's episode and 2 s.", "s", 0.0, 3600.0
    )
    goal_rest: float = setting(
        0.0, "Time for which the arm stays at a goal before the next one.", "s", 0.0, 60.0
    )
    run_dir: str = setting(".", "Folder that evaluation.json is written to.")
    goal_listeners: int = setting(1, "Subscribers of the goal to wait for.", "", 0, 100)


class EvaluateNode(DrivingNode[EvaluateParameters]):
    """Drives through all goals."""

    def __init__(self) -> None:
        super().__init__("evaluate_node", EvaluateParameters)
        self._about: Dict[str, object] = {
            "arm": self.arm.name,
            "hardware": self.hardware,
            "policy": self.given.policy,
            "seed": self.given.seed,
        }
        tool = tool_numbers(self.given.tool)
        policy = load_policy(self.given.policy, self.arm)
        self.arm, self._metadata = with_tool(policy.arm, tool), policy.metadata
        self._about["task"] = self._metadata.task
        self._about["tool"] = tool
        region = HalfShell.from_dict(self._metadata.goal_region)
        goals = self.given.goals
        self._drawn_from = region if is_count(goals) else None
        turned = self._metadata.success.angle_rad is not None
        self.goals = read_goals(goals, self.given.seed, region, self.arm, turned)
        frames = ToldFrames(self, self.arm, self.given)
        self._kinematics = ToldKinematics(
            self,
            self.arm,
            self.given,
            self._take_kinematics,
            lambda: is_moving(self.guard),
            describe=frames.describe,
        )
        self._run_dir = path_of(self.given.run_dir)
        self._timeout = time_for(self.given.goal_timeout, self._metadata.episode_s)
        self._listeners = self.given.goal_listeners
        self._frame = self.prefix + self._metadata.base_frame
        self._goal = publisher(self, GOAL_POSE)
        self._sight = GoalSight(self, self.reader, self.arm, self._metadata, self.prefix, frames)
        self._hole: Optional[HoleSight] = None
        if self._metadata.hole is not None and self._drawn_from is not None:
            self._hole = HoleSight(self, self._metadata.hole, frames, self.reader.stamped)
        self._place: Optional[Client] = None
        has_scene = policy.reads_object or self._hole is not None
        if has_scene and self.hardware == "sim":
            self._place = client(self, PLACE_OBJECT)

    def run(self) -> None:
        """Attempts all goals and writes the result; DriveFailed where it cannot."""
        if self._sight.object is not None:
            self.wait_for(lambda: not self._sight.trouble(), "no object poses came on /object_pose")
        if (hole := self._hole) is not None:
            self.wait_for(hole.look, "no hole pose came on /hole_pose")
        self.wait_for_robot(
            lambda: self._count_listeners() >= self._listeners,
            f"fewer than {self._listeners} listen to /goal_pose (policy node, recorder)",
        )
        self.wait_for(lambda: self._kinematics.is_settled, "no /robot_description came")
        if refusal := self._kinematics.refusal:
            raise DriveFailed(refusal)
        self.wait_until_armed()
        results: List[GoalResult] = []
        count = len(self.goals)
        print(f"{count} goals, up to {self._timeout:g} s each", flush=True)
        for number, goal in enumerate(self.goals, start=1):
            self._stops_allowed = STOPS_PER_GOAL
            result = self._attempt(goal)
            results.append(result)
            self.spin_for(self.given.goal_rest)
            word = f"met after {result.time_to_goal_s:.2f} s" if result.success else "not met"
            place = ", ".join(f"{x:.3f}" for x in result.position)
            left = how_far_off(result.final_distance_m)
            print(f"goal {number}/{count} ({place}) m: {word}, {left}", flush=True)
        self._about["kinematics"] = self._kinematics.summary()
        path = write_evaluation(self._run_dir, self._about, results)
        print(f"{sum(r.success for r in results)} of {count} goals met; {path}", flush=True)

    def _count_listeners(self) -> int:
        """How many listen to goals; a cockpit, which comes and goes, is none to wait for."""
        listeners = self.get_subscriptions_info_by_topic(self._goal.topic_name)
        return sum(one.node_name != COCKPIT for one in listeners)

    def _take_kinematics(self, arm: Arm) -> None:
        # the goals, drawn by the data sheet, stay what they are; what counts is the real tool
        self.arm = arm

    def _on_guard_state(self, message: String) -> None:
        super()._on_guard_state(message)
        self._kinematics.look()

    def _attempt(self, goal: np.ndarray) -> GoalResult:
        self._place_object()
        target = self._sight.object
        if target is not None and self._drawn_from is not None:
            target.look()
            goal = where_it_stands(goal, self._drawn_from, target.position)
        if self._hole is not None and self._hole.look():
            assert self._hole.goal is not None
            goal = self._hole.goal
        self._send(goal)
        start = time.monotonic()
        check = goal_check(self.arm, goal, self._metadata.success, target is not None)
        judge = GoalJudge(check, goal, start, self._timeout)
        while judge.result is None:
            self.spin_for(LOOK_PERIOD)
            if self.has_stopped:
                return self._after_a_stop(goal)
            if self.look():
                judge.watch(self._sight.seen())
            elif time.monotonic() > start + self._timeout + 1.0:
                raise DriveFailed("joint states no longer come.")
            if trouble := self._sight.trouble():
                raise DriveFailed(f"{trouble}.")
        return judge.result

    def _place_object(self) -> None:
        """In simulation every goal has an object or a hole of its own, in a place of its own."""
        if self._place is None:
            return
        answer = self.answer_to(self._place.call_async(Trigger.Request()), PLACE_PATIENCE)
        if answer is None:
            raise DriveFailed(f"{PLACE_OBJECT.resolved(self.get_namespace())} does not answer.")
        print(f"object: {answer.message}", flush=True)
        self.spin_for(SETTLE)

    def _send(self, goal: np.ndarray) -> None:
        self._goal.publish(pose_message(self, self._frame, goal))

    def _after_a_stop(self, goal: np.ndarray) -> GoalResult:
        if not self._stops_allowed:
            raise DriveFailed(f"the guard stopped the arm: {self.guard}.")
        self._stops_allowed -= 1
        print(f"the guard says {self.guard!r}", flush=True)
        if self._hole is not None:  # too large a force is no way to meet a goal
            self._place_object()
            self.wait_until_armed()
            return GoalResult(tuple(map(float, goal[:3])), False, None, None)
        self.wait_until_armed()
        return self._attempt(goal)


def main() -> int:
    """0 when all goals were attempted, whether met or not; 1 otherwise."""
    return run_to_its_end("evaluate_node", lambda: EvaluateNode().run())


if __name__ == "__main__":
    sys.exit(main())
