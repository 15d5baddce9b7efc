"""Tasks by other actions than their own: who can, who cannot, and that their guides still do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks import TASKS, task_class
from rl_manip_train.tasks.chosen_action import own_action, with_action
from rl_manip_train.tasks.reach import ReachTask
from rl_manip_train.tasks.task import TaskError

CHOSEN = ("joint_velocity", "joint_position_delta", "tool_twist")
OWN = {
    "reach": "joint_velocity",
    "reach_pose": "tool_twist",
    "grasp": "level_tool",
    "pick_place": "level_tool",
    "stack": "level_tool",
    "insert": "level_tool",
}


@pytest.fixture(scope="module")
def arms():
    return {None: load_arm("ur5e"), "auto": load_arm("ur5e", "robotiq_2f85")}


def make(name, arms, count=1, kind="auto"):
    """The task and its arm."""
    arm = arms[task_class(name).gripper]
    return with_action(task_class(name)(arm, count, np.random.default_rng(0)), arm, kind), arm


@pytest.mark.parametrize("name", TASKS)
def test_every_task_says_what_its_own_actions_are_and_keeps_them_unless_asked(name, arms):
    task, arm = make(name, arms)
    own = task.action_model
    assert own_action(task) == own.kind == task.actions[0] == OWN[name]
    assert with_action(task, arm, OWN[name]).action_model is own
    assert task.action_width == own.width


@pytest.mark.parametrize("kind", CHOSEN)
@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_told_by_each_kind_and_the_gripper_by_one_action_more(name, kind, arms):
    task, arm = make(name, arms, kind=kind)
    assert (task.action_model.kind, own_action(task)) == (kind, OWN[name])
    carries = arm.gripper is not None
    assert task.action_width == task.action_model.width == 6 + carries
    position = torch.from_numpy(np.array(arm.home)).float()[None]
    commands = task.action_model(torch.full((1, task.action_width), 0.1), position)
    assert [value.shape[1] for value in commands] == [6, 1][: 1 + carries]


def test_what_a_task_cannot_be_done_by_is_refused_in_a_sentence(arms):
    with pytest.raises(TaskError) as refusal:
        make("reach", arms, kind="level_tool")
    assert str(refusal.value) == (
        "action is 'level_tool', expected auto or joint_velocity or joint_position_delta or "
        "tool_twist: what reach can be done by"
    )


def test_a_task_that_names_no_kinds_is_done_by_its_own_only(arms, monkeypatch):
    monkeypatch.delattr(ReachTask, "actions")
    assert make("reach", arms, kind="joint_velocity")[0].action_model.kind == "joint_velocity"
    with pytest.raises(TaskError, match="action is 'tool_twist', expected auto: what reach can"):
        make("reach", arms, kind="tool_twist")


@pytest.mark.parametrize("kind", CHOSEN)
@pytest.mark.parametrize(("name", "met"), [("reach_pose", 15), ("grasp", 14)])
def test_the_guide_does_it_by_each_kind(name, met, kind, arms):
    task, arm = make(name, arms, 16, kind)
    environment = Environment(task, arm, "mujoco", 16, 0.0, PRESETS["default"], 0, num_threads=1)
    intact = torch.ones(16, dtype=torch.bool)
    for _ in range(environment.episode_steps):
        action = task.guide(environment.sim)
        assert action.abs().max() <= 1.0 + 1e-6
        step = environment.step(action)
        intact &= ~step.terminated
    assert int((step.success & intact).sum()) >= met
