"""Relabelling by hand: which goals, within which episode, and what the steps then earn."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from test_experience_replay import filled, sample

from rl_manip_train.algorithms.storage.hindsight import Hindsight, goal_columns


def spec(name):
    return SimpleNamespace(name=name, shape=(1, 1))


class Line:
    """A task on a line, as far as hindsight asks one: the second of two inputs is the goal."""

    input_specs = (spec("place"), spec("goal"))
    goal_inputs = ("goal",)

    def goal_credit(self, achieved, goal, extra):
        """1 within 0.5 of the goal, whatever else."""
        return ((achieved - goal).abs()[..., 0] <= 0.5).float()

    def goal_reward(self, achieved, goal, extra):
        """Minus the distance."""
        return -(achieved - goal).abs()[..., 0]


def hindsight(share, sparse_termination=-9.0):
    return Hindsight(Line(), share, sparse_termination)


def test_goals_come_from_the_same_episode_at_or_after_the_step():
    # environment 0: an episode of steps 0 to 2, one from 3 on; environment 1: one that goes on
    replay = filled(steps=8, count=6, ends=[(2, 0, False)])
    batch = sample(replay, n=1, size=6000, hindsight=hindsight(1.0))
    start, goal = batch.inputs[:, 0], batch.inputs[:, 1]
    for first, later in {
        0.0: [0, 10, 20],
        20.0: [20],
        30.0: [30, 40, 50],
        11.0: [11, 21, 31, 41, 51],
        51.0: [51],
    }.items():
        drawn, counts = goal[start == first].unique(return_counts=True)
        assert drawn.tolist() == later
        assert counts.min() > 0.6 * counts.float().mean()  # uniform
    assert torch.equal(batch.final_inputs[:, 1], goal)
    assert torch.equal(batch.final_inputs[:, 0], start + 10.0)


def test_goals_never_come_from_what_the_ring_has_overwritten():
    replay = filled(steps=4, count=7, ends=[(5, 0, True)])
    batch = sample(replay, n=1, hindsight=hindsight(1.0))
    ends = batch.inputs[:, 1] - batch.inputs[:, 0]
    assert ((ends >= 0.0) & (ends % 10.0 == 0.0)).all()
    of_the_first = batch.inputs[:, 0] % 10.0 == 0.0
    assert batch.inputs[of_the_first & (batch.inputs[:, 0] <= 50.0), 1].max() == 50.0


def test_steps_earn_what_the_new_goal_says():
    replay = filled(steps=8, count=5, ends=[(3, 0, True)])
    batch = sample(replay, n=3, size=4000, hindsight=hindsight(1.0))
    found = {}
    for start, goal, total in zip(*batch.inputs.T.tolist(), batch.n_step_return):
        found[start, goal] = float(total)
    # gamma 0.5; -1 for every step that does not reach the goal, 0 for the one that does
    assert found[0.0, 0.0] == 0.0 - 0.5 - 0.25
    assert found[0.0, 10.0] == -1.0 - 0.0 - 0.25
    assert found[0.0, 20.0] == -1.0 - 0.5 - 0.0
    assert found[0.0, 30.0] == -1.0 - 0.5 - 0.25
    # the third of these steps collides: that is bad whatever the goal
    assert found[10.0, 10.0] == 0.0 - 0.5 - 0.25 * 9.0
    assert found[10.0, 30.0] == -1.0 - 0.5 - 0.25 * 9.0


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_others_keep_their_goal(share):
    replay = filled(steps=8, count=6)
    batch = sample(replay, n=1, size=8000, hindsight=hindsight(share))
    own = batch.inputs[:, 1] == -batch.inputs[:, 0]
    own |= batch.inputs[:, 0] == 0.0  # goal and achievement are both 0 there
    # the first step of environment 0 cannot be told apart, one in twelve
    assert float(1.0 - own.float().mean()) == pytest.approx(share * 11 / 12, abs=0.02)
    assert torch.equal(
        batch.n_step_return[own & (batch.inputs[:, 0] > 0)].unique(), torch.tensor([-1.0])
    )


def test_the_dense_reward_by_a_goal_achieved_later():
    replay = filled(steps=8, count=4)
    dense = hindsight(1.0, sparse_termination=None)
    batch = sample(replay, n=2, size=4000, hindsight=dense)
    found = {}
    for start, goal, total in zip(*batch.inputs.T.tolist(), batch.n_step_return.tolist()):
        found[start, goal] = total
    # place f earned f by the goal -f; by the goal g it earns f + |f + f| - |f - g|; gamma 0.5, and
    # the second step's goal was the episode's: that of the first
    assert found[30.0, 30.0] == 30.0 + 60.0 - 0.0
    assert found[10.0, 10.0] == (10.0 + 20.0 - 0.0) + 0.5 * (20.0 + 30.0 - 10.0)
    assert found[10.0, 30.0] == (10.0 + 20.0 - 20.0) + 0.5 * (20.0 + 30.0 - 10.0)


def test_the_future_reaches_its_last_step_and_not_beyond():
    step = torch.zeros(50_000, dtype=torch.int64)
    future = hindsight(1.0).draw_future(step, step + 2, torch.Generator().manual_seed(0))
    assert future.unique().tolist() == [0, 1, 2]
    assert torch.equal(
        hindsight(1.0).draw_future(step, step, torch.Generator().manual_seed(0)), step
    )


def test_goal_columns(make_environment):
    # joint positions 0 to 5, joint velocities 6 to 11, goal position
    assert goal_columns(make_environment(1).task) == [12, 13, 14]
