"""`goal_server_node`: goals as actions, each with feedback, an end, and a way to call it off.

The action stands for the topic: what it accepts it publishes on /goal_pose, in the base frame, and
judges as an evaluation does. It is a process of its own, which neither policy nor guard waits for.

action ~/<task> rl_manip_interfaces/DriveTo, such as ~/reach
in   the guard's state and the policy node's ~/goal and ~/policy std_msgs/String (latched) ·
     /joint_states · /object_pose geometry_msgs/PoseStamped, for policies that handle an object ·
     /robot_description std_msgs/String (latched): the kinematics by which goals are judged
out  /goal_pose geometry_msgs/PoseStamped · services ~/drop_goal of the policy node and, where an
     arm that was called off goes on moving, ~/stop of the guard
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Deque, Optional

from rclpy.action import CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import Executor, MultiThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger

from rl_manip_deploy.evaluation.goal_run import REPLACED, GoalEnd, GoalRun, Outcome
from rl_manip_deploy.policy.goals.goal_word import GoalWord
from rl_manip_deploy.ros.following.goal_offer import GoalOffer
from rl_manip_deploy.ros.robot.arm_reader import ArmReader
from rl_manip_deploy.ros.robot.pose_messages import pose_message, stamp_of
from rl_manip_deploy.ros.robot.robot_parameters import FRAMES, RobotParameters
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.ros.robot.told_kinematics import ToldKinematics, is_moving
from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_description.contract.settings import setting
from rl_manip_description.model.own_kinematics import with_written_tool
from rl_manip_ros.endpoints import (
    ActionEnd,
    client,
    publisher,
    require_action,
    serve_action,
    subscription,
)
from rl_manip_ros.interfaces import (
    DRIVE_TO,
    DROP_GOAL,
    GOAL_POSE,
    GUARD_STATE,
    GUARD_STOP,
    POLICY_FILE,
    POLICY_GOAL,
    goal_action,
)
from rl_manip_ros.node_process import run_node
from rl_manip_ros.parameters import declare

LOOK_PERIOD = 0.02  # [s] between two looks at the arm
FEEDBACK_PERIOD = 0.1  # [s]
POLICY_PERIOD = 0.5  # [s] between two looks whether a policy can be taken that came during a goal
THREADS = 3  # one goal that goes on, one that takes its place, and what is heard
WORDS_KEPT = 20


@dataclass(frozen=True)
class GoalServerParameters(RobotParameters):
    """Parameters of the node."""

    frames: str = setting("", FRAMES)


class GoalServerNode(Node):
    """Serves the action of the policy that is loaded; one goal at a time, the newest counts."""

    def __init__(self) -> None:
        super().__init__("goal_server_node")
        given = declare(self, GoalServerParameters)
        require_action(DRIVE_TO)
        self._arm = load_arm(given.arm)
        self._own_arm = with_written_tool(self._arm, given.tool)
        self._prefix = given.tf_prefix
        self._guard = ""
        self._words: Deque[GoalWord] = deque(maxlen=WORDS_KEPT)
        self._policy, self._policy_is_new = "", False
        self._offer: Optional[GoalOffer] = None
        self._server: Optional[ActionEnd] = None
        self._current: Any = None  # the handle of the goal that counts
        self._one_at_a_time = threading.Lock()
        self._is_ending = False
        self._frames = ToldFrames(self, self._arm, given)
        self._reader = ArmReader(self, self._arm, self._prefix)
        self._goal = publisher(self, GOAL_POSE)
        self._drop, self._stop = client(self, DROP_GOAL), client(self, GUARD_STOP)
        subscription(self, GUARD_STATE, self._on_guard_state)
        subscription(self, POLICY_GOAL, self._on_word)
        self._kinematics = ToldKinematics(
            self,
            self._own_arm,
            given,
            self._take_kinematics,
            lambda: is_moving(self._guard),
            describe=self._frames.describe,
        )
        subscription(self, POLICY_FILE, self._on_policy)
        self.create_timer(POLICY_PERIOD, self._take_policy)

    def leave(self) -> None:
        """Ends the goal that goes on, if one does."""
        self._is_ending = True
        with self._one_at_a_time:
            pass  # it has ended

    def _on_guard_state(self, message: String) -> None:
        self._guard = message.data
        self._kinematics.look()

    def _on_word(self, message: String) -> None:
        if word := GoalWord.read(message.data):
            self._words.append(word)

    def _take_kinematics(self, arm: Arm) -> None:
        self._own_arm = arm
        if self._offer is not None:
            self._offer.take_kinematics(arm)

    def _on_policy(self, message: String) -> None:
        self._policy, self._policy_is_new = message.data, True
        self._take_policy()

    def _take_policy(self) -> None:
        """Another policy: its task gives the action its name, its criterion judges."""
        if not self._policy_is_new or not self._one_at_a_time.acquire(blocking=False):
            return  # once the goal that goes on has ended
        try:
            self._policy_is_new = False
            if self._offer is not None:
                self._offer.destroy()
                self._offer = None
            if self._policy:
                metadata = PolicyMetadata.from_json(self._policy)
                self._offer = GoalOffer(
                    self, self._reader, self._arm, metadata, self._prefix, self._frames
                )
                self._offer.take_kinematics(self._own_arm)
                self._serve(metadata.task)
        except ValueError as error:
            self.get_logger().error(f"goals are not served: {error}")
        finally:
            self._one_at_a_time.release()

    def _serve(self, task: str) -> None:
        action = goal_action(task)
        if self._server is not None and self._server.action == action:
            return
        if self._server is not None:
            self._server.destroy()
        self._server = serve_action(
            self,
            action,
            self._drive,
            offered=self._on_request,
            accepted=self._on_accepted,
            called_off=lambda handle: CancelResponse.ACCEPT,
            group=ReentrantCallbackGroup(),
        )
        self.get_logger().info(f"goals are taken on {action.resolved(self.get_namespace())}")

    def _on_request(self, request: Any) -> GoalResponse:
        refusal = "goal refused: no policy is loaded: wait until policy_node is configured"
        if self._offer is not None:
            now = self.get_clock().now().nanoseconds
            refusal = self._offer.refusal(request, self._guard, now)
        if not refusal:
            return GoalResponse.ACCEPT
        self.get_logger().warning(refusal)
        return GoalResponse.REJECT

    def _on_accepted(self, handle: Any) -> None:
        self._current = handle
        handle.execute()

    def _drive(self, handle: Any) -> Any:
        """Follows a goal to its end; runs in a thread of its own."""
        assert self._server is not None
        kind = self._server.kind
        with self._one_at_a_time:  # the goal before sees that it is replaced, and ends
            end = self._follow(handle, kind)
            if end.drop:
                self._drop.call_async(Trigger.Request())
            ends = {Outcome.MET: handle.succeed, Outcome.CANCELED: handle.canceled}
            ends.get(end.outcome, handle.abort)()
        said = "met" if end.outcome is Outcome.MET else end.reason
        self.get_logger().info(f"goal ended after {end.elapsed:.2f} s: {said}")
        return kind.Result(
            met=end.outcome is Outcome.MET,
            reason=end.reason,
            distance=end.distance,
            elapsed=end.elapsed,
        )

    def _follow(self, handle: Any, kind: Any) -> GoalEnd:
        now = time.monotonic()
        if self._offer is None or self._current is not handle:
            why = REPLACED if self._offer is not None else "no policy is loaded any more"
            return GoalEnd(Outcome.ABORTED, why, float("inf"), 0.0)
        located = self._offer.located(handle.request, now)
        if located.refusal:
            return GoalEnd(Outcome.ABORTED, located.refusal, float("inf"), 0.0)
        # by its stamp the policy node speaks of it
        goal = pose_message(self, located.frame, located.pose)
        judge = self._offer.judge(located.pose, handle.request.time_limit, now)
        run = GoalRun(judge, stamp_of(goal), now)
        self._words.clear()
        self._goal.publish(goal)
        told, stopped = now, False
        while True:
            time.sleep(LOOK_PERIOD)
            now = time.monotonic()
            if handle.is_cancel_requested and run.call_off(now):
                dropping = self._drop.call_async(Trigger.Request())
                dropping.add_done_callback(lambda _: run.on_dropped())
            if run.needs_stop(now) and not stopped:
                stopped = True
                self.get_logger().warning("the arm goes on after its goal was called off: stop")
                self._stop.call_async(Trigger.Request())
            while self._words:
                run.on_word(self._words.popleft(), now)
            run.on_guard_state(self._guard, now)
            if self._current is not handle:
                return run.close(REPLACED, now)
            if self._is_ending:
                return run.close("the goal server ends", now, drop=True)
            seen = self._offer.seen() if self._reader.look() else None
            if end := run.look(seen, self._reader.states.is_at_rest(), now):
                return end
            if now - told >= FEEDBACK_PERIOD:
                told = now
                feedback = kind.Feedback(distance=run.distance, elapsed=run.elapsed(now))
                handle.publish_feedback(feedback)


def main() -> int:
    """Runs the node until it is told to end."""
    return run_node(GoalServerNode, lambda: MultiThreadedExecutor(THREADS), _leave)


def _leave(node: GoalServerNode, executor: Executor, reason: str) -> int:
    node.leave()
    return 0


if __name__ == "__main__":
    sys.exit(main())
