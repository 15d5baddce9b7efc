"""Inputs of the arm against those of the simulation, with differences that are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from rl_manip_deploy.policy.policy_file import Command
from rl_manip_description import load_arm
from rl_manip_gap.compare.goal_outcomes import GoalSpan
from rl_manip_gap.compare.policy_inputs import observation_gap

ARM = load_arm("ur5e")
GOAL = np.array([0.4, 0.1, 0.3, 0.0, 0.0, 1.0, 0.0])


class LinearPolicy:
    """velocity = 2 position + 3 velocity, in a joint order of its own."""

    def __init__(self, joint_names, inputs):
        self.metadata = SimpleNamespace(
            joint_names=joint_names,
            inputs=[SimpleNamespace(name=name) for name in inputs],
            memory=None,
        )

    def act(self, values, memory=None):
        np.testing.assert_array_equal(values["goal_position"], GOAL[:3])
        np.testing.assert_array_equal(values["goal_orientation"], GOAL[3:])
        return Command(2.0 * values["joint_position"] + 3.0 * values["joint_velocity"])


@pytest.fixture
def case():
    """Two joints, ten states; the arm is 0.1 and 0.2 rad ahead, and 0.01 and 0 rad/s faster."""
    real = np.random.default_rng(0).standard_normal((2, 10, 2))
    rows = np.arange(2, 8)
    states = SimpleNamespace(position=real[0], velocity=real[1], time=0.02 * np.arange(10))
    recording = SimpleNamespace(joint_names=("a", "b"), states=states)
    run = SimpleNamespace(
        rows=rows, position=real[0][rows] - [0.1, 0.2], velocity=real[1][rows] - [0.01, 0.0]
    )
    return recording, run


def test_differences_are_by_input_and_element_in_the_policys_order(case):
    policy = LinearPolicy(("b", "a"), ("joint_position", "joint_velocity", "goal_position"))
    span = GoalSpan(GOAL, 0.0, 0, 10)
    found = observation_gap(policy, *case, [span], ARM)
    assert found.inputs["joint_position"].rmse == pytest.approx((0.2, 0.1))
    assert found.inputs["joint_position"].bias == pytest.approx((0.2, 0.1))
    assert found.inputs["joint_velocity"].largest == pytest.approx((0.0, 0.01))
    # 2 x 0.2 + 3 x 0, 2 x 0.1 + 3 x 0.01
    assert found.command_rmse_rad_s == pytest.approx((0.4, 0.23))


def test_without_goals_or_with_other_inputs_commands_are_not_judged(case):
    names = ("joint_position", "joint_velocity", "goal_position")
    assert (
        observation_gap(LinearPolicy(("a", "b"), names), *case, [], ARM).command_rmse_rad_s is None
    )
    span = GoalSpan(GOAL, 0.0, 0, 10)
    more = LinearPolicy(("a", "b"), (*names, "object_pose"))
    assert observation_gap(more, *case, [span], ARM).command_rmse_rad_s is None


class SummingPolicy(LinearPolicy):
    """Commands the sum of all positions that it has read for this goal."""

    def __init__(self, joint_names, inputs):
        super().__init__(joint_names, inputs)
        self.metadata.memory, self.metadata.control_dt = "a sum", 0.04

    def act(self, values, memory=None):
        total = values["joint_position"] + (0.0 if memory is None else memory)
        return Command(total, memory=total)


def test_a_policy_that_remembers_reads_each_goal_step_by_step(case):
    policy = SummingPolicy(("a", "b"), ("joint_position", "goal_position"))
    spans = [GoalSpan(GOAL, 0.0, 0, 5), GoalSpan(GOAL, 0.1, 5, 10)]
    # states of rows 2 to 7, 0.02 s apart: 2 and 4 of the first goal, 5 and 7 of the second are
    # control steps; joint a differs by 0.1 in each: sums differ by 0.1, 0.2, 0.1, 0.2
    found = observation_gap(policy, *case, spans, ARM).command_rmse_rad_s
    assert found == pytest.approx((0.025**0.5, 0.1**0.5))
