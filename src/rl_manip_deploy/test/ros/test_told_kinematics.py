"""What a node makes of /robot_description: taken at rest, reported in motion, or refused."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from std_msgs.msg import String

from rl_manip_deploy.ros.robot import told_kinematics
from rl_manip_deploy.ros.robot.told_kinematics import ToldKinematics, is_moving
from rl_manip_description import load_arm
from rl_manip_description.kinematics.drawn_calibration import drawn_calibration
from rl_manip_description.model.own_kinematics import flange_chain, with_written_tool
from rl_manip_description.model.robot_urdf import robot_urdf

ARM = load_arm("ur5e")


def another_copy(seed=1):
    return replace(ARM, chain=drawn_calibration(ARM.chain, np.random.default_rng(seed)))


class Bench:
    """A node that keeps what it is told and what it says, without ROS."""

    def __init__(self, monkeypatch):
        self.said, self.taken, self.described = [], [], []
        self.publishers, self.moves = 0, False
        self.hear = None
        monkeypatch.setattr(told_kinematics, "subscription", self._subscribe)

    def _subscribe(self, node, topic, callback):
        assert topic.name == "robot_description"
        self.hear = lambda text: callback(String(data=text))

    def get_logger(self):
        return SimpleNamespace(info=self.said.append, warning=self._warn, error=self._warn)

    def _warn(self, text):
        self.said.append(f"! {text}")

    def get_namespace(self):
        return "/left"

    def count_publishers(self, topic):
        assert topic == "/left/robot_description"
        return self.publishers

    def told(self, description="", says=True, simulated=False, arm=ARM):
        given = SimpleNamespace(description=description, tf_prefix="")
        return ToldKinematics(
            self,
            arm,
            given,
            self.taken.append,
            lambda: self.moves,
            says,
            simulated,
            lambda *text_and_source: self.described.append(text_and_source),
        )


@pytest.fixture
def node(monkeypatch):
    return Bench(monkeypatch)


def test_the_drivers_description_is_taken_and_its_distance_said(node):
    told = node.told()
    node.hear(robot_urdf(another_copy()))
    np.testing.assert_allclose(node.taken[0].chain.origins, another_copy().chain.origins, atol=1e-9)
    assert node.said[0].startswith("this arm's own kinematics: the tool is up to 6.1 mm from nom")
    assert told.obstacle() == ""
    assert told.summary()["source"] == "/left/robot_description"
    told.warn_of_the_data_sheet()
    assert len(node.said) == 1


def test_the_frames_are_those_of_the_description_that_is_taken(node, tmp_path):
    node.told()
    text = robot_urdf(another_copy())
    node.hear(text)
    assert node.described == [(text, "/left/robot_description")]
    path = tmp_path / "mine.urdf"
    path.write_text(text)
    node.told(str(path))
    assert node.described[1:] == [(text, str(path))]
    node.told("nominal")
    node.hear(text)
    assert len(node.described) == 2


def test_the_same_text_again_is_no_news(node):
    node.told()
    for _ in range(2):
        node.hear(robot_urdf(another_copy()))
    assert len(node.taken) == len(node.said) == 1


def test_while_the_arm_may_move_it_is_reported_and_taken_afterwards(node):
    told = node.told(says=False)
    node.moves = True
    node.hear(robot_urdf(another_copy()))
    told.look()
    assert node.taken == []
    assert len(node.said) == 1
    assert "another description came on /left/robot_description while the arm may" in node.said[0]
    node.moves = False
    told.look()
    assert len(node.taken) == 1


def test_another_arms_description_keeps_it_from_being_armed(node):
    told = node.told()
    node.hear(robot_urdf(load_arm("ur10e")))
    assert node.taken == []
    assert "another arm" in node.said[0]
    assert told.obstacle().endswith("To drive by the data sheet all the same: description:=nominal")
    node.hear(robot_urdf(another_copy()))
    assert told.obstacle() == ""


def test_a_description_that_is_offered_is_awaited_for_a_while(node, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(told_kinematics.time, "monotonic", lambda: now[0])
    told = node.told()
    assert told.obstacle() == ""
    node.publishers = 1
    assert told.obstacle() == "/left/robot_description is offered and did not come yet"
    now[0] += told_kinematics.PATIENCE + 0.1
    assert told.obstacle() == ""
    node.hear(robot_urdf(another_copy()))
    assert told.obstacle() == ""


def test_without_any_it_warns_once(node):
    told = node.told()
    for _ in range(2):
        told.warn_of_the_data_sheet()
    assert len(node.said) == 1
    assert "only the data sheet's kinematics are known: the tool may miss its goals" in node.said[0]
    assert "description:=" in node.said[0]


@pytest.mark.parametrize("simulated", [False, True])
def test_a_real_drivers_description_without_calibration_is_no_good_news(node, simulated):
    node.told(simulated=simulated)
    node.hear(robot_urdf(ARM))
    word = "up to 0.0 mm from nominal" if simulated else "holds no calibration of this arm"
    assert word in node.said[0]


def test_nominal_is_nominal_and_says_what_that_costs(node):
    told = node.told("nominal")
    node.hear(robot_urdf(another_copy()))
    assert node.taken == []
    assert "! description is 'nominal': the tool will miss its goals by 3.0 mm on" in node.said[0]
    node.hear(robot_urdf(load_arm("ur10e")))
    assert told.obstacle() == ""
    assert told.summary()["source"] == "the data sheet"


def test_a_file_is_taken_at_once_and_the_driver_not_heard(node, tmp_path):
    path = tmp_path / "mine.urdf"
    path.write_text(robot_urdf(another_copy()))
    told = node.told(str(path))
    assert len(node.taken) == 1
    assert node.hear is None
    assert told.obstacle() == ""
    path.write_text(robot_urdf(load_arm("ur10e")))
    with pytest.raises(ValueError, match="another arm"):
        node.told(str(path))


@pytest.mark.parametrize(
    ("state", "moves"),
    [("armed", True), ("stopping: x", True), ("stopped: x", False), ("disarmed", False)],
)
def test_the_guards_word_says_whether_the_arm_may_move(state, moves):
    assert is_moving(state) is moves


def test_a_given_tool_stays_on_the_flange_that_the_driver_describes(node):
    own = with_written_tool(ARM, "0,0,0.1")
    told = node.told(arm=own)
    node.hear(robot_urdf(another_copy()))
    taken = node.taken[0]
    np.testing.assert_array_equal(taken.own_tool, own.own_tool)
    np.testing.assert_allclose(flange_chain(taken).tool, another_copy().chain.tool, atol=1e-9)
    tip, flange = (arm.chain.joint_frames(ARM.home)[1][:3, 3] for arm in (taken, another_copy()))
    assert np.linalg.norm(tip - flange) == pytest.approx(0.1, abs=1e-9)
    # what is said is how far the calibration moves that tool: millimetres, not 100
    assert told.summary()["most_tool_from_nominal_m"] < 0.02


def test_a_given_tool_is_no_calibration(node):
    """A nominal arm's tool has not moved because a person gave it: the warning stays."""
    node.told(arm=with_written_tool(ARM, "0,0,0.1"))
    node.hear(robot_urdf(ARM))
    assert "holds no calibration of this arm" in node.said[0]
