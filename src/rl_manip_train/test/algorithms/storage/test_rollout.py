"""Advantages against arithmetic by hand, and what minibatches hold."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.ppo import PPO
from rl_manip_train.algorithms.storage.rollout import Rollout, generalized_advantage
from rl_manip_train.settings.train_cfg import PPOCfg


def column(*values):
    return torch.tensor(values)[:, None]


@pytest.mark.parametrize(
    ("next_value", "terminated", "truncated", "expected"),
    [
        # gamma 0.9, lambda 0.5: A_t = delta_t + 0.45 A_t+1
        # delta = 1 + 0.9*20 - 10, 2 + 0.9*30 - 20, 3 + 0.9*40 - 30 = 9, 9, 9
        # A = 9 + 0.45*13.05, 9 + 0.45*9, 9
        ((20.0, 30.0, 40.0), (0, 0, 0), (0, 0, 0), (14.8725, 13.05, 9.0)),
        # time is up at t = 1 in a state worth 25: bootstrapped, and the trace is cut
        # delta_1 = 2 + 0.9*25 - 20 = 4.5; A_0 = 9 + 0.45*4.5
        ((20.0, 25.0, 40.0), (0, 0, 0), (0, 1, 0), (11.025, 4.5, 9.0)),
        # the task ends at t = 1: whatever the state is worth, nothing follows
        # delta_1 = 2 - 20 = -18; A_0 = 9 - 0.45*18
        ((20.0, 25.0, 40.0), (0, 1, 0), (0, 0, 0), (0.9, -18.0, 9.0)),
    ],
)
def test_generalized_advantage(next_value, terminated, truncated, expected):
    value = column(10.0, 20.0, 30.0)
    advantage, target = generalized_advantage(
        reward=column(1.0, 2.0, 3.0),
        value=value,
        next_value=column(*next_value),
        terminated=column(*terminated).bool(),
        truncated=column(*truncated).bool(),
        discount=0.9,
        trace_decay=0.5,
    )
    torch.testing.assert_close(advantage, column(*expected))
    torch.testing.assert_close(target, column(*expected) + value)


def test_environments_do_not_mix():
    torch.manual_seed(0)
    reward, value, next_value = torch.randn(3, 5, 4)
    terminated, truncated = torch.rand(2, 5, 4) < 0.3
    inputs = (reward, value, next_value, terminated, truncated)
    together, _ = generalized_advantage(*inputs, 0.97, 0.95)
    for env in range(4):
        alone, _ = generalized_advantage(*(part[:, env : env + 1] for part in inputs), 0.97, 0.95)
        torch.testing.assert_close(together[:, env : env + 1], alone)


@pytest.mark.parametrize("reveals", [False, True])
def test_truncated_episodes_bootstrap_the_value_of_their_last_state(make_environment, reveals):
    environment = make_environment(num_envs=3, reveals=reveals, episode_s=0.2)  # five steps
    ppo = PPO(environment, PPOCfg(horizon=7), seed=0, guard=FiniteGuard())
    before = copy.deepcopy(ppo.actor_critic)  # its normalisers change afterwards
    ppo.collect()
    if reveals:  # scaled by what was collected, before it is judged
        before.privileged_normalizer.update(ppo._rollout.privileged.flatten(0, 1))
    rollout, cfg = ppo._rollout, ppo.cfg
    assert rollout.truncated[4].any()
    with torch.no_grad():
        for env in range(3):
            following = 0.0
            for t in reversed(range(7)):
                now = (rollout.observation[t, [env]], rollout.privileged[t, [env]])
                value = before.value(*now)
                # of the state reached by the step itself, before any reset
                then = (rollout.final_observation[t, [env]], rollout.final_privileged[t, [env]])
                next_value = before.value(*then)
                alive = 0.0 if rollout.terminated[t, env] else 1.0
                unbroken = 0.0 if rollout.truncated[t, env] else alive
                delta = rollout.reward[t, env] + cfg.discount * alive * next_value - value
                following = delta + cfg.discount * cfg.trace_decay * unbroken * following
                torch.testing.assert_close(
                    rollout.advantage[t, env : env + 1], following, rtol=1e-4, atol=1e-5
                )


def test_minibatches_hold_every_transition_once():
    rollout = Rollout(6, 4, 2, 1, torch.device("cpu"))
    rollout.observation[..., 0] = torch.arange(24.0).view(6, 4)
    rollout.action[..., 0] = torch.arange(24.0).view(6, 4)
    rollout.advantage = torch.arange(24.0).view(6, 4)
    parts = list(rollout.minibatches(1, 4, nn.Identity(), torch.Generator().manual_seed(0)))
    assert [len(part.action) for part in parts] == [6, 6, 6, 6]
    seen = torch.cat([part.observation[:, 0] for part in parts])
    assert not torch.equal(seen, torch.arange(24.0))
    assert torch.equal(seen.sort().values, torch.arange(24.0))
    for part in parts:
        assert torch.equal(part.observation[:, 0], part.action[:, 0])
        # 0 to 23: mean 11.5, deviation sqrt(50) (of 24 with 23 degrees of freedom)
        torch.testing.assert_close(part.advantage, (part.action[:, 0] - 11.5) / 50.0**0.5)


def test_whole_sequences_stay_together_and_say_where_episodes_begin():
    rollout = Rollout(3, 4, 1, 1, torch.device("cpu"), memory_width=2, privileged_width=1)
    rollout.action[..., 0] = torch.arange(12.0).view(3, 4)
    rollout.memory[..., 1] = torch.arange(12.0).view(3, 4)
    rollout.privileged[..., 0] = torch.arange(12.0).view(3, 4)
    rollout.terminated[0, 2] = rollout.truncated[1, 3] = True
    generator = torch.Generator().manual_seed(0)
    parts = list(rollout.minibatches(2, 2, nn.Identity(), generator, whole=True))
    for epoch in (parts[:2], parts[2:]):
        envs = torch.cat([part.action[:2, 0] for part in epoch])
        assert sorted(envs.tolist()) == [0.0, 1.0, 2.0, 3.0]
    for part in parts:
        steps = part.action.view(3, 2)
        assert torch.equal(steps, steps[0] + torch.tensor([[0.0], [4.0], [8.0]]))
        assert torch.equal(part.memory[:, 1], part.action[:, 0])
        assert torch.equal(part.privileged, part.action)
        begun = part.action[part.begins][:, 0].tolist()
        # the second step of environment 2 is 6, the third one of environment 3 is 11
        assert set(begun) == {6.0, 11.0} & set(part.action[:, 0].tolist())
