"""Goals as actions, and another policy, in a deployment on the simulated arm."""

from __future__ import annotations

import queue
import signal
import time
from typing import Any, Callable, List, Optional

import pytest
from action_msgs.msg import GoalStatus
from arm_watch import DEADLINE, RESTING, ArmWatch, NodeInAThread
from deploy_stack import ROOT
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.action import ActionClient
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String

from ros2_process import Ros2Process

DriveTo = pytest.importorskip(
    "rl_manip_interfaces.action", reason="rl_manip_interfaces is not built here"
).DriveTo

ATTEMPTS = 5  # on a busy machine
NEAR, FAR = (0.45, 0.25, 0.35), (0.45, -0.35, 0.45)
OTHER_POLICY = ROOT / "policies" / "ur5e_reach_robust" / "policy.onnx"
OTHER_ARMS_POLICY = ROOT / "policies" / "universal_robots" / "ur3e_reach" / "policy.onnx"


class Goal:
    """One goal given as an action, from its sender's side."""

    def __init__(self) -> None:
        self.feedback: List[Any] = []
        self.handle: Optional[Any] = None
        self.outcome: Optional[Any] = None

    @property
    def result(self) -> Any:
        return self.outcome.result

    @property
    def status(self) -> int:
        return self.outcome.status


class Sender(NodeInAThread):
    """Sends goals, in a thread of its own; use it as a context."""

    def __init__(self, watch: ArmWatch, action: str) -> None:
        super().__init__("goal_sender")
        self._watch = watch
        # the client is not made for two threads: an answer may come before it knows the question
        self._asked: queue.Queue[Callable[[], None]] = queue.Queue()
        self._client = ActionClient(self.node, DriveTo, action)
        self.policies: List[str] = []
        latched = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.node.create_subscription(
            String, "/policy_node/policy", lambda said: self.policies.append(said.data), latched
        )

    def __enter__(self) -> Sender:
        super().__enter__()
        self._watch.wait_until(self._client.server_is_ready, "the action is served")
        return self

    def _attend(self) -> None:
        while not self._ended.is_set():
            while not self._asked.empty():
                self._asked.get()()
            self._executor.spin_once(timeout_sec=0.02)

    def send(self, position, frame: str = "base_link", time_limit: float = 20.0) -> Goal:
        """Sends a goal [m]; its handle is there once it was accepted or rejected."""
        request = DriveTo.Goal(time_limit=time_limit)
        request.goal.header.frame_id = frame
        point = request.goal.pose.position
        point.x, point.y, point.z = map(float, position)
        goal = Goal()

        def on_answer(sent) -> None:
            goal.handle = sent.result()
            if goal.handle.accepted:
                ended = goal.handle.get_result_async()
                ended.add_done_callback(lambda future: setattr(goal, "outcome", future.result()))

        def send() -> None:
            sent = self._client.send_goal_async(
                request, feedback_callback=lambda said: goal.feedback.append(said.feedback)
            )
            sent.add_done_callback(on_answer)

        self._asked.put(send)
        self._watch.wait_until(lambda: goal.handle is not None, "the goal is answered")
        return goal

    def call_off(self, goal: Goal) -> None:
        self._asked.put(goal.handle.cancel_goal_async)

    def send_until_it_moves(self, position) -> Goal:
        """Sends a goal, anew where a busy machine made the guard stop the arm before it moved."""
        latest = time.monotonic() + DEADLINE
        while time.monotonic() < latest:
            self.arm()
            goal = self.send(position)
            if goal.handle.accepted:
                self._watch.wait_until(
                    lambda goal=goal: goal.outcome or self._watch.speed() > 0.3, "the arm moves"
                )
                if goal.outcome is None:
                    return goal
        raise AssertionError(f"the arm did not move for {position}: {self._watch.guard}")

    def drive(self, position, frame: str = "base_link") -> Goal:
        """Sends a goal until it is met: so that a false stop on a busy machine fails no test."""
        latest, reasons = time.monotonic() + DEADLINE, []
        while time.monotonic() < latest:
            self.arm()
            goal = self.send(position, frame)
            if goal.handle.accepted:
                self._watch.wait_until(lambda goal=goal: goal.outcome, "the goal ends")
                if goal.result.met:
                    return goal
                reasons.append(goal.result.reason)
        raise AssertionError(f"{position} was never met: {reasons}")

    def arm(self) -> None:
        """Arms the guard where it is not."""
        watch = self._watch

        def armed() -> bool:
            return watch.guard[-1] == "armed" or watch.call("/velocity_guard_node/arm").success

        watch.wait_until(armed, "the guard arms")
        watch.wait_until_armed()
        time.sleep(0.3)  # until the action server, too, has heard of it

    def end(self, goal: Goal) -> Goal:
        self._watch.wait_until(lambda: goal.outcome is not None, "the goal ends")
        return goal


