"""Environments go on from their state, bit for bit, in the midst of their episodes."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_sim.signals.stateful import StateError
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks import TASKS, gripper_for, task_class


def make(task_name, num_envs=16, seed=0, randomization="aggressive"):
    arm = load_arm("ur5e", gripper_for(task_name, "auto"))
    task = task_class(task_name)(arm, num_envs, np.random.default_rng(seed))
    ranges = PRESETS[randomization]
    return Environment(
        task, arm, "mujoco", num_envs, 0.0, ranges, seed, True, num_threads=1, reveals=True
    )


def driven(environment, steps, seed):
    """What the environments answer to random actions; every tensor of every step."""
    generator = torch.Generator().manual_seed(seed)
    answers = []
    for _ in range(steps):
        shape = (environment.num_envs, environment.task.action_width)
        step = environment.step(2.0 * torch.rand(shape, generator=generator) - 1.0)
        answers += [step.privileged, step.final_privileged]
        answers += [step.observation, *step.final_inputs, step.reward, step.terminated]
        answers += [*step.reward_terms.values(), *environment.raw_inputs()]
    return answers


def through_a_file(state):
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


@pytest.mark.parametrize("task_name", sorted(TASKS))
def test_they_go_on_bit_for_bit(task_name):
    environment = make(task_name)
    driven(environment, 30, seed=1)
    state = through_a_file(environment.state_dict())
    # long enough for every environment to begin an episode, with new goals, poses and physics
    expected = driven(environment, environment.episode_steps + 5, seed=2)
    other = make(task_name, seed=9)
    driven(other, 7, seed=3)
    other.load_state_dict(state)
    for mine, its in zip(driven(other, environment.episode_steps + 5, seed=2), expected):
        assert torch.equal(mine, its)


def test_a_state_is_a_copy():
    environment = make("reach")
    state = environment.state_dict()
    before = state["_paths"]["sensors"]["_reading"].clone()
    driven(environment, 3, seed=1)
    assert torch.equal(state["_paths"]["sensors"]["_reading"], before)


@pytest.mark.parametrize("other", [{"num_envs": 8}, {"randomization": "none"}])
def test_a_state_of_other_environments_is_refused(other):
    with pytest.raises(StateError):
        make("reach", **other).load_state_dict(make("reach").state_dict())


def test_a_state_of_another_version_is_refused_by_what_it_lacks_and_has():
    state = make("reach").state_dict()
    del state["_age"]
    said = "Environment: the state lacks _age and also has _hour: it is of other settings or"
    with pytest.raises(StateError, match=said):
        make("reach").load_state_dict({**state, "_hour": torch.zeros(4)})
