"""A network from elsewhere, imported: robot and gap report take its file like one of ours."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).resolve().parents[1] / "src/rl_manip_train/test/policy/foreign"))

from exporters import onnx_file

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