def set_policy(watch: ArmWatch, path) -> Any:
    """Answer of the policy node to another policy."""
    value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=str(path))
    request = SetParameters.Request(parameters=[Parameter(name="policy", value=value)])
    return watch.request(SetParameters, "/policy_node/set_parameters", request).results[0]


@pytest.fixture(scope="module")
def launch(tmp_path_factory):
    words = ("hardware:=sim", f"run_dir:={tmp_path_factory.mktemp('run')}", "record:=false")
    with Ros2Process("launch", "rl_manip", "deploy_real.launch.py", *words) as launch:
        yield launch
        code, said = launch.finish(signal.SIGINT)
        assert code == 0, said


@pytest.fixture(scope="module")
def watch(launch):
    with ArmWatch() as watch:
        watch.wait_until_armed()
        yield watch


@pytest.fixture(scope="module")
def sender(watch):
    with Sender(watch, "/goal_server_node/reach") as sender:
        yield sender


def test_a_goal_is_met_with_feedback_of_distance_and_time(watch, sender):
    goal = sender.drive(NEAR)
    assert goal.status == GoalStatus.STATUS_SUCCEEDED
    assert (goal.result.met, goal.result.reason) == (True, "")
    assert goal.result.distance < 0.02
    assert watch.tool_distance(NEAR) < 0.02
    assert 0.0 < goal.result.elapsed < 20.0
    distances = [said.distance for said in goal.feedback]
    times = [said.elapsed for said in goal.feedback]
    assert times
    assert times == sorted(set(times))
    assert distances[0] >= distances[-1]


def test_a_goal_in_the_pendants_frame_is_met_half_a_turn_away(watch, sender):
    assert sender.drive((-0.4, 0.05, 0.5), "base").result.distance < 0.02
    assert watch.tool_distance((0.4, -0.05, 0.5)) < 0.02


def test_cancelled_the_arm_comes_to_rest_and_stays_armed(watch, sender):
    for _ in range(ATTEMPTS):
        goal = sender.send_until_it_moves(FAR)
        guard = len(watch.guard)
        sender.call_off(goal)
        sender.end(goal)
        if watch.guard[guard:] == []:
            break  # where the policy is starved for 2 s, the guard is asked to stop
    assert goal.status == GoalStatus.STATUS_CANCELED
    assert not goal.result.met
    assert goal.result.reason == "called off: the arm is at rest"
    assert watch.speed() < RESTING
    assert watch.guard[guard:] == []
    assert goal.result.distance > 0.02


def test_another_goal_takes_the_place_of_one_that_goes_on(watch, sender):
    first = sender.send_until_it_moves(FAR)
    second = sender.send(NEAR)
    sender.end(first)
    assert first.status == GoalStatus.STATUS_ABORTED
    assert first.result.reason == "another goal was given, which counts now"
    assert sender.end(second).result.met or second.result.reason.startswith("the guard says")


