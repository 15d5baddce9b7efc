"""A network from elsewhere, imported: robot and gap report take its file like one of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from exporters import onnx_file
from imitated_reach import imitated_reach

from rl_manip_deploy.evaluation.goal_results import read_goals
from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import PolicyFileError, load_policy
from rl_manip_description import load_arm
from rl_manip_gap.compare.closed_loop import rerun
from rl_manip_gap.compare.goal_outcomes import goal_spans
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import states_and_commands
from rl_manip_train.policy.export import write_graph
from rl_manip_train.policy.foreign.policy_import import import_network

SPEC = """
arm: ur5e
source: a test
control_rate: 50
observation: [goal_position_relative, last_action]
history: {length: 2}
action: {kind: tool_twist, width: 3, clip: 0.5}
"""


@pytest.fixture(scope="module")
def arm():
    return load_arm("ur5e")


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """Goes for the goal at 3.6 [1/s] of what is left, and a tenth of the speed of before."""
    folder = tmp_path_factory.mktemp("imported")
    network = torch.nn.Linear(12, 3, bias=False)
    with torch.no_grad():
        network.weight.zero_()
        network.weight[:, 3:6], network.weight[:, 9:] = 3.6 * torch.eye(3), 0.1 * torch.eye(3)
    onnx_file(network, folder / "net.onnx", 12, ["obs"], ["actions"])
    (folder / "spec.yaml").write_text(SPEC)
    imported = import_network(folder / "net.onnx", folder / "spec.yaml", "", "")
    graph, _ = imported.judged(None)
    write_graph(graph, folder / "policy.onnx")
    return folder / "policy.onnx"


def test_the_robots_side_follows_goals_with_it(arm, path):
    policy = load_policy(path, arm, control_dt=0.02)
    assert policy.metadata.memory.shape == (1, 1 + 3 + 6)
    follower, position = GoalFollower(policy), np.array(arm.home)
    velocity, first = np.zeros(6), []
    for goal in ([0.45, 0.25, 0.3], [0.5, -0.1, 0.5]):
        follower.on_guard_state("armed", 0.0)
        follower.on_joint_state(arm.joint_names, position, velocity, 0.0)
        assert follower.take_goal(arm.base_frame, [*goal, 0.0, 0.0, 0.0, 1.0], 0.0) == ""
        for step in range(150):
            now = 0.02 * step
            follower.on_joint_state(arm.joint_names, position, velocity, now)
            velocity = follower.act(now).joint_velocity
            first += [velocity] if step == 0 else []
            position = position + 0.02 * velocity
        tool = arm.forward_kinematics(position).position
        assert np.linalg.norm(tool - goal) < policy.metadata.success.distance_m
    # a goal begins with an empty memory: no tenth of a speed before
    twist = arm.jacobian(arm.home)[:3] @ first[0]
    away = np.array([0.45, 0.25, 0.3]) - arm.forward_kinematics(arm.home).position
    np.testing.assert_allclose(twist, np.clip(3.6 * away, -0.5, 0.5), atol=0.02)


OUTWARDS = """
arm: ur5e
source: a test
control_rate: 25
observation: [joint_position_relative]
action: {kind: joint_velocity, clip: 1.0}
joint_spread: 0.8
"""


def test_no_joint_is_driven_beyond_where_the_network_was_trained(arm, tmp_path):
    """What drives outwards everywhere would end with every joint at its limit."""
    network = torch.nn.Linear(6, 6, bias=False)
    with torch.no_grad():
        network.weight.copy_(torch.eye(6))
    onnx_file(network, tmp_path / "net.onnx", 6, ["obs"], ["actions"])
    driven = Driven(load_policy(imported(tmp_path, OUTWARDS), arm))
    inputs = driven.follower.policy.metadata.inputs
    (joints,) = (one for one in inputs if one.name == "joint_position")
    np.testing.assert_allclose(joints.low, arm.home - 0.8)
    # begun inside; begun where somebody had moved the arm: it comes back
    for begun in (0.1, 1.2):
        end, refusal = driven.drive(arm.home + begun, [0.4, 0.1, 0.4], 10.0)
        assert refusal == ""
        moved = np.abs(end - arm.home)[:5]  # the last one turns the tool on the spot
        np.testing.assert_allclose(moved, 0.8, atol=0.02)
    moved = arm.home + [0.0, 1.5, 0.0, 0.0, 0.0, 0.0]
    _, refusal = driven.drive(moved, [0.4, 0.1, 0.4], 0.1)
    assert refusal.startswith("shoulder_lift_joint is at -0.07 rad, the policy was trained with")


SENT_ON = """
arm: ur5e
source: a test
control_rate: 25
observation: [joint_position_relative, joint_velocity, goal_position_relative]
action: {kind: joint_velocity, clip: 1.0, scale: 1.5}
"""
TAUGHT = [1.2, 1.2, 1.2, 1.2, 1.2, 3.2]  # [rad] from home


def test_a_goal_that_is_not_met_does_not_end_all_that_follow(arm, tmp_path):
    """A network of nine goals in ten, taught around home, sent on from wherever it got to."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a second one only waits, at networks of this size
    network, mean, variance = imitated_reach(arm)
    torch.set_num_threads(threads)
    normalized = torch.nn.Sequential(Normalized(mean, variance), network)
    onnx_file(normalized, tmp_path / "net.onnx", 15, ["obs"], ["actions"])
    met, furthest = sent_on(arm, imported(tmp_path, f"{SENT_ON}joint_spread: {TAUGHT}"))
    # where the joints were in training they stay, but for what the arm lags
    assert np.all(furthest <= np.add(TAUGHT, 0.1))
    assert sum(met) >= 15
    assert sum(met[-10:]) >= 5
    without, _ = sent_on(arm, imported(tmp_path, SENT_ON))
    print(f"met {sum(met)} of 25 with joint_spread, {sum(without)} without")


