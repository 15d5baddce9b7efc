"""What a node says while joint states do not come, and how often; drivers without velocities."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from sensor_msgs.msg import JointState

from rl_manip_deploy.ros.robot import awaited_states
from rl_manip_deploy.ros.robot.arm_reader import ArmReader
from rl_manip_deploy.ros.robot.awaited_states import PATIENCE, SAY_AGAIN_AFTER, AwaitedStates
from rl_manip_deploy.states.heard_joints import HeardJoints
from rl_manip_deploy.states.joint_states import LONGEST_SILENCE, JointStates
from rl_manip_deploy.states.stamped_positions import StampedPositions
from rl_manip_description import load_arm
from rl_manip_description.model.joint_order import JointOrder
from rl_manip_ros.interfaces import JOINT_STATE, joint_states

ARM = load_arm("ur5e")
NAMES = list(ARM.joint_names)


class Bench:
    """A node in a graph that is told, and a clock that is set."""

    def __init__(self, monkeypatch):
        self.said, self.now = [], 100.0
        self.senders = {}  # {topic: names of nodes}
        monkeypatch.setattr(awaited_states.time, "monotonic", lambda: self.now)
        self.states = AwaitedStates(self, joint_states("joint_states"), "ur5e")

    def get_namespace(self):
        return "/"

    def get_logger(self):
        return SimpleNamespace(warning=self.said.append)

    def get_publishers_info_by_topic(self, topic):
        return [SimpleNamespace(node_name=name) for name in self.senders.get(topic, ())]

    def get_topic_names_and_types(self):
        return [(topic, [JOINT_STATE]) for topic in self.senders]

    def count_publishers(self, topic):
        return len(self.senders[topic])


@pytest.fixture
def bench(monkeypatch):
    return Bench(monkeypatch)


def test_it_speaks_after_a_moment_and_then_every_half_minute(bench):
    begin, times = bench.now, []
    for tenth in range(700):
        bench.now = begin + 0.1 * tenth
        bench.states.say_when_due(HeardJoints(NAMES), "")
        times += [bench.now - begin] * (len(bench.said) - len(times))
    expected = [PATIENCE, PATIENCE + SAY_AGAIN_AFTER, PATIENCE + 2.0 * SAY_AGAIN_AFTER]
    np.testing.assert_allclose(times, expected, atol=0.11)


def test_it_names_who_sends_and_where_else_joint_states_are(bench):
    heard = HeardJoints(NAMES)
    bench.senders = {"/cell/joint_states": ["driver"], "/policy/command": ["policy_node"]}
    assert "there is /cell/joint_states: give namespace:=cell" in bench.states.missing(heard, "")
    heard.hear(["finger"])
    bench.senders["/joint_states"] = ["gripper"]
    said = bench.states.missing(heard, "")
    assert said.startswith("1 joint states arrived on /joint_states (from gripper), of finger: ")
    assert said.endswith("there is /cell/joint_states, too")


class Reader(ArmReader):
    """What takes joint states, without ROS."""

    def __init__(self):
        self.heard, self.others = HeardJoints(NAMES), []
        self.states = JointStates(JointOrder(ARM.joint_names), ARM.limits, LONGEST_SILENCE)
        self.stamped = StampedPositions()


def state(position, velocity):
    return JointState(name=NAMES, position=list(position), velocity=velocity)


@pytest.mark.parametrize("velocity", [[], [np.nan] * 6, [0.5] * 6], ids=["none", "NaN", "measured"])
def test_a_node_that_drives_gets_velocities_from_every_driver(velocity):
    reader = Reader()
    for k in range(50):
        moved = 0.5 * 0.002 * k
        taken = reader.take(state(ARM.home + moved, velocity), 100.0 + 0.002 * k)
    assert taken
    np.testing.assert_allclose(reader.states.velocity, 0.5, atol=1e-9)


def test_a_node_that_drives_takes_no_state_that_cannot_be_true():
    reader, still = Reader(), [0.0] * 6
    good, broken = state(ARM.home, still), state([np.nan] * 6, still)
    zeros, finger = state(still, still), JointState(name=["finger"], position=[0.0])
    taken = [
        reader.take(message, 100.0 + 0.002 * k)
        for k, message in enumerate((good, broken, zeros, finger, good))
    ]
    assert taken == [True, False, False, False, True]
