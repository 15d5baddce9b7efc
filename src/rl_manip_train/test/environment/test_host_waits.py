"""How often a control step makes the host wait for a device, counted where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from host_waits import HostWaits

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.environment.step_statistics import StepStatistics
from rl_manip_train.tasks import gripper_for, task_class

COUNT = 8
A_STEP = 2
"""Has one diverged? Has an episode ended?"""
A_RESET = 6
"""Besides: who goes on from where it is, whose start is blocked, and again after each next draw."""


@pytest.fixture(params=["reach", "pick_place"])
def environment(request):
    arm = load_arm("ur5e", gripper_for(request.param, "auto"))
    task = task_class(request.param)(arm, COUNT, np.random.default_rng(0))
    return Environment(task, arm, "mujoco", COUNT, 0.0, PRESETS["default"], 0, num_threads=1)


def test_a_step_waits_twice_and_one_with_resets_not_once_per_environment(environment):
    rest = torch.zeros(COUNT, environment.task.action_width)
    environment.step(rest)  # what is computed once for all is computed
    statistics = StepStatistics()
    with HostWaits() as waits:
        for _ in range(3):
            statistics.add(environment.step(rest))
    assert waits.count <= 3 * A_STEP, waits.by_line
    environment._age[:] = environment.episode_steps - 1  # all episodes end at once
    with HostWaits() as waits:
        statistics.add(environment.step(rest))
    assert A_STEP < waits.count <= A_STEP + A_RESET, waits.by_line


def test_statistics_wait_only_when_they_are_asked_for(environment):
    step = environment.step(torch.zeros(COUNT, environment.task.action_width))
    statistics = StepStatistics()
    with HostWaits() as waits:
        for _ in range(5):
            statistics.add(step)
    assert waits.count == 0, waits.by_line
    metrics = statistics.metrics()
    assert metrics["charts/reward"] == pytest.approx(float(step.reward.mean()))
    for name, term in step.reward_terms.items():
        assert metrics[f"reward/{name}"] == pytest.approx(float(term.mean()))


def test_shares_of_episodes_by_hand(environment):
    step = environment.step(torch.zeros(COUNT, environment.task.action_width))
    marks = torch.zeros(3, COUNT, dtype=torch.bool)
    marks[0, 0] = marks[1, 1:4] = marks[2, 1] = True
    ended = step._replace(terminated=marks[0], truncated=marks[1], success=marks[2])
    statistics = StepStatistics()
    statistics.add(ended)
    statistics.add(ended._replace(success=torch.zeros(COUNT, dtype=torch.bool)))
    metrics = statistics.metrics()
    assert metrics["charts/success"] == 1 / 8  # of eight that ended
    assert metrics["charts/terminated"] == 2 / 8
    assert StepStatistics().metrics() == {}
