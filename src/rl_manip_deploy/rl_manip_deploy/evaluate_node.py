"""`evaluate_node`: arms the guard, sends goal after goal, writes evaluation.json and exits.

in   /joint_states · the guard's state std_msgs/String · service ~/arm of the guard
out  /goal_pose geometry_msgs/PoseStamped in base_link
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Callable, List

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger

from rl_manip_deploy.evaluation import GoalJudge, GoalResult, read_goals, write_evaluation
from rl_manip_deploy.joint_order import JointNamesError, JointOrder
from rl_manip_deploy.policy_file import load_policy
from rl_manip_deploy.spinning_node import PolledSubscription
from rl_manip_description import HalfShell, load_arm

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
# Without goal_timeout a goal gets the policy's episode and so much more, for the way through ROS
# and for starts further away than a goal was in training [s].
EXTRA_TIME = 2.0
LOOK_PERIOD = 0.02  # [s] between two looks at the arm
STOPS_PER_GOAL = 3  # after which an evaluation in simulation ends too
PAUSE_AFTER_STOP = 1.0  # [s] a machine that stalled does so again at once
STOP_PATIENCE = 5.0  # [s] for the guard to be armed again, in simulation
ARM_PERIOD = 0.5  # [s] between two requests to arm


class EvaluationFailed(Exception):
    """The evaluation cannot go on; the message says why."""


class EvaluateNode(Node):
    """Drives through all goals; the main thread waits, callbacks only store what they hear."""

    def __init__(self) -> None:
        super().__init__("evaluate_node")

        def parameter(name: str, default):
            return self.declare_parameter(name, default).value

        self._arm = load_arm(parameter("arm", "ur5e"))
        self._about = {
            "arm": self._arm.name,
            "hardware": parameter("hardware", "real"),
            "policy": parameter("policy", ""),
            "seed": parameter("seed", 0),
        }
        self._metadata = load_policy(self._about["policy"], self._arm).metadata
        region = HalfShell.from_dict(self._metadata.goal_region)
        self.goals = read_goals(parameter("goals", "20"), self._about["seed"], region, self._arm)
        self._run_dir = Path(parameter("run_dir", "."))
        timeout = parameter("goal_timeout", 0.0)
        self._timeout = timeout if timeout > 0.0 else self._metadata.episode_s + EXTRA_TIME
        self._startup_timeout = parameter("startup_timeout", 60.0)
        self._listeners = parameter("goal_listeners", 1)
        # a busy machine may starve a simulated arm; a real one is armed again by a person
        self._stops_per_goal = STOPS_PER_GOAL if self._about["hardware"] == "sim" else 0
        prefix = parameter("tf_prefix", "")
        self._frame = prefix + self._metadata.base_frame
        self._order = JointOrder(self._arm.joint_names, prefix)
        self._position = self._velocity = np.zeros(self._arm.num_joints)
        self._guard = ""

        topic = self._arm.controller.joint_state_topic
        self._joint_states = PolledSubscription(self, JointState, topic)
        self.create_subscription(
            String, "/velocity_guard_node/state", self._on_guard_state, LATCHED
        )
        self._goal = self.create_publisher(PoseStamped, "/goal_pose", 1)
        self._arm_guard = self.create_client(Trigger, "/velocity_guard_node/arm")

    def run(self) -> None:
        """Attempts all goals and writes the result; EvaluationFailed where it cannot."""
        self._wait_for_robot()
        self._arm_the_guard(self._startup_timeout)
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

    def _wait_for_robot(self) -> None:
        latest = time.monotonic() + self._startup_timeout
        self._wait(self._look, latest, "no joint states came")
        self._wait(self._arm_guard.service_is_ready, latest, "the velocity guard is not there")
        self._wait(
            lambda: self._goal.get_subscription_count() >= self._listeners,
            latest,
            f"fewer than {self._listeners} listen to /goal_pose (policy node, recorder)",
        )

    def _arm_the_guard(self, patience: float) -> None:
        latest = time.monotonic() + patience
        refusal = "it does not answer"
        while time.monotonic() < latest:
            asked = self._arm_guard.call_async(Trigger.Request())
            rclpy.spin_until_future_complete(self, asked, timeout_sec=ARM_PERIOD)
            answer = asked.result() if asked.done() else None
            if answer is not None and answer.success:
                self._guard = ""
                return
            refusal = answer.message if answer is not None else refusal
            self._spin_for(ARM_PERIOD)
        raise EvaluationFailed(f"the guard could not be armed: {refusal}.")

    def _attempt(self, goal: np.ndarray) -> GoalResult:
        message = PoseStamped()
        message.header.frame_id = self._frame
        message.header.stamp = self.get_clock().now().to_msg()
        point = message.pose.position
        point.x, point.y, point.z = map(float, goal)
        message.pose.orientation.w = 1.0
        self._goal.publish(message)
        start = time.monotonic()
        judge = GoalJudge(self._arm, goal, self._metadata.success, start, self._timeout)
        while judge.result is None:
            self._spin_for(LOOK_PERIOD)
            if self._guard.startswith("stop"):
                return self._after_a_stop(goal)
            if self._look():
                judge.watch(self._position, self._velocity, time.monotonic())
            elif time.monotonic() > start + self._timeout + 1.0:
                raise EvaluationFailed("joint states no longer come.")
        return judge.result

    def _after_a_stop(self, goal: np.ndarray) -> GoalResult:
        if not self._stops_allowed:
            raise EvaluationFailed(f"the guard stopped the arm: {self._guard}.")
        self._stops_allowed -= 1
        print(f"the guard says {self._guard!r}: armed again, goal sent again", flush=True)
        self._spin_for(PAUSE_AFTER_STOP)
        self._arm_the_guard(STOP_PATIENCE)
        return self._attempt(goal)

    def _wait(self, condition: Callable[[], bool], latest: float, otherwise: str) -> None:
        while not condition():
            if time.monotonic() > latest:
                raise EvaluationFailed(f"{otherwise} within {self._startup_timeout:g} s.")
            rclpy.spin_once(self, timeout_sec=0.05)

    def _spin_for(self, seconds: float) -> None:
        latest = time.monotonic() + seconds
        while (left := latest - time.monotonic()) > 0.0:
            rclpy.spin_once(self, timeout_sec=left)

    def _look(self) -> bool:
        """Takes the newest joint state; false where none of the arm's came since the last look."""
        seen = self._joint_states.take()
        if not seen or not self._order.concerns(seen[0].name):
            return False
        state, _ = seen
        try:
            self._position = self._order.pick(state.name, state.position, "positions")
            self._velocity = self._order.pick(state.name, state.velocity, "velocities")
        except JointNamesError as error:
            self.get_logger().warning(f"joint state ignored: {error}", throttle_duration_sec=5.0)
            return False
        return True

    def _on_guard_state(self, message: String) -> None:
        self._guard = message.data


def _interrupt(number: int, frame) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """0 when all goals were attempted, whether met or not; 1 otherwise."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        EvaluateNode().run()
    except (ValueError, EvaluationFailed, InvalidParameterTypeException) as error:
        print(f"evaluate_node: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("evaluate_node: interrupted, nothing written", file=sys.stderr)
        return 1
    finally:
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
