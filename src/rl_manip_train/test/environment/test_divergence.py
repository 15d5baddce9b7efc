"""Simulations that diverge are replaced and counted; many of them end the training."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.divergence import DivergenceCount, SimulationDivergedError
from rl_manip_train.environment.environment import Environment
from rl_manip_train.tasks import task_class


@pytest.fixture
def environment(arm):
    task = task_class("reach")(arm, 8, np.random.default_rng(0))
    return Environment(task, arm, "mujoco", 8, 0.01, PRESETS["default"], seed=0, num_threads=1)


def everything(step):
    """Every tensor of a step."""
    tensors = [value for value in step if isinstance(value, torch.Tensor)]
    return [*tensors, *step.final_inputs, *step.reward_terms.values()]


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e6])
def test_a_diverged_simulation_is_replaced_and_counted(environment, value):
    environment.sim._velocity[3, 2] = value
    step = environment.step(torch.zeros(8, 6))
    assert step.terminated.tolist() == [index == 3 for index in range(8)]
    assert step.reward[3] == 0.0
    assert all(tensor.isfinite().all() for tensor in everything(step))
    assert environment.divergence.total == 1
    for _ in range(10):
        step = environment.step(torch.full((8, 6), 0.2))
        assert all(tensor.isfinite().all() for tensor in everything(step))
    assert environment.divergence.total == 1
    # the new episode moves as any other does
    assert environment.sim.joint_velocity[3].abs().min() > 0.01


def test_the_others_do_not_notice(arm):
    def run(broken):
        task = task_class("reach")(arm, 4, np.random.default_rng(0))
        made = Environment(task, arm, "mujoco", 4, 0.01, PRESETS["none"], seed=0, num_threads=1)
        if broken:
            made.sim._velocity[1] = math.nan
        return made.step(torch.full((4, 6), 0.3)).final_observation

    assert torch.equal(run(True)[[0, 2, 3]], run(False)[[0, 2, 3]])


def test_more_than_one_percent_end_it_with_a_sentence(environment):
    environment.sim._velocity[[1, 5]] = math.nan
    with pytest.raises(SimulationDivergedError, match="^2 of 8 simulations diverged") as error:
        environment.step(torch.zeros(8, 6))
    assert "physics_dt below 0.01 s" in str(error.value)
    assert "\n" not in str(error.value)


def test_share_within_the_window():
    count = DivergenceCount(num_envs=1000, window=3, physics_dt=0.01)
    for number in (5, 5, 0, 5, 0, 5):  # never more than 10 of 1000 within three steps
        count.add(number)
    assert count.total == 20
    with pytest.raises(SimulationDivergedError, match="11 of 1000"):
        count.add(6)
