"""Goals for grippers whose drivers take no stream of positions.

control_msgs is not on PyPI: a stand-in has the fields of its GripperCommand and no others.
"""

from types import SimpleNamespace

import pytest

from rl_manip_deploy.ros.following import gripper_goals
from rl_manip_deploy.ros.following.gripper_goals import GripperGoals
from rl_manip_description import known_grippers, load_arm

HAND = load_arm("fr3", "franka_hand").gripper


class Command:
    """control_msgs/msg/GripperCommand."""

    __slots__ = ("max_effort", "position")


class Goal:
    """control_msgs/action/GripperCommand's goal."""

    __slots__ = ("command",)

    def __init__(self):
        self.command = Command()


class Bench:
    """A driver's action server, and goals for it."""

    def __init__(self, monkeypatch):
        self.said, self.goals, self.is_there = [], [], True
        monkeypatch.setattr(gripper_goals, "action_client", self._client)
        self.port = GripperGoals(self, HAND)

    def _client(self, node, action):
        assert action.resolved() == "/franka_gripper/gripper_action"
        assert action.type == "control_msgs/action/GripperCommand"
        return self, SimpleNamespace(Goal=Goal)

    def get_logger(self):
        return SimpleNamespace(warning=lambda said, **_: self.said.append(said))

    def server_is_ready(self):
        return self.is_there

    def send_goal_async(self, goal):
        self.goals.append((goal.command.position, goal.command.max_effort))


@pytest.fixture
def bench(monkeypatch):
    return Bench(monkeypatch)


def test_what_stays_as_it_is_makes_one_goal(bench):
    for step in range(50):
        bench.port.ask(0.03 - 1e-5 * (step % 2), 0.04 * step)
    assert bench.goals == [(0.03, HAND.grip_force)]


def test_fingers_that_close_slowly_make_a_goal_now_and_then_and_the_last_one_counts(bench):
    for step in range(100):
        bench.port.ask(max(0.04 - 0.001 * step, 0.0), 0.04 * step)
    assert 5 <= len(bench.goals) <= 9
    assert bench.goals[-1][0] == 0.0


def test_without_a_driver_it_says_so_and_sends_once_one_is_there(bench):
    bench.is_there = False
    bench.port.ask(0.0, 1.0)
    assert bench.goals == []
    assert "nobody takes goals for the gripper on /franka_gripper/gripper_action" in bench.said[0]
    bench.is_there = True
    bench.port.ask(0.0, 1.04)
    assert bench.goals == [(0.0, HAND.grip_force)]


@pytest.mark.parametrize("name", known_grippers())
def test_a_gripper_is_told_by_its_topic_or_by_its_action(name):
    gripper = load_arm("ur5e", name).gripper
    assert gripper.command_topic.startswith("/")
    assert gripper.command_action in ("", f"/{gripper.command_topic.split('/')[1]}/gripper_action")
