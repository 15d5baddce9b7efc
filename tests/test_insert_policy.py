"""A policy that inserts, from the trainer's file to the robot's side: what it needs, and when."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from arm_watch import ArmWatch
from rosidl_runtime_py.utilities import get_message

from rl_manip_deploy.launch_values import FORCE_LIMIT, force_limit
from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.goals.hole_goals import seated
from rl_manip_deploy.policy.policy_file import Policy, load_policy
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_ros.endpoints import reader_qos
from rl_manip_ros.interfaces import HOLE_POSE, Topic
from rl_manip_ros.interfaces import WRENCH as WRENCH_TOPIC
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.policy.export import export_policy, policy_metadata
from rl_manip_train.policy.policy_model import PolicyModel
from rl_manip_train.tasks.from_above.insert_geometry import hole_and_seat
from rl_manip_train.tasks.insert import InsertTask
from ros2_process import Ros2Process

RECORD = TrainingRecord("ppo", "mujoco", 1000, 3, "abc", 0.5, 1 / 3, "ros2 run x")
ARM = load_arm("ur5e")
WRENCH = (0.5, -0.3, -6.0, 0.05, 0.02, 0.0)


class Newest:
    """Takes the newest message of a topic."""

    def __init__(self, watch: ArmWatch, topic: Topic) -> None:
        self._kind = get_message(topic.type)
        self._subscription = watch.subscribe(self._kind, topic.resolved(), reader_qos(topic))
        self._message: Any = None

    @property
    def message(self) -> Any:
        """None before one came."""
        handle = self._subscription.handle
        with handle:
            while taken := handle.take_message(self._kind, False):
                self._message = taken[0]
        return self._message


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the file below lies."""
    return Path(tmp_path_factory.mktemp("insert") / "policy.onnx")


@pytest.fixture(scope="module")
def made(path: Path) -> tuple[PolicyModel, Policy]:
    """A policy that was taught nothing, in torch and as the robot loads it."""
    torch.manual_seed(0)
    task = InsertTask(ARM, 1, np.random.default_rng(0))
    network = ActorCritic(task.observation_model.width, 4, (16,), initial_std=0.5)
    with torch.no_grad():
        network.actor[-1].weight.mul_(100.0)
    model = PolicyModel(task, network.policy)
    metadata = policy_metadata(task, ARM, task.input_specs, PRESETS["contact"], RECORD)
    export_policy(model, metadata, path)
    return model, load_policy(path)


@pytest.fixture
def follower(made: tuple[PolicyModel, Policy]) -> GoalFollower:
    """It is armed, has a goal, and sees the arm at home."""
    follower = GoalFollower(made[1])
    follower.on_guard_state("armed", 0.0)
    follower.on_joint_state(ARM.joint_names, ARM.home, np.zeros(6), 1.0)
    tool = ARM.forward_kinematics(ARM.home)
    assert follower.take_goal("base_link", (*tool.position, *tool.quaternion), 1.0) == ""
    return follower


def test_its_file_says_what_the_hole_is_and_that_it_feels(made):
    metadata = made[1].metadata
    assert metadata.reads_wrench
    assert not metadata.reads_object
    assert metadata.hole.shapes == ("round", "square")
    assert (metadata.hole.peg_length, metadata.hole.depth) == (PEG_LENGTH, HOLE_DEPTH)


def test_the_robots_side_and_training_mean_the_same_goal(made):
    hole, seat = hole_and_seat(np.array([[0.4, 0.1, 0.2]]), np.array([0.6]))
    np.testing.assert_allclose(seated(hole[0], made[1].metadata.hole), seat[0], atol=1e-12)


def test_it_acts_on_what_is_felt_as_in_training(made, follower):
    model, policy = made
    follower.wrench.take("tool0", WRENCH, 1.0)
    asked = follower.act(1.01).joint_velocity
    tool = ARM.forward_kinematics(ARM.home)
    rows = (ARM.home, np.zeros(6), tool.position, tool.quaternion, WRENCH)
    inputs = [torch.tensor(np.array(row), dtype=torch.float32)[None] for row in rows]
    np.testing.assert_allclose(asked, model(*inputs)[0][0].numpy(), atol=1e-5)
    follower.wrench.take("tool0", np.zeros(6), 1.02)
    assert np.abs(follower.act(1.03).joint_velocity - asked).max() > 1e-3


def test_it_holds_still_while_nothing_fresh_is_felt(follower):
    assert follower.trouble(1.01) == "no wrenches of the wrist yet"
    assert not follower.act(1.01).joint_velocity.any()
    follower.wrench.take("tool0", WRENCH, 1.0)
    assert follower.act(1.02).joint_velocity.any()
    follower.on_joint_state(ARM.joint_names, ARM.home, np.zeros(6), 1.15)
    assert not follower.act(1.16).joint_velocity.any()
    assert "wrenches of the wrist are 0.16 s old" in follower.trouble(1.16)


def test_force_is_limited_for_policies_that_feel_unless_a_person_says_otherwise():
    assert force_limit({"force_limit": "auto"}, True) == FORCE_LIMIT
    assert force_limit({"force_limit": "auto"}, False) == 0.0
    assert force_limit({"force_limit": "25"}, False) == 25.0
    with pytest.raises(ValueError, match="force_limit"):
        force_limit({"force_limit": "1000"}, True)


def test_through_ros_the_wrist_is_felt_and_a_force_beyond_the_limit_keeps_the_arm_still(
    made, path, tmp_path
):
    """A limit below the noise of the sensor is exceeded by an arm that touches nothing."""
    words = (f"policy:={path}", "hardware:=sim", "record:=false", f"run_dir:={tmp_path}/run")
    with Ros2Process(
        "launch", "rl_manip", "deploy_real.launch.py", *words, "force_limit:=0.01"
    ) as launch:
        with ArmWatch() as watch:
            heard = {topic: Newest(watch, topic) for topic in (WRENCH_TOPIC, HOLE_POSE)}
            watch.wait_until(
                lambda: all(newest.message for newest in heard.values()), "wrist and hole are heard"
            )
            launch.wait_for("waiting to arm: contact force")
            assert all(word.startswith("disarmed") for word in watch.guard)
            wrench, hole = (newest.message for newest in heard.values())
        assert wrench.header.frame_id == ARM.tool_frame
        force = wrench.wrench.force
        assert 0.01 < np.linalg.norm((force.x, force.y, force.z)) < 3.0
        assert hole.header.frame_id == ARM.base_frame
        code, said = launch.finish(signal.SIGINT)
    assert code == 0, said