def test_a_goal_by_topic_takes_its_place_too(watch, sender):
    goal = sender.send_until_it_moves(FAR)
    watch.send_goal(NEAR)
    sender.end(goal)
    assert goal.status == GoalStatus.STATUS_ABORTED
    assert goal.result.reason == "another goal was given, which counts now"
    watch.wait_until(lambda: watch.tool_distance(NEAR) < 0.02, "the goal of the topic is met")


def test_a_stop_ends_it_with_the_guards_reason_and_the_next_one_is_rejected(launch, watch, sender):
    goal = sender.send_until_it_moves(FAR)
    watch.call("/velocity_guard_node/stop")
    sender.end(goal)
    assert goal.status == GoalStatus.STATUS_ABORTED
    assert "the guard says 'stop" in goal.result.reason
    watch.wait_until(lambda: watch.guard[-1].startswith("stopped"), "the guard has stopped")
    assert not sender.send(NEAR).handle.accepted
    watch.wait_until(
        lambda: launch.has_said("goal refused: the guard says 'stopped"), "the log says why"
    )


def test_a_goal_that_cannot_be_one_is_rejected_with_the_sentence_of_the_topic(
    launch, watch, sender
):
    sender.arm()
    assert not sender.send(NEAR, frame="nowhere").handle.accepted
    assert not sender.send((float("nan"), 0.0, 0.3)).handle.accepted
    assert not sender.send(NEAR, time_limit=-1.0).handle.accepted
    for said in (
        "goal in frame 'nowhere' refused",
        "position is not finite",
        "time_limit is -1.0 s",
    ):
        watch.wait_until(lambda said=said: launch.has_said(said), f"{said!r} is said")


def test_out_of_time_the_arm_goes_no_further(watch, sender):
    sender.drive(NEAR)
    goal = sender.send(FAR, time_limit=0.3)
    sender.end(goal)
    assert goal.status == GoalStatus.STATUS_ABORTED
    assert goal.result.reason.startswith("not met within 0.3 s: ")
    watch.wait_until(lambda: watch.speed() < RESTING, "the arm comes to rest")
    assert watch.tool_distance(FAR) > 0.02


def test_another_policy_is_taken_at_rest_under_an_armed_guard(tmp_path, watch, sender):
    sender.drive(NEAR)
    damaged = tmp_path / "policy.onnx"
    damaged.write_bytes(b"no policy")
    watch.wait_until(
        lambda: not set_policy(watch, damaged).reason.startswith("the arm"), "the arm is at rest"
    )
    for wrong, said in (
        (damaged, "policy.onnx"),
        (OTHER_ARMS_POLICY, "arm is 'ur3e'"),
        (ROOT / "policies" / "ur5e_grasp" / "policy.onnx", "an arm with robotiq_2f85"),
    ):
        answer = set_policy(watch, wrong)
        assert not answer.successful
        assert said in answer.reason
    guard, policies = len(watch.guard), len(sender.policies)
    answer = set_policy(watch, OTHER_POLICY)
    assert answer.successful, answer.reason
    watch.wait_until(lambda: len(sender.policies) > policies, "the node says what it runs")
    assert sender.policies[-1] != sender.policies[0]
    assert watch.guard[guard:] == []  # armed all the while
    assert sender.drive(FAR).result.met


def test_on_the_way_another_policy_is_refused(watch, sender):
    answers = []
    for place in (NEAR, FAR, NEAR):
        goal = sender.send_until_it_moves(place)
        answer = set_policy(watch, ROOT / "policies" / "ur5e_reach" / "policy.onnx")
        assert not answer.successful
        answers.append(answer.reason)
        if answer.reason.startswith("the arm is on its way to a goal"):
            return
        # on a busy machine the guard may have ended the goal just before
        watch.wait_until(lambda goal=goal: goal.outcome, "a goal is over that is not refused for")
    raise AssertionError(f"another policy was refused for other reasons: {answers}")
