"""A recording of an arm whose tool a person gave: judged, rerun and compared by that tool."""

from types import SimpleNamespace

import numpy as np
import pytest

from rl_manip_deploy.policy.policy_file import Command
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_description.model.own_kinematics import with_tool
from rl_manip_gap.bags.bag_writing import joint_state_messages, pose_messages, write_bag
from rl_manip_gap.compare.closed_loop import rerun
from rl_manip_gap.compare.goal_outcomes import arm_outcomes, goal_spans
from rl_manip_gap.compare.policy_inputs import input_ranges
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.testing.synthetic_bag import nanoseconds

HALF = np.sqrt(0.5)
TOLD = np.array([0.05, 0.0, 0.12, 0.0, 0.0, HALF, HALF])  # a quarter about z
TOOL = (0.05, 0.0, 0.12, 0.0, 0.0, np.pi / 2)


def bag(path, arm, tools=(), frame="tool0", goal=None):
    """An arm that rests at home for 3 s."""
    time = nanoseconds(np.arange(0.0, 3.0, 0.01))
    still = np.tile(arm.home, (len(time), 1))
    topics = [joint_state_messages("/joint_states", time, time, arm.joint_names, still, 0 * still)]
    if len(tools):
        name = "/velocity_guard_node/tool"
        topics.append(pose_messages(name, time[: len(tools)], np.array(tools), frame))
    if goal is not None:
        topics.append(pose_messages("/goal_pose", time[50:51], goal[None]))
    return read_recording(write_bag(path, topics), arm)


def kinds(recording):
    return [one.kind for one in recording.irregularities]


def test_the_bag_says_where_the_tool_was(arm, tmp_path):
    assert bag(tmp_path / "none", arm).tool is None
    for number, frame in enumerate(("tool0", "left_tool0")):
        recording = bag(tmp_path / str(number), arm, [TOLD], frame)
        assert recording.tool == pytest.approx(TOOL, abs=1e-12)
        assert kinds(recording) == []


def test_of_several_tools_the_last_counts_and_it_is_said(arm, tmp_path):
    other = np.array([0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 1.0])
    recording = bag(tmp_path / "bag", arm, [other, TOLD, TOLD])
    assert recording.tool == pytest.approx(TOOL, abs=1e-12)
    assert kinds(recording) == ["other_tools"]


@pytest.mark.parametrize(
    ("tool", "frame"),
    [
        (TOLD, "base_link"),
        (TOLD * np.nan, "tool0"),
        (2.0 * TOLD, "tool0"),
        (TOLD + [0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0], "tool0"),
    ],
)
def test_what_is_no_tool_is_left_out_and_said(arm, tmp_path, tool, frame):
    recording = bag(tmp_path / "bag", arm, [tool], frame)
    assert recording.tool is None
    assert kinds(recording) == ["impossible_tools"]


def test_goals_are_judged_by_that_tool(arm, tmp_path):
    own = with_tool(arm, TOOL)
    goal = own.forward_kinematics(arm.home).position
    recording = bag(tmp_path / "bag", arm, [TOLD], goal=goal)
    spans = goal_spans(recording)
    (met,), (beside,) = (
        arm_outcomes(recording, judged, spans, SuccessCriterion())
        for judged in (with_tool(arm, recording.tool), arm)
    )
    assert met.success
    assert met.final_distance_m == pytest.approx(0.0, abs=1e-9)
    assert not beside.success
    assert beside.final_distance_m == pytest.approx(np.hypot(0.05, 0.12))


class FlangePolicy:
    """Brings the flange to what it is told, in proportion to what is left."""

    def __init__(self, arm):
        self._arm = arm
        spec = SimpleNamespace(name="goal_position", low=[-0.001] * 3, high=[0.001] * 3)
        flange = arm.forward_kinematics(arm.home).position
        spec.low, spec.high = flange - 0.001, flange + 0.001
        self.metadata = SimpleNamespace(
            success=SuccessCriterion(), control_dt=0.04, episode_s=4.0, inputs=[spec],
            velocity_limit=(1.5,) * arm.num_joints, joint_names=arm.joint_names, hole=None,
            stacks=False,
        )  # fmt: skip
        self.reads_object = False

    def act(self, values, memory=None):
        position = values["joint_position"]
        left = values["goal_position"] - self._arm.forward_kinematics(position).position
        return Command(np.linalg.pinv(self._arm.jacobian(position)[:3]) @ (3.0 * left))


def test_the_rerun_brings_that_tool_to_the_goal(arm, tmp_path):
    own = with_tool(arm, TOOL)
    goal = own.forward_kinematics(arm.home).position + [0.03, -0.05, 0.02]
    recording = bag(tmp_path / "bag", arm, [TOLD], goal=goal)
    sim = rerun(own, FlangePolicy(arm), recording, goal_spans(recording))
    assert sim.outcomes[0].success
    assert np.linalg.norm(sim.tool_paths[0][-1] - goal) < 0.02


def test_inputs_are_compared_with_training_as_the_policy_was_told_them(arm, tmp_path):
    """The goal lies where the given tool is at home: the policy was told where the flange is."""
    own = with_tool(arm, TOOL)
    recording = bag(tmp_path / "bag", arm, goal=own.forward_kinematics(arm.home).position)
    policy = FlangePolicy(arm)
    assert input_ranges(recording, policy, own)["goal_position"].share_outside == 0.0
    assert input_ranges(recording, policy, arm)["goal_position"].share_outside == 1.0
