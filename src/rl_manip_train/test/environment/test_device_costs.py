"""What a control step and a reset cost on a GPU, counted on Warp's CPU device."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from host_waits import HostWaits, Transfers, noted_launches

from rl_manip_description import load_arm
from rl_manip_sim.backends.availability import WARP_DEVICE_VARIABLE, what_is_missing
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.environment.step_statistics import StepStatistics
from rl_manip_train.tasks import gripper_for, task_class

COUNT, PHYSICS_DT = 6, 0.02
EVERY = 8
"""Batches of resets, of which one changes physics."""
SUBSTEPS = 2
A_STEP = 2
"""Waits: has one diverged? Has an episode ended?"""


@pytest.fixture(scope="module")
def kernels():
    """Names of the kernels that were launched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(WARP_DEVICE_VARIABLE, "cpu")
        if what_is_missing("mujoco_warp"):
            pytest.skip(what_is_missing("mujoco_warp"))
        yield noted_launches(patch)


def made_for(name):
    """An environment whose work for every one of its arms is counted."""
    arm = load_arm("ur5e", gripper_for(name, "auto"))
    task = task_class(name)(arm, COUNT, np.random.default_rng(0))
    task.training, task.keep_pose_probability = True, 0.0
    made = Environment(task, arm, "mujoco_warp", COUNT, PHYSICS_DT, PRESETS["default"], 0)
    made.step(torch.zeros(COUNT, task.action_width))  # what is computed once for all is computed
    made.sim._derive, made.sim._forward = Counted(made.sim._derive), Counted(made.sim._forward)
    return made


@pytest.fixture(scope="module")
def reach(kernels):
    return made_for("reach")


class Counted:
    """Work for every environment, and how often it was done."""

    def __init__(self, work):
        self.work, self.times = work, 0

    def __call__(self):
        self.times += 1
        self.work()


def cost(environment, kernels, ended=0):
    """Of a control step in which ``ended`` episodes end."""
    environment._age[:] = 0
    environment._age[:ended] = environment.episode_steps - 1
    action = torch.zeros(COUNT, environment.task.action_width)
    statistics = StepStatistics()
    kernels.clear()
    sim = environment.sim
    sim._derive.times = sim._forward.times = 0
    with HostWaits() as waits, Transfers() as transfers:
        statistics.add(environment.step(action))
    return SimpleNamespace(
        launches=len(kernels),
        waits=waits.count,
        transfers=transfers.count,
        physics=sim._derive.times,
        looks=sim._forward.times,
        where=dict(waits.by_line + transfers.by_line),
    )


def test_a_step_without_a_reset_waits_twice_and_carries_nothing(reach, kernels):
    step = cost(reach, kernels)
    assert (step.physics, step.looks) == (0, 0)
    assert step.waits <= A_STEP, step.where
    assert step.transfers == 0, step.where


def test_resets_cost_one_look_at_where_all_stand_and_physics_now_and_then(reach, kernels):
    step = cost(reach, kernels)
    resets = [cost(reach, kernels, ended=3) for _ in range(EVERY)]
    assert sum(reset.physics for reset in resets) == 1
    assert {reset.looks for reset in resets} == {1}  # free starts are known: no second try
    of_others = [reset.launches for reset in resets if not reset.physics]
    assert max(of_others) < step.launches * (1.0 + 1.1 / SUBSTEPS)  # half of a simulation step
    assert max(reset.waits for reset in resets) <= A_STEP, resets
    assert max(reset.transfers for reset in resets) == 0, resets
    assert not reach.sim.collision.any()


def test_who_keeps_its_pose_is_one_more_question(reach, kernels, monkeypatch):
    monkeypatch.setattr(reach.task, "keep_pose_probability", 0.5)
    assert cost(reach, kernels, ended=COUNT).waits <= A_STEP + 1


def test_the_physics_reported_are_those_that_an_environment_has(reach, kernels):
    given = reach._physics._given
    has = reach.sim._physics._written[3]  # masses of the payloads
    changed = []
    for _ in range(EVERY):
        before = given.payload.clone()
        cost(reach, kernels, ended=COUNT - 1)
        changed.append(int((given.payload != before).sum()))
        torch.testing.assert_close(has, given.payload)
    assert sorted(changed) == [0] * (EVERY - 1) + [COUNT - 1]


def test_objects_are_drawn_on_the_host_for_few_questions(kernels):
    environment = made_for("pick_place")
    step, reset = cost(environment, kernels), cost(environment, kernels, ended=3)
    assert step.waits <= A_STEP, step.where
    assert step.transfers == 0, step.where
    assert reset.physics == 0
    # is one blocked? Each look costs a question, sizes and places of objects, three of the host's
    assert reset.waits <= A_STEP + reset.looks, reset.where
    assert reset.transfers <= 4 + 7 * reset.looks, reset.where
