"""stack: where blocks and goals are, what is rewarded, when it counts, and that it can be done."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rl_manip_description import load_arm
from rl_manip_description.contract.policy_origin import TrainingRecord
from rl_manip_sim.randomization.randomization_cfg import PRESETS, Range
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.export import policy_metadata
from rl_manip_train.tasks.grasp import GraspTask
from rl_manip_train.tasks.pick_place import PickPlaceTask
from rl_manip_train.tasks.stack import APART, CLEAR, LOST, StackTask
from rl_manip_train.tasks.task import TaskError

HALF = 0.025  # of the object [m]
BLOCK = (0.5, 0.2, 0.03)  # middle of a block of 6 cm
GOAL = (0.5, 0.2, 0.085)


@pytest.fixture(scope="module")
def arm():
    return load_arm("ur5e", "robotiq_2f85")


def made(arm, count, preset="default", training=False):
    task = StackTask(arm, count, np.random.default_rng(0))
    task.training = training
    return Environment(task, arm, "mujoco", count, 0.0, PRESETS[preset], 0, num_threads=1)


def judged(arm):
    """The task of one environment, whose block stands at BLOCK."""
    task = StackTask(arm, 1, np.random.default_rng(0))
    task.object_size[:] = HALF
    task.support_size[:] = torch.tensor([0.035, 0.035, BLOCK[2]])
    task._block_start = torch.tensor([BLOCK])
    task.draw_goals(torch.tensor([0]))
    return task


@pytest.mark.parametrize("preset", PRESETS)
def test_blocks_that_would_stand_in_the_object_are_refused(arm, preset):
    task = StackTask(arm, 1, np.random.default_rng(0))
    task.check(PRESETS[preset])
    # corner to corner sqrt(2) (0.033 + 0.066) = 0.14 m
    fits = replace(PRESETS["default"], support_half_width=Range(0.03, 0.0659))
    task.check(fits)
    with pytest.raises(TaskError, match=r"support_half_width to 0.0661 m.*; give at most 0.066 m"):
        task.check(replace(fits, support_half_width=Range(0.03, 0.0661)))


def state(thing, grip=0.0, tool=None, opening=0.06, block=BLOCK, speed=0.0):
    """A simulator with its tool straight down, at the object unless it is told otherwise."""
    return SimpleNamespace(
        tool_pose=torch.tensor([[*(tool or thing), 1.0, 0.0, 0.0, 0.0]]),
        object_pose=torch.tensor([[*thing, 0.0, 0.0, 0.0, 1.0]]),
        object_velocity=torch.tensor([[speed, 0.0, 0.0, 0.0, 0.0, 0.0]]),
        support_pose=torch.tensor([[*block, 0.0, 0.0, 0.0, 1.0]]),
        grip_force=torch.tensor([grip]),
        gripper_opening=torch.tensor([opening]),
        joint_position=torch.zeros(1, 6),
        joint_velocity=torch.zeros(1, 6),
        collision=torch.tensor([False]),
    )


def terms_of(task, sim):
    found = task.reward_terms(sim, torch.zeros(1, 5), torch.zeros(1, 5))
    assert sorted(found) == sorted(task.reward_weights)
    return {name: float(value) for name, value in found.items()}


def reward_of(task, sim):
    return sum(task.reward_weights[name] * value for name, value in terms_of(task, sim).items())


@pytest.mark.parametrize("name", ["ur5e", "fr3"])
def test_the_guide_does_it_and_leaves_the_block_where_it_is(name):
    count = 100 if name == "ur5e" else 16
    environment = made(load_arm(name, "robotiq_2f85" if name == "ur5e" else "auto"), count)
    task, sim, intact = environment.task, environment.sim, torch.ones(count, dtype=torch.bool)
    for _ in range(environment.episode_steps):
        moved = (sim.support_pose[:, :3] - task._block_start).norm(dim=1)
        height = sim.object_pose[:, 2] - task.object_size[:, 2]
        on_top = (height - 2.0 * task.support_size[:, 2]).abs() < 2e-3
        step = environment.step(task.guide(sim))
        intact &= ~step.terminated
    done = step.success & intact
    assert int(done.sum()) >= 0.9 * count
    assert on_top[done].all()
    assert moved[done].max() < 0.005


def test_a_block_stands_beside_the_object_and_the_goal_is_on_top_of_it(arm):
    environment = made(arm, 200)
    task, sim = environment.task, environment.sim
    apart = (sim.support_pose[:, :2] - sim.object_pose[:, :2]).norm(dim=1)
    assert apart.min() >= APART - 1e-6
    near, far = arm.practice.table_ring
    radius = sim.support_pose[:, :2].norm(dim=1)
    assert near - 1e-6 < radius.min()
    assert radius.max() < far + 1e-6
    torch.testing.assert_close(task.goal_position[:, :2], sim.support_pose[:, :2])
    height = 2.0 * task.support_size[:, 2] + task.object_size[:, 2]
    torch.testing.assert_close(task.goal_position[:, 2], height)
    assert float(height.max() - height.min()) > 0.04  # blocks of 4 to 10 cm


def test_its_files_say_that_goals_are_on_top_of_something(arm):
    record = TrainingRecord("ppo", "mujoco", 1, 0, "x", None, 1.0, "x")
    for task_class, stacks in ((StackTask, True), (PickPlaceTask, False), (GraspTask, False)):
        task = task_class(arm, 1, np.random.default_rng(0))
        metadata = policy_metadata(task, arm, task.input_specs, PRESETS["default"], record)
        assert metadata.stacks is stacks


def test_some_training_episodes_start_with_the_object_held_over_the_block(arm):
    environment = made(arm, 300, training=True)
    task, sim = environment.task, environment.sim
    apart = (sim.support_pose[:, :2] - sim.object_pose[:, :2]).norm(dim=1)
    under = apart < APART - 1e-6
    assert 0.02 < float(under.float().mean()) < 0.2
    clear = sim.object_pose[:, 2] - task.object_size[:, 2] - 2.0 * task.support_size[:, 2]
    assert clear[under].min() > CLEAR - 1e-4
    for _ in range(5):
        step = environment.step(torch.tensor([[0.0, 0.0, 0.0, 0.0, -1.0]]).repeat(300, 1))
    assert not step.terminated[under].any()


def test_each_phase_pays_more_than_the_one_before_it(arm):
    task = judged(arm)
    far, on_table, high = (0.5, -0.1, 0.3), (0.5, -0.1, HALF), (0.5, -0.1, 0.15)
    phases = [
        state(on_table, tool=far),
        state(on_table, tool=(0.5, -0.1, 0.06)),
        state(on_table, grip=40.0),
        state(high, grip=40.0),
        state((0.5, 0.1, 0.15), grip=40.0),
        state((0.5, 0.2, 0.13), grip=40.0),
        state((0.5, 0.2, 0.1), grip=40.0),
        state(GOAL, grip=40.0),
        state(GOAL, opening=0.06),
        state(GOAL, tool=(0.5, 0.2, 0.2), opening=0.085),
    ]
    paid = [reward_of(task, sim) for sim in phases]
    assert all(later > earlier + 0.005 for earlier, later in zip(paid, paid[1:])), paid


def test_carrying_pays_only_above_the_height_of_the_block(arm):
    task = judged(arm)
    low = terms_of(task, state((0.5, 0.1, GOAL[2] - CLEAR - 0.001), grip=40.0))
    assert low["transport"] == 0.0
    assert low["place"] == 0.0
    half_clear = terms_of(task, state((0.5, 0.1, GOAL[2] + CLEAR / 2.0), grip=40.0))
    # 10 cm over 25 cm, halfway from the block's top to CLEAR above it
    assert half_clear["transport"] == pytest.approx(0.5 * (1.0 - np.tanh(0.4)), rel=0.05)
    # where the block was pushed away there is nothing to be had under its place
    away = state((0.5, 0.2, HALF), grip=40.0, block=(0.5, 0.24, 0.03))
    assert terms_of(task, away)["place"] == 0.0
    assert terms_of(task, away)["transport"] == 0.0


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, True),
        ({"thing": (0.524, 0.2, 0.085)}, True),
        ({"thing": (0.526, 0.2, 0.085)}, False),
        ({"thing": (0.5, 0.2, HALF)}, False),
        ({"grip": 0.1}, False),
        ({"speed": 0.021}, False),
        ({"block": (0.519, 0.2, 0.03)}, True),
        ({"block": (0.521, 0.2, 0.03)}, False),
        ({"block": (0.5, 0.2, 0.0505)}, False),
    ],
)
def test_stacked_is_on_the_block_at_rest_let_go_and_the_block_where_it_was(arm, changes, met):
    sim = state(**{"thing": GOAL, **changes})
    assert judged(arm).success(sim).tolist() == [met]


def test_a_block_that_was_pushed_away_ends_the_episode(arm):
    task = judged(arm)
    for moved, ends in ((LOST - 0.001, False), (LOST + 0.001, True)):
        sim = state((0.5, -0.1, HALF), block=(0.5 + moved, 0.2, 0.03))
        assert task.terminated(sim).tolist() == [ends]


def test_an_object_that_rests_at_its_goal_on_a_block_that_was_moved_does_not_count(arm):
    environment = made(arm, 4, "none")
    task, sim, everyone = environment.task, environment.sim, torch.arange(4)
    block, thing = sim.support_pose.clone(), sim.object_pose.clone()
    block[:, 0] += torch.tensor([0.0, 0.01, 0.025, 0.03])
    thing[:, :3] = task.goal_position
    sim.reset(everyone, sim.joint_position.clone(), None, thing, support_pose=block)
    for _ in range(10):
        environment.step(torch.zeros(4, 5))
    assert (environment.task.goal_distance(sim) < 2e-3).all()
    assert task.success(sim).tolist() == [True, True, False, False]
