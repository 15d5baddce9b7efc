"""`evaluate_node`: arms the guard, sends goal after goal, writes evaluation.json and exits.

in   /joint_states · the guard's state std_msgs/String · service ~/arm of the guard
out  /goal_pose geometry_msgs/PoseStamped in base_link
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import List

import numpy as np
from geometry_msgs.msg import PoseStamped

from rl_manip_deploy.arming_node import ArmingNode, DriveFailed, run_to_its_end
from rl_manip_deploy.evaluation import GoalJudge, GoalResult, read_goals, write_evaluation
from rl_manip_deploy.policy_file import load_policy
from rl_manip_description import HalfShell

# Without goal_timeout a goal gets the policy's episode and so much more, for the way through ROS
# and for starts further away than a goal was in training [s].
EXTRA_TIME = 2.0
LOOK_PERIOD = 0.02  # [s] between two looks at the arm
STOPS_PER_GOAL = 3  # after which an evaluation in simulation ends too


class EvaluateNode(ArmingNode):
    """Drives through all goals."""

    def __init__(self) -> None:
        super().__init__("evaluate_node")
        self._about = {
            "arm": self.arm.name,
            "hardware": self.hardware,
            "policy": self.parameter("policy", ""),
            "seed": self.parameter("seed", 0),
        }
        self._metadata = load_policy(self._about["policy"], self.arm).metadata
        region = HalfShell.from_dict(self._metadata.goal_region)
        goals = self.parameter("goals", "20")
        self.goals = read_goals(goals, self._about["seed"], region, self.arm)
        self._run_dir = Path(self.parameter("run_dir", "."))
        timeout = self.parameter("goal_timeout", 0.0)
        self._timeout = timeout if timeout > 0.0 else self._metadata.episode_s + EXTRA_TIME
        self._listeners = self.parameter("goal_listeners", 1)
        # a busy machine may starve a simulated arm; a real one is armed again by a person
        self._stops_per_goal = STOPS_PER_GOAL if self.hardware == "sim" else 0
        self._frame = self.prefix + self._metadata.base_frame
        self._goal = self.create_publisher(PoseStamped, "/goal_pose", 1)

    def run(self) -> None:
        """Attempts all goals and writes the result; DriveFailed where it cannot."""
        self.wait_for_robot(
            lambda: self._goal.get_subscription_count() >= self._listeners,
            f"fewer than {self._listeners} listen to /goal_pose (policy node, recorder)",
        )
        self.arm_the_guard(self.startup_timeout)
        results: List[GoalResult] = []
        count = len(self.goals)
        print(f"{count} goals, up to {self._timeout:g} s each", flush=True)
        for number, goal in enumerate(self.goals, start=1):
            self._stops_allowed = self._stops_per_goal
            result = self._attempt(goal)
            results.append(result)
            word = f"met after {result.time_to_goal_s:.2f} s" if result.success else "not met"
            place = ", ".join(f"{x:.3f}" for x in goal)
            distance = 1e3 * result.final_distance_m
            print(f"goal {number}/{count} ({place}) m: {word}, {distance:.1f} mm off", flush=True)
        path = write_evaluation(self._run_dir, self._about, results)
        print(f"{sum(r.success for r in results)} of {count} goals met; {path}", flush=True)

    def _attempt(self, goal: np.ndarray) -> GoalResult:
        message = PoseStamped()
        message.header.frame_id = self._frame
        message.header.stamp = self.get_clock().now().to_msg()
        point = message.pose.position
        point.x, point.y, point.z = map(float, goal)
        message.pose.orientation.w = 1.0
        self._goal.publish(message)
        start = time.monotonic()
        judge = GoalJudge(self.arm, goal, self._metadata.success, start, self._timeout)
        while judge.result is None:
            self.spin_for(LOOK_PERIOD)
            if self.has_stopped:
                return self._after_a_stop(goal)
            if self.look():
                judge.watch(self.position, self.velocity, time.monotonic())
            elif time.monotonic() > start + self._timeout + 1.0:
                raise DriveFailed("joint states no longer come.")
        return judge.result

    def _after_a_stop(self, goal: np.ndarray) -> GoalResult:
        if not self._stops_allowed:
            raise DriveFailed(f"the guard stopped the arm: {self.guard}.")
        self._stops_allowed -= 1
        self.arm_again()
        return self._attempt(goal)


def main() -> int:
    """0 when all goals were attempted, whether met or not; 1 otherwise."""
    return run_to_its_end("evaluate_node", lambda: EvaluateNode().run())


if __name__ == "__main__":
    sys.exit(main())
