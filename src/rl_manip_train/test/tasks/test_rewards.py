"""Reward terms by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rl_manip_train.tasks import rewards, task_class
from rl_manip_train.tasks.reach import ReachTask


def test_tolerance():
    value = torch.tensor([0.0, 1.0, 2.0, 3.0])
    # 0.1 ^ (x^2) with x = (value - 1) / 2: x = 0, 0, 0.5, 1
    expected = torch.tensor([1.0, 1.0, 0.1**0.25, 0.1])
    torch.testing.assert_close(rewards.tolerance(value, bound=1.0, margin=2.0), expected)
    # so far away that the Gaussian would have no exponent left, or none at all
    far = rewards.tolerance(torch.tensor([14.0, 15.0, 1e9, math.inf]), bound=1.0, margin=2.0)
    assert bool((far >= torch.finfo(torch.float32).tiny).all())
    assert bool((far < 1e-30).all())


def test_progress():
    velocity = torch.tensor([[0.0, 2.0, 0.0], [3.0, 0.0, 4.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    to_goal = torch.tensor([[0.0, 0.5, 0.0], [0.6, 0.0, 0.8], [-9.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    # straight there at any distance, 3 * 0.6 + 4 * 0.8, straight away, and at the goal nothing
    assert rewards.progress(velocity, to_goal).tolist() == pytest.approx([2.0, 5.0, -1.0, 0.0])


def test_progress_adds_up_to_the_distance_gained():
    angle = torch.linspace(0.0, 1.0, 1001)  # a curve that ends 0.3 m from the goal at the origin
    place = torch.stack((torch.cos(3.0 * angle), torch.sin(3.0 * angle), 0.0 * angle), dim=1)
    place = place * (1.0 - 0.7 * angle)[:, None]
    velocity, middle = place.diff(dim=0) / 1e-3, (place[1:] + place[:-1]) / 2.0
    gained = (rewards.progress(velocity, -middle) * 1e-3).sum()
    assert float(gained) == pytest.approx(0.7, abs=1e-4)


def test_sparse_reward():
    credit = torch.tensor([1.0, 0.0, 0.0, 1.0, 0.5])
    terminated = torch.tensor([False, False, True, True, False])
    # ended by a collision: bad even where the goal was met in that very step
    reward = rewards.sparse_reward(credit, terminated, at_termination=-33.0)
    assert reward.tolist() == [0.0, -1.0, -33.0, -33.0, -0.5]


def test_action_rate():
    action, last = torch.tensor([[1.0, -1.0]]), torch.tensor([[0.0, 1.0]])
    assert rewards.action_rate(action, last).tolist() == [(1.0 + 4.0) / 2]


def test_relative_speed():
    speed = rewards.relative_speed(torch.tensor([[1.0, -3.0]]), torch.tensor([2.0, 3.0]))
    assert speed.tolist() == [(0.25 + 1.0) / 2]


def test_joint_limit_proximity():
    lower, upper = torch.tensor([-1.0, -1.0]), torch.tensor([1.0, 1.0])
    position = torch.tensor([[0.0, 0.0], [0.9, -0.95], [1.0, 0.8], [1.1, 0.0]])
    # margin 0.2: 0.1 before a limit is half in, 0.05 three quarters, at it 1, 0.1 beyond it 1.5
    expected = torch.tensor([0.0, 0.5 + 0.75, 1.0, 1.5])
    found = rewards.joint_limit_proximity(position, lower, upper, margin=0.2)
    torch.testing.assert_close(found, expected)


@pytest.fixture
def reach(arm):
    task = ReachTask(arm, 1, np.random.default_rng(0))
    task.goal_position = torch.tensor([[0.4, 0.1, 0.3]])
    return task


def state(arm, offset=(0.0, 0.0, 0.0), speed=0.0, collision=False):
    """A simulator whose tool is ``offset`` from (0.4, 0.1, 0.3) and moves at ``speed``."""
    position = torch.tensor([[0.4, 0.1, 0.3]]) + torch.tensor([offset])
    return SimpleNamespace(
        joint_position=torch.tensor(np.array(arm.home), dtype=torch.float32)[None],
        joint_velocity=torch.full((1, 6), 0.75),
        tool_pose=torch.cat((position, torch.zeros(1, 4)), dim=1),
        tool_velocity=torch.tensor([[0.0, speed, 0.0]]),
        collision=torch.tensor([collision]),
    )


def test_reach_terms(arm, reach):
    action, last = torch.full((1, 6), 0.5), torch.full((1, 6), 0.2)
    terms = reach.reward_terms(state(arm, (0.03, 0.04, 0.0), 0.2, True), action, last)
    near = 0.1 ** (0.4**2)  # 5 cm away: (5 - 1) / 10 of the margin
    expected = {
        "distance": 0.05,
        "progress": -0.16,  # along y, of which 4 in 5 lead away
        "near_goal": near,
        "at_goal": 0.1 ** ((5 / 3) ** 2),
        "speed_at_goal": near * 0.2,
        "action_rate": 0.3**2,
        "joint_speed": (0.75 / 1.5) ** 2,
        "joint_limit": 0.0,
        "collision": 1.0,
    }
    assert sorted(terms) == sorted(expected)
    for name, value in expected.items():
        assert float(terms[name]) == pytest.approx(value, rel=1e-4, abs=1e-6), name


def test_every_reach_term_has_a_weight_of_its_name(arm, reach):
    terms = reach.reward_terms(state(arm), torch.zeros(1, 6), torch.zeros(1, 6))
    assert sorted(terms) == sorted(reach.reward_weights)


def test_at_rest_pays_for_the_place_as_far_as_the_tool_rests_there(arm, reach):
    resting = task_class("reach", "at_rest")(arm, 1, np.random.default_rng(0))
    resting.goal_position, action = reach.goal_position, torch.zeros(1, 6)
    # 0.1 ^ (x^2) with x = (speed - 2 cm/s) / 5.5 cm/s: nothing lost at 2 cm/s, 1/10 left at 7.5
    for speed, left in ((0.02, 1.0), (0.0475, 0.1**0.25), (0.075, 0.1)):
        sim = state(arm, (0.01, 0.0, 0.0), speed)
        plain = reach.reward_terms(sim, action, action)
        expected = {**plain, "at_goal": left * plain["at_goal"]}
        for name, term in resting.reward_terms(sim, action, action).items():
            assert float(term) == pytest.approx(float(expected[name]), rel=1e-4), name


@pytest.mark.parametrize(
    ("offset", "speed", "met"),
    [(0.0199, 0.049, True), (0.0201, 0.0, False), (0.0, 0.051, False), (-0.0199, 0.0, True)],
)
def test_success_is_near_and_slow(arm, reach, offset, speed, met):
    assert reach.success(state(arm, (0.0, 0.0, offset), speed)).tolist() == [met]


@pytest.mark.parametrize("collision", [False, True])
def test_a_collision_ends_the_episode(arm, reach, collision):
    assert reach.terminated(state(arm, collision=collision)).tolist() == [collision]
