"""Another policy for a node that runs: taken at rest, refused with a sentence, everything kept."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from rclpy.parameter import Parameter

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import PolicyFileError, load_policy
from rl_manip_deploy.ros.following.policy_swap import PolicySwap, load_fitting, why_not_now
from rl_manip_description import load_arm

ARM = load_arm("ur5e")
HAND = load_arm("ur5e", "robotiq_2f85")
GOAL = (0.4, 0.0, 0.3, 0.0, 0.0, 0.0, 1.0)


class Bench:
    """A node with the parameters, and everything that a swap asks of it."""

    def __init__(self):
        self.values = {"policy": "old.onnx", "policy_sha256": ""}
        self.obstacles, self.warnings, self.taken, self.asked = [], [], [], 0
        self.load = lambda path, sha256: f"{path} loaded"
        PolicySwap(
            self,
            lambda: self.obstacles.pop(0) if self.obstacles else "",
            lambda path, sha256: self.load(path, sha256),
            lambda *taken: self.taken.append(taken),
            self.ask,
        )

    def add_on_set_parameters_callback(self, callback):
        self.callback = callback

    def get_parameter(self, name):
        return SimpleNamespace(value=self.values[name])

    def get_logger(self):
        return SimpleNamespace(warning=self.warnings.append)

    def ask(self):
        self.asked += 1

    def set(self, **values):
        return self.callback([Parameter(name, value=value) for name, value in values.items()])


@pytest.fixture
def bench():
    return Bench()


def test_a_policy_that_fits_is_taken_with_the_values_that_stay(bench):
    bench.values["policy_sha256"] = "ab"
    assert bench.set(policy="new.onnx").successful
    assert bench.taken == [("new.onnx loaded", "new.onnx", "ab")]


def test_other_parameters_are_nobodys_business(bench):
    assert bench.set(use_sim_time=True).successful
    assert not bench.taken


@pytest.mark.parametrize("when", [[], [""]], ids=["before it is loaded", "while it is loaded"])
def test_an_arm_that_moves_keeps_its_policy(bench, when):
    bench.obstacles = [*when, "the arm moves"]
    answer = bench.set(policy="new.onnx")
    assert (answer.successful, answer.reason) == (False, "the arm moves")
    assert bench.warnings == ["another policy is refused: the arm moves"]
    assert not bench.taken


def test_a_file_that_cannot_be_used_is_refused_with_its_sentence(bench):
    def load(path, sha256):
        raise PolicyFileError(f"{path} is no ONNX file.")

    bench.load = load
    answer = bench.set(policy="new.onnx")
    assert (answer.successful, answer.reason) == (False, "new.onnx is no ONNX file.")
    assert not bench.taken


def test_a_value_of_another_type_is_refused(bench):
    assert bench.set(policy=7).reason == "policy is 7: give text."


def test_while_a_file_is_loaded_the_node_goes_on_asking(bench):
    loading = threading.Event()

    def load(path, sha256):
        loading.wait(10.0)
        return path

    def ask():
        bench.asked += 1
        if bench.asked == 5:
            loading.set()

    bench.load, bench.ask = load, ask
    PolicySwap(bench, lambda: "", load, lambda *_: None, ask)
    assert bench.set(policy="new.onnx").successful
    assert bench.asked >= 5


def test_a_policy_with_another_gripper_or_for_an_object_is_refused(tmp_path, write_policy):
    plain = write_policy(tmp_path / "plain.onnx", ARM)
    hand = write_policy(tmp_path / "hand.onnx", HAND)
    reader = write_policy(tmp_path / "reader.onnx", ARM, reads=("object_position",))
    before = load_policy(plain, ARM)
    assert load_fitting(str(plain), "", ARM, 0.04, before).arm.gripper is None
    for path, said in (
        (hand, "is for an arm with robotiq_2f85, and this one was started for an arm without"),
        (reader, "has to be told where an object is, and this one was started without"),
    ):
        with pytest.raises(PolicyFileError, match=said):
            load_fitting(str(path), "", ARM, 0.04, before)
    # nothing is set up for one that comes first
    assert load_fitting(str(reader), "", ARM, 0.04, None).reads_object
    assert not load_fitting(str(plain), "", ARM, 0.04, load_policy(reader, ARM)).reads_object


@pytest.fixture
def follower(tmp_path, write_policy):
    return GoalFollower(load_policy(write_policy(tmp_path / "policy.onnx", ARM), ARM))


def stand(follower, begin, velocity=0.0):
    """The arm is seen for 0.2 s, at rest or moving; returns when last [s]."""
    for now in begin + 0.04 * np.arange(6):
        position = ARM.home + velocity * (now - begin)
        follower.on_joint_state(ARM.joint_names, position, [velocity] * 6, now)
    return now


def test_at_rest_another_policy_may_begin_armed_or_not(follower):
    assert why_not_now(None, True, 0.0) == ""
    assert why_not_now(follower, False, 0.0) == ""
    follower.on_guard_state("armed", 0.0)
    now = stand(follower, 10.0)
    assert why_not_now(follower, True, now) == ""


def test_on_the_way_or_unseen_it_may_not(follower):
    follower.on_guard_state("armed", 0.0)
    assert "not seen at rest" in why_not_now(follower, True, 9.0)
    now = stand(follower, 10.0, velocity=0.2)
    assert "not seen at rest" in why_not_now(follower, True, now)
    now = stand(follower, 20.0)
    assert "not seen at rest" in why_not_now(follower, True, now + 1.0)
    now = stand(follower, 30.0)
    assert follower.take_goal("base_link", GOAL, now) == ""
    assert why_not_now(follower, True, now).startswith("the arm is on its way to a goal")
    follower.forget_goal()
    assert why_not_now(follower, True, now) == ""
