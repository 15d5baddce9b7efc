"""Evaluation counts what it says, shown with policies made by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from rl_manip_description.wilson import wilson_interval
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.pictures.recording import record_episodes
from rl_manip_train.policy.evaluation import Evaluation, acting, evaluate


class CountsSteps(nn.Module):
    """A policy that remembers how many steps it has made."""

    memory_width = 1

    def __init__(self):
        super().__init__()
        self.counts = []

    def forward(self, observation, memory):
        self.counts.append(int(memory[0, 0]))
        return torch.zeros(len(observation), 6), memory + 1.0


def test_a_memory_begins_with_each_episode(arm):
    policy = CountsSteps()
    record_episodes(acting(policy), arm, "reach", "mujoco", 2, 0, 0.02)
    assert policy.counts == [*range(100), *range(100)]


class ByHand:
    """Puts goals where the test wants them at the first step, then acts as told."""

    def __init__(self, goal_offset, action):
        self._goal_offset, self._action, self.count = goal_offset, action, 0

    def __call__(self, environment):
        if self.count == 0:
            tool = environment.sim.tool_pose[:, :3]
            environment.task.goal_position.copy_(tool + self._goal_offset)
        self.count += 1
        return (environment.task.velocity_limit * self._action(self.count),)


def evaluated(arm, act, episodes, **more):
    none = PRESETS["none"]
    return evaluate(
        act, arm, "reach", "mujoco", 0.01, none, episodes, seed=0, num_threads=1, **more
    )


class Turns:
    """Turns the last joint on the spot, and notes where goals find the arm."""

    def __init__(self):
        self.begun, self.goals, self.now = [], [], None

    def __call__(self, environment):
        self.now = environment.sensors.joint_position.clone()
        if environment.begins.any():
            self.begun.append(self.now)
            self.goals.append(environment.task.goal_position.clone())
        return (torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.2]).expand(len(self.now), -1),)


def test_goals_in_a_row_find_the_arm_where_the_one_before_left_it(arm):
    act = Turns()
    result = evaluated(arm, act, 5, in_a_row=3)
    assert result.episodes == 5
    assert [len(poses) for poses in act.begun] == [2, 2, 2]  # two arms, three goals each
    for before, after in zip(act.begun, act.begun[1:]):
        turned = (after - before).mean(dim=0)
        # 4 s of 0.2 rad/s, no step back to a start pose
        torch.testing.assert_close(turned, torch.tensor([0.0] * 5 + [0.8]), atol=0.02, rtol=0.0)
    assert not torch.equal(act.goals[0], act.goals[1])


def test_successes_distance_and_time(arm):
    offset = torch.zeros(10, 3)
    offset[3:, 2] = 0.1  # seven goals lie 10 cm above the tool
    act = ByHand(offset, lambda count: torch.zeros(10, 6))
    result = evaluated(arm, act, 10)
    assert act.count == 100  # 4 s of 0.04 s
    assert result.episodes == 10
    assert result.success_rate == 0.3
    assert result.collision_rate == 0.0
    assert result.mean_final_distance == pytest.approx(0.07, abs=1e-4)
    assert result.mean_time_to_goal == pytest.approx(0.04)  # met after the first step


def test_a_goal_that_is_left_again_does_not_count(arm):
    def leaves(count):
        return torch.full((2, 6), 0.5 if count > 95 else 0.0)

    result = evaluated(arm, ByHand(torch.zeros(2, 3), leaves), 2)
    assert result.success_rate == 0.0
    assert math.isnan(result.mean_time_to_goal)


def test_time_to_goal_is_of_the_last_arrival(arm):
    def away_and_back(count):
        action = torch.zeros(1, 6)
        if 20 < count <= 30:
            action[0, 0] = 0.5
        if 35 < count <= 45:
            action[0, 0] = -0.5
        return action

    result = evaluated(arm, ByHand(torch.zeros(1, 3), away_and_back), 1)
    assert result.success_rate == 1.0
    # back after step 45, give or take the servo's lag and the last 2 cm
    assert 43 * 0.04 < result.mean_time_to_goal < 51 * 0.04


def test_a_collision_fails_the_episode_even_where_the_next_one_succeeds(arm):
    def first_one_dives(count):
        action = torch.zeros(4, 6)
        action[0, 1] = 1.0
        return action

    result = evaluated(arm, ByHand(torch.zeros(4, 3), first_one_dives), 4)
    assert result.collision_rate == 0.25
    assert result.success_rate == 0.75
    assert result.mean_final_distance == pytest.approx(0.0, abs=1e-3)


def test_a_mean_over_nothing_is_null_in_json():
    result = Evaluation(4, 0.0, 1.0, math.nan, math.nan)
    assert result.to_dict() == {
        "episodes": 4,
        "success_rate": 0.0,
        "collision_rate": 1.0,
        "mean_final_distance": None,
        "mean_time_to_goal": None,
    }
    assert result.success_interval == wilson_interval(0, 4)
