"""The goal that is shown is the one that counts."""

from __future__ import annotations

import time

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String

from rl_manip_cockpit.ros.sent_goal import SentGoal
from rl_manip_deploy.policy.goals.goal_word import Fate, GoalWord
from rl_manip_deploy.ros.robot.pose_messages import pose_message, pose_numbers, stamp_of
from rl_manip_ros.endpoints import publisher
from rl_manip_ros.interfaces import GOAL_POSE, POLICY_GOAL

DEADLINE = 30.0  # [s]
FIRST, SECOND = ([0.4, y, 0.3, 0.0, 0.0, 0.0, 1.0] for y in (0.1, 0.2))


class Stand:
    """A sender of goals, a policy node that says what became of them, and who listens to both."""

    def __init__(self, context: rclpy.Context) -> None:
        self.node = Node("goals", context=context)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)
        self.sent = SentGoal(self.node, lambda message: np.array(pose_numbers(message.pose)))
        self._goals, self._words = (
            publisher(self.node, GOAL_POSE),
            publisher(self.node, POLICY_GOAL),
        )

    def send(self, pose: list[float]) -> PoseStamped:
        message = pose_message(self.node, "base_link", pose)
        self._goals.publish(message)
        self.until(lambda: self.shows(pose))
        return message

    def tell(self, fate: Fate, goal: PoseStamped) -> None:
        word = GoalWord(fate, stamp_of(goal), "because")
        self._words.publish(String(data=word.text()))
        self.until(lambda: self.sent.word == word)

    def shows(self, pose: list[float]) -> bool:
        return self.sent.pose is not None and self.sent.pose.tolist() == pose

    def until(self, holds) -> None:
        latest = time.monotonic() + DEADLINE
        while not holds():
            assert time.monotonic() < latest
            self.executor.spin_once(timeout_sec=0.01)


@pytest.fixture
def stand():
    context = rclpy.Context()
    rclpy.init(context=context)
    it = Stand(context)
    it.until(lambda: it.node.count_subscribers(GOAL_POSE.name) == 1)
    yield it
    it.executor.shutdown()
    it.node.destroy_node()
    rclpy.shutdown(context=context)


def test_a_goal_that_a_stop_dropped_is_shown_no_longer(stand):
    goal = stand.send(FIRST)
    stand.tell(Fate.TAKEN, goal)
    assert stand.shows(FIRST)
    stand.tell(Fate.DROPPED, goal)
    assert stand.sent.pose is None


def test_a_goal_that_is_refused_leaves_the_one_before(stand):
    stand.send(FIRST)
    stand.tell(Fate.REFUSED, stand.send(SECOND))
    assert stand.shows(FIRST)


def test_what_became_of_an_older_goal_does_not_matter(stand):
    first = stand.send(FIRST)
    stand.send(SECOND)
    stand.tell(Fate.DROPPED, first)
    assert stand.shows(SECOND)
