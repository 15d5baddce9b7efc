"""Actors that remember: what they see, and whole sequences against steps one by one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.networks.memory_actor import (
    GatedCell,
    HistoryActor,
    MemoryKind,
    RecurrentActor,
    answer,
    memory_actor,
    remembered,
)

GRU, HISTORY = MemoryKind(gru_width=7), MemoryKind(history=3)
LENGTH, ENVS, D, N = 12, 4, 5, 2


def test_widths():
    assert MemoryKind().width(5, 2) == 0
    assert HISTORY.width(5, 2) == 2 * (5 + 2)
    assert GRU.width(5, 2) == 7 + 2


def test_a_history_holds_the_newest_pairs_of_observation_and_action():
    actor, memory = HistoryActor(1, 1, (4,), HISTORY), torch.zeros(1, 4)
    for step in (1.0, 2.0, 3.0):
        _, trace = actor(torch.full((1, 1), step), memory)
        memory = remembered(trace, torch.full((1, 1), -step))
    assert memory.tolist() == [[2.0, -2.0, 3.0, -3.0]]
    mean, _ = actor(torch.full((1, 1), 4.0), memory)
    torch.testing.assert_close(mean, actor.head(torch.tensor([[4.0, 2.0, -2.0, 3.0, -3.0]])))


def test_the_cell_is_torchs():
    torch.manual_seed(0)
    mine, its = GatedCell(3, 4), nn.GRUCell(3, 4)
    its.load_state_dict(
        {
            "weight_ih": mine.from_input.weight,
            "bias_ih": mine.from_input.bias,
            "weight_hh": mine.from_state.weight,
            "bias_hh": mine.from_state.bias,
        }
    )
    x, state = torch.randn(6, 3), torch.randn(6, 4)
    torch.testing.assert_close(mine(x, state), its(x, state), rtol=0.0, atol=1e-6)


def stepped(actor, observation, action, start, begins):
    """Means and the memories before each step, one step and one environment after the other."""
    means, memories = torch.zeros(LENGTH, ENVS, N), torch.zeros(LENGTH, ENVS, start.shape[1])
    for env in range(ENVS):
        memory = start[env : env + 1]
        for step in range(LENGTH):
            if begins[step, env]:
                memory = torch.zeros_like(memory)
            memories[step, env] = memory[0]
            mean, trace = actor(observation[step, env][None], memory)
            means[step, env] = mean[0]
            memory = remembered(trace, action[step, env][None])
    return means, memories


@pytest.mark.parametrize("kind", [GRU, HISTORY])
def test_sequences_are_what_single_steps_are_and_their_gradients_too(kind):
    torch.manual_seed(0)
    actor = memory_actor(D, N, (8,), kind)
    observation, action = torch.randn(LENGTH, ENVS, D), torch.rand(LENGTH, ENVS, N) * 2.0 - 1.0
    start, begins = torch.randn(ENVS, kind.width(D, N)), torch.rand(LENGTH, ENVS) < 0.2
    begins[0] = False
    assert begins.any(dim=0).sum() > 1
    means, memories = stepped(actor, observation, action, start, begins)
    rows = (part.flatten(0, 1) for part in (observation, memories.detach(), begins))
    again = actor.again(*rows, length=LENGTH).view(LENGTH, ENVS, N)
    torch.testing.assert_close(again, means, rtol=0.0, atol=1e-6)
    if kind is GRU:  # a history is given, no gradient flows through it
        one, other = (
            torch.autograd.grad(each.square().sum(), list(actor.parameters()))
            for each in (again, means)
        )
        for mine, its in zip(one, other):
            torch.testing.assert_close(mine, its, rtol=1e-4, atol=1e-6)


def test_the_gradient_reaches_the_first_step_of_a_sequence_but_no_other_episode():
    torch.manual_seed(0)
    actor = RecurrentActor(D, N, (8,), GRU)
    observation = torch.randn(6, D, requires_grad=True)
    begins = torch.tensor([False, False, False, True, False, False])
    mean = actor.again(observation, torch.zeros(6, GRU.width(D, N)), begins, length=6)
    for last, reached in ((2, [0, 1, 2]), (5, [3, 4, 5])):
        (gradient,) = torch.autograd.grad(mean[last].sum(), observation, retain_graph=True)
        assert torch.nonzero(gradient.abs().sum(dim=1))[:, 0].tolist() == reached


@pytest.mark.parametrize("kind", [GRU, HISTORY])
def test_what_ended_or_is_not_finite_is_forgotten(kind):
    model = ActorCritic(D, N, (8,), 0.5, kind)
    memory, observation = torch.randn(3, model.memory_width), torch.randn(3, D)
    drawn = model.act(observation, memory, torch.Generator().manual_seed(0))
    action = torch.tensor([[3.0, -3.0], [0.0, 0.0], [float("nan"), 0.0]])
    after = model.remembered(drawn.trace, action, torch.tensor([False, True, False]))
    assert after[0, -N:].tolist() == [1.0, -1.0]  # as the environment clips it
    assert after[0, :-N].abs().sum() > 0.0
    assert not after[1:].any()


@pytest.mark.parametrize("kind", [GRU, HISTORY])
def test_the_policy_acts_most_likely_and_remembers_what_it_does(kind):
    torch.manual_seed(0)
    model = ActorCritic(D, N, (8,), 0.5, kind)
    observation, memory = torch.randn(3, D), torch.randn(3, model.memory_width)
    action, after = answer(model.policy, observation, memory)
    torch.testing.assert_close(action, model.act(observation, memory, torch.Generator()).mean)
    assert torch.equal(after[:, -N:], action)
    assert after.shape == memory.shape