def sent_on(arm, path):
    """Which goals were met, and how far from home each joint was where they ended (n,) [rad]."""
    policy = load_policy(path, arm)
    driven, position = Driven(policy), np.array(arm.home)
    met, furthest = [], np.zeros(6)
    for goal in read_goals("25", 1, arm.workspace, arm):
        position, _ = driven.drive(position, goal[:3], 6.0)
        left = np.linalg.norm(arm.forward_kinematics(position).position - goal[:3])
        met.append(left < policy.metadata.success.distance_m)
        furthest = np.maximum(furthest, np.abs(position - arm.home))
    return met, furthest


class Normalized(torch.nn.Module):
    """(x - mean) / sqrt(variance)."""

    def __init__(self, mean, variance):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", variance.sqrt())

    def forward(self, observation):
        return (observation - self.mean) / self.spread


def imported(folder, spec):
    """The policy file of the network net.onnx."""
    (folder / "spec.yaml").write_text(spec)
    made = import_network(folder / "net.onnx", folder / "spec.yaml", "", "")
    write_graph(made.judged(None)[0], folder / "policy.onnx")
    return folder / "policy.onnx"


class Driven:
    """An arm of 10 rad/s^2 under a policy and an armed guard."""

    def __init__(self, policy):
        self.follower, self.now = GoalFollower(policy), 1.0
        self.follower.on_guard_state("armed", 0.0)

    def drive(self, position, goal, seconds):
        """Where it stands after so many seconds, from a pose on; why the goal was refused."""
        follower, arm = self.follower, self.follower.policy.arm
        period = follower.policy.metadata.control_dt
        velocity = np.zeros(6)
        follower.on_joint_state(arm.joint_names, position, velocity, self.now)
        refusal = follower.take_goal(arm.base_frame, [*goal, 0.0, 0.0, 0.0, 1.0], self.now)
        lowest, highest = arm.limits.position_lower, arm.limits.position_upper
        for _ in range(round(seconds / period)):
            follower.on_joint_state(arm.joint_names, position, velocity, self.now)
            wanted = follower.act(self.now).joint_velocity
            for _ in range(4):
                velocity = velocity + np.clip(wanted - velocity, -2.5 * period, 2.5 * period)
                position = np.clip(position + 0.25 * period * velocity, lowest, highest)
            self.now += period
        self.now += 1.0
        return position, refusal


def test_a_policy_of_another_arm_or_rate_is_refused(path):
    with pytest.raises(PolicyFileError, match="arm is 'ur5e', but this arm has 'ur10e'"):
        load_policy(path, load_arm("ur10e"))
    with pytest.raises(PolicyFileError, match="trained to act every 0.02 s, expected 0.04 s"):
        load_policy(path, load_arm("ur5e"), control_dt=0.04)


def test_the_gap_report_reruns_goals_with_it(arm, path, tmp_path):
    time = np.arange(0.0, 4.0, 0.01)
    still = np.tile(arm.home, (len(time), 1))
    goal = arm.forward_kinematics(arm.home).position + [0.05, 0.1, 0.05]
    goals = (np.array([0.5]), goal[None])
    bag = states_and_commands(
        tmp_path / "bag", arm, time, still, 0 * still, time, 0 * still, goals=goals
    )
    recording = read_recording(bag, arm)
    found = rerun(arm, load_policy(path, arm), recording, goal_spans(recording))
    assert [outcome.success for outcome in found.outcomes] == [True]
