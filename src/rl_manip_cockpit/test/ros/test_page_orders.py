"""What is asked for at a page reaches the guard, and what became of it is said."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
from rcl_interfaces.msg import SetParametersResult
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_srvs.srv import Trigger

from rl_manip_cockpit.ros.page_orders import PageOrders
from rl_manip_cockpit.state.goal_choice import GoalChoice
from rl_manip_cockpit.state.seen import Motion, Seen
from rl_manip_deploy.policy.goals.goal_word import Fate, GoalWord
from rl_manip_deploy.ros.robot.pose_messages import stamp_of
from rl_manip_description import load_arm
from rl_manip_ros.endpoints import serve, subscription
from rl_manip_ros.interfaces import GOAL_POSE, GUARD_ARM, GUARD_STOP, POLICY, enable_switch

ARM = load_arm("ur5e")
SWITCH = "hold_to_run"
DEADLINE = 30.0  # [s]


class FakeGuard(Node):
    """Answers at once, and takes down what it hears."""

    def __init__(self, context: rclpy.Context) -> None:
        super().__init__("fake_guard", context=context)
        self.word, self.calls, self.switch, self.goals = "disarmed", [], [], []
        subscription(self, enable_switch(SWITCH), lambda m: self.switch.append(m.data), 100)
        subscription(self, GOAL_POSE, self.goals.append)
        serve(self, GUARD_ARM, lambda request, response: self._answer("armed", response))
        serve(self, GUARD_STOP, lambda request, response: self._answer("stopped", response))

    def _answer(self, word, response):
        self.calls.append(word)
        self.word, response.success, response.message = word, True, word
        return response


class FakePolicyNode(Node):
    """Takes any policy but those of another arm."""

    def __init__(self, context: rclpy.Context) -> None:
        super().__init__(POLICY, context=context)
        self.declare_parameter("policy", "the first")
        self.add_on_set_parameters_callback(self._on_set)

    def _on_set(self, parameters):
        (policy,) = parameters
        refusal = f"{policy.value} is for the ur10e" if "ur10e" in policy.value else ""
        return SetParametersResult(successful=not refusal, reason=refusal)


class Stand:
    """Orders with a guard, or without one."""

    def __init__(self, context: rclpy.Context, with_guard: bool = True, switch: str = SWITCH):
        self.executor = SingleThreadedExecutor(context=context)
        self.node = Node("orders", context=context)
        self.guard = FakeGuard(context) if with_guard else None
        self.orders = PageOrders(self.node, GoalChoice(ARM), "base_link", switch)
        self.goal_word: GoalWord | None = None
        self.nodes = [self.node, *([self.guard] if with_guard else [])]
        for node in self.nodes:
            self.executor.add_node(node)
        if self.guard:
            self.until(lambda: self.node.count_subscribers(GOAL_POSE.name) == 1)
            guards = [c for c in self.node.clients if c.srv_type is Trigger]
            self.until(lambda: all(c.service_is_ready() for c in guards))

    def add(self, node: Node) -> None:
        self.nodes.append(node)
        self.executor.add_node(node)

    def look(self) -> None:
        still = np.zeros(ARM.num_joints)
        now = time.monotonic()
        word = self.guard.word if self.guard else ""
        state = Motion(now, still, ARM.home)
        self.orders.look(Seen(now, state, guard=word, goal_word=self.goal_word), None)
        self.executor.spin_once(timeout_sec=0.01)

    def until(self, holds) -> None:
        latest = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < latest
            if hasattr(self, "orders"):
                self.look()

    def send_goal(self, *position: float) -> None:
        """Arms where that is not done, and sends a goal [m]."""
        heard = len(self.guard.goals)
        if self.guard.word != "armed":
            self.orders.arm(1)
            self.until(lambda: self.guard.word == "armed")
            self.look()
        self.orders.send_dragged(1, np.array(position), np.array([1.0, 0.0, 0.0, 0.0]))
        self.until(lambda: len(self.guard.goals) > heard)

    def end(self) -> None:
        self.executor.shutdown()
        for node in self.nodes:
            node.destroy_node()


@pytest.fixture
def context():
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.shutdown(context=context)


@pytest.fixture
def stand(context):
    """`stand(with_guard, switch)`."""
    made = []

    def make(**options) -> Stand:
        made.append(Stand(context, **options))
        return made[-1]

    yield make
    for one in made:
        one.end()


def test_a_stop_says_that_it_was_obeyed(stand):
    it = stand()
    it.orders.stop(1)
    it.until(lambda: it.orders.note.startswith("stop obeyed"))
    assert it.guard.calls == ["stopped"]


def test_a_stop_that_is_pressed_and_let_go_is_sent_twice_and_told_once(stand):
    it = stand()
    it.orders.stop(1)
    it.until(lambda: it.guard.calls == ["stopped"])
    it.orders.stop(1)
    it.until(lambda: it.guard.calls == ["stopped"] * 2)
    it.until(lambda: it.orders.note.startswith("stop obeyed"))
    told = it.orders.note
    for _ in range(30):
        it.look()
    assert it.orders.note == told


def test_a_press_of_arm_that_comes_right_after_a_stop_was_overtaken_by_it(stand):
    it = stand(switch="")
    it.orders.stop(1)
    it.orders.arm(1)
    it.until(lambda: it.guard.calls == ["stopped"])
    it.until(lambda: it.orders.note.startswith("stop obeyed"))
    assert it.guard.word != "armed"


def test_without_a_guard_a_stop_says_so_and_nothing_is_sent(stand):
    it = stand(with_guard=False, switch="")
    it.orders.send_home(1)
    it.until(lambda: "the guard is not there; arm it" in it.orders.note)
    it.orders.stop(1)
    it.until(lambda: it.orders.note.startswith("STOP WAS NOT OBEYED"))
    assert "the velocity guard is not there" in it.orders.note


def test_goals_are_sent_while_armed_and_nonsense_never(stand):
    it = stand(switch="")
    it.orders.arm(1)
    it.until(lambda: it.guard.word == "armed")
    it.look()
    it.orders.send_dragged(1, np.array([np.nan, 0.0, 0.3]), np.array([1.0, 0.0, 0.0, 0.0]))
    it.until(lambda: "refused" in it.orders.note)
    it.orders.send_dragged(1, np.array([0.4, 0.1, 0.3]), np.array([1.0, 0.0, 0.0, 0.0]))
    it.until(lambda: it.guard.goals)
    assert len(it.guard.goals) == 1
    goal = it.guard.goals[0]
    assert goal.header.frame_id == "base_link"
    assert (goal.pose.position.x, goal.pose.orientation.w) == (0.4, 1.0)


@pytest.mark.parametrize(("switch", "then"), [("", ""), (SWITCH, ", hold HOLD TO RUN")])
def test_it_begins_with_the_first_steps(stand, switch, then):
    first_steps = "to begin: Arm, drag the arrows in the picture, Send dragged goal"
    assert stand(switch=switch).orders.note == f"{first_steps}{then}"


def test_a_guard_that_is_armed_says_so_itself(stand):
    """A note would stay after a fault, and say the contrary of the guard."""
    it = stand(switch="")
    it.orders.arm(1)
    it.until(lambda: it.orders.note == "")
    assert it.guard.word == "armed"


def test_of_a_goal_outside_the_region_trained_in_it_is_said(stand):
    it = stand(switch="")
    it.send_goal(0.4, 0.1, 0.3)
    assert it.orders.note == "goal sent: 0.400, 0.100, 0.300 m"
    it.send_goal(-0.6, 0.0, 0.3)  # behind the arm
    assert it.orders.note.endswith(
        "outside the region trained in: the arm may not get there, or not back"
    )


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.DROPPED])
def test_why_a_goal_came_to_nothing_is_said_in_place_of_that_it_was_sent(stand, fate):
    it = stand(switch="")
    it.send_goal(0.4, 0.1, 0.3)
    stamp = stamp_of(it.guard.goals[-1])
    it.goal_word = GoalWord(fate, stamp - 1, "another goal")
    it.look()
    assert it.orders.note.startswith("goal sent")
    it.goal_word = GoalWord(fate, stamp, "the policy is not active")
    it.look()
    assert it.orders.note == "the policy is not active"


def test_a_stop_that_drops_the_goal_is_told_as_a_stop(stand):
    it = stand(switch="")
    it.send_goal(0.4, 0.1, 0.3)
    it.orders.stop(1)
    it.until(lambda: it.orders.note.startswith("stop obeyed"))
    it.goal_word = GoalWord(Fate.DROPPED, stamp_of(it.guard.goals[-1]), "stopped")
    it.look()
    assert it.orders.note.startswith("stop obeyed")


def test_a_hold_arms_sends_the_goal_and_lapses(stand):
    """Pressed first: arm, a goal. Then the button is held, and its beats cease without a word."""
    it = stand()
    it.orders.arm(1)
    it.orders.send_home(1)
    it.until(lambda: "press and hold" in it.orders.note)
    assert it.guard.calls == []

    def beats_on() -> bool:
        if time.monotonic() - beats_on.last >= 0.05:
            it.orders.hold(1)
            beats_on.last = time.monotonic()
        return bool(it.guard.goals)

    beats_on.last = 0.0
    it.until(beats_on)
    assert it.guard.calls == ["armed"]
    assert it.guard.switch[0] is True
    it.until(lambda: it.guard.switch[-1] is False)
    assert it.guard.switch.count(False) == 1


def test_another_policy_is_loaded_or_it_is_said_why_not(stand, context):
    it = stand(switch="")
    it.orders.load_policy(1, "runs/a", Path("/runs/a/policy.onnx"))
    it.until(lambda: it.orders.note == "not loaded: the policy node is not there")
    policy_node = FakePolicyNode(context)
    it.add(policy_node)
    it.until(lambda: all(c.service_is_ready() for c in it.node.clients))
    it.orders.load_policy(1, "policies/ur10e", Path("/policies/ur10e/policy.onnx"))
    it.until(lambda: it.orders.note == "not loaded: policies/ur10e is for the ur10e")
    assert policy_node.get_parameter("policy").value == "the first"
    it.orders.load_policy(1, "runs/a", Path("/runs/a/policy.onnx"))
    it.until(lambda: it.orders.note == "runs/a is loaded: send a goal")
    assert policy_node.get_parameter("policy").value == "/runs/a/policy.onnx"


def test_letting_go_is_told_at_once(stand):
    it = stand()

    def held() -> bool:
        if time.monotonic() - held.last >= 0.05:
            it.orders.hold(1)
            held.last = time.monotonic()
        return len(it.guard.switch) > 3

    held.last = 0.0
    it.until(held)
    it.orders.let_go(1)
    it.until(lambda: it.guard.switch[-1] is False)
