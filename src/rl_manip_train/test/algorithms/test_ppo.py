"""PPO's equations by hand, its determinism, and its guard against figures that are not finite."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import pytest
import torch
from ended_alike import assert_seed_alone_decides

from rl_manip_train.algorithms.learner import DivergedError
from rl_manip_train.algorithms.networks.actor_critic import LOG_STD_RANGE
from rl_manip_train.algorithms.optimization import finite_guard
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.optimization.trust_region import (
    bounds_by_now,
    steered_learning_rate,
)
from rl_manip_train.algorithms.ppo import PPO, clipped_surrogate
from rl_manip_train.settings.train_cfg import PPOCfg

SMALL = PPOCfg(horizon=4, epochs=2, minibatches=2, hidden=(16,))


def test_clipped_surrogate():
    # ratios 1.5, 1.5, 0.5, 0.5, 1.1 at advantages 1, -1, 1, -1, 2 and clip 0.2:
    # min(1.5, 1.2) = 1.2; min(-1.5, -1.2) = -1.5; min(0.5, 0.8) = 0.5; min(-0.5, -0.8) = -0.8; 2.2
    log_prob = torch.tensor([1.5, 1.5, 0.5, 0.5, 1.1]).log()
    advantage = torch.tensor([1.0, -1.0, 1.0, -1.0, 2.0])
    loss = clipped_surrogate(log_prob, torch.zeros(5), advantage, clip=0.2)
    assert float(loss) == pytest.approx(-(1.2 - 1.5 + 0.5 - 0.8 + 2.2) / 5, abs=1e-6)


def test_clipping_stops_the_gradient_only_where_it_would_lead_further():
    log_prob = torch.tensor([1.5, 1.5]).log().requires_grad_()
    clipped_surrogate(log_prob, torch.zeros(2), torch.tensor([1.0, -1.0]), 0.2).backward()
    # beyond the clip a gain pulls no more; a loss still pushes back: d(-rho A / 2) = 1.5 / 2
    assert log_prob.grad.tolist() == [0.0, pytest.approx(0.75)]


@pytest.mark.parametrize(
    ("rate", "kl", "expected"),
    [
        (1e-3, 0.025, 1e-3 / 1.5),  # above twice the target of 0.01
        (1e-3, 0.004, 1e-3 * 1.5),  # below half of it
        (1e-3, 0.019, 1e-3),
        (1e-3, 0.006, 1e-3),
        (1.2e-5, 1.0, 1e-5),  # never below the smallest
        (4e-3, 0.001, 5e-3),  # never above the largest
        (1e-3, 0.0, 1e-3),  # the first minibatch: nothing has moved yet
        (1e-3, math.nan, 1e-3),
    ],
)
def test_steered_learning_rate(rate, kl, expected):
    cfg = PPOCfg(target_kl=0.01, min_learning_rate=1e-5, max_learning_rate=5e-3)
    assert steered_learning_rate(rate, kl, cfg) == pytest.approx(expected)


def weights(ppo):
    return {name: value.clone() for name, value in ppo.actor_critic.state_dict().items()}


def trained(environment, iterations=2):
    ppo = PPO(environment, SMALL, seed=0, guard=FiniteGuard())
    for _ in range(iterations):
        ppo.collect()
        ppo.update()
    return ppo


@pytest.mark.parametrize(("settles_after", "is_small"), [(0, False), (32, False), (8, True)])
def test_after_a_while_steps_are_smaller(make_environment, settles_after, is_small):
    bounds = {"target_kl": 1e9, "settles_after": settles_after, "settled_target_kl": 1e-9}
    cfg = replace(SMALL, **bounds, epochs=40)
    ppo = PPO(make_environment(2), cfg, seed=0, guard=FiniteGuard())  # 8 steps an iteration
    rates = []
    for _ in range(2):
        ppo.collect()
        rates.append(ppo.update()["charts/learning_rate"])
    assert rates[0] > cfg.min_learning_rate
    assert (rates[1] == cfg.min_learning_rate) == is_small


def test_same_seed_same_weights_at_any_thread_count(make_environment):
    assert_seed_alone_decides(
        lambda seed, threads: weights(
            trained(make_environment(16, "default", seed=seed, num_threads=threads))
        ),
        "actor.0.weight",
    )


def test_state_dict_carries_on_exactly(make_environment):
    ppo = trained(make_environment(8))
    other = PPO(make_environment(8), SMALL, seed=9, guard=FiniteGuard())
    other.load_state_dict(copy.deepcopy(ppo.state_dict()))
    other._rollout = ppo._rollout
    ppo.update()
    other.update()
    for name, value in weights(ppo).items():
        assert torch.equal(value, weights(other)[name]), name
    assert other.learning_rate == ppo.learning_rate


@pytest.mark.parametrize("memory", [{}, {"history": 3}, {"memory": "gru", "memory_width": 8}])
def test_an_update_starts_from_the_very_policy_that_acted(memory, make_environment):
    environment = make_environment(
        8, staggered=True, episode_s=0.24
    )  # episodes end within rollouts
    cfg = PPOCfg(horizon=4, epochs=1, minibatches=1, initial_std=0.3, **memory)
    ppo = PPO(environment, cfg, seed=0, guard=FiniteGuard())
    with torch.no_grad():  # what is remembered matters
        for parameter in ppo.actor_critic.actor.parameters():
            parameter.mul_(2.0)
    for _ in range(3):
        ppo.collect()
        metrics = ppo.update()
        # ratio 1 and advantages of mean 0: neither divergence nor loss yet
        assert metrics["losses/kl"] == pytest.approx(0.0, abs=1e-6)
        assert metrics["losses/policy"] == pytest.approx(0.0, abs=1e-5)
        assert bool(ppo._rollout.truncated[:-1].any())
    assert float(ppo.actor_critic.observation_normalizer.count) == 3 * 8 * 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("observation", math.nan),
        ("action", math.nan),
        ("action", math.inf),
        ("log_prob", math.nan),
        ("advantage", math.nan),
        ("advantage", math.inf),
        ("value_target", math.inf),
    ],
)
def test_what_is_not_finite_does_not_reach_the_weights(make_environment, field, value):
    ppo = PPO(make_environment(8), SMALL, seed=0, guard=FiniteGuard())
    ppo.collect()
    getattr(ppo._rollout, field).fill_(value)
    before = weights(ppo)
    metrics = ppo.update()
    assert metrics["losses/skipped"] == 4.0
    for name, _ in ppo.actor_critic.named_parameters():
        assert torch.equal(weights(ppo)[name], before[name]), name
    # and the next rollout trains again
    ppo.collect()
    assert ppo.update()["losses/skipped"] == 0.0
    after = weights(ppo)
    assert not torch.equal(after["actor.0.weight"], before["actor.0.weight"])
    assert all(tensor.isfinite().all() for tensor in after.values())


@pytest.mark.parametrize(("log_std", "weight"), [(-9.0, 1.0), (3.0, -1.0)])
def test_a_spread_beyond_its_bounds_comes_back(make_environment, log_std, weight):
    ppo = PPO(make_environment(8), replace(SMALL), seed=0, guard=FiniteGuard())
    object.__setattr__(ppo.cfg, "entropy_weight", weight)  # no setting is negative
    ppo.actor_critic.set_std(math.exp(log_std))
    ppo.collect()
    ppo.update()
    low, high = LOG_STD_RANGE
    assert bool((low < ppo.actor_critic.log_std).all())
    assert bool((ppo.actor_critic.log_std < high).all())


def test_each_update_lowers_the_spread_at_the_least_by_its_share(make_environment):
    cfg = replace(SMALL, initial_std=0.5, std_decay=0.2)
    ppo = PPO(make_environment(8), cfg, seed=0, guard=FiniteGuard())
    for made in (1, 2):
        ppo.collect()
        ppo.update()
        assert ppo.actor_critic.log_std.exp().max() <= 0.5 * 0.8**made + 1e-6
    ppo.actor_critic.set_std(math.exp(LOG_STD_RANGE[0]))
    ppo.collect()
    ppo.update()
    assert bool((ppo.actor_critic.log_std >= LOG_STD_RANGE[0]).all())


def test_one_bad_minibatch_is_skipped_and_the_others_count(make_environment):
    ppo = PPO(make_environment(8), SMALL, seed=0, guard=FiniteGuard())
    ppo.collect()
    ppo._rollout.action[0, 0] = math.nan
    metrics = ppo.update()
    assert metrics["losses/skipped"] == 2.0  # of two epochs of two minibatches, one each
    assert all(math.isfinite(value) for value in metrics.values())


def test_training_ends_when_nothing_is_finite_any_more(make_environment, monkeypatch):
    monkeypatch.setattr(finite_guard, "MAX_SKIPPED", 6)
    ppo = PPO(make_environment(8), SMALL, seed=0, guard=FiniteGuard())
    ppo.collect()
    ppo._rollout.log_prob.fill_(math.nan)
    ppo.update()
    with pytest.raises(DivergedError, match="6 updates in a row.*batch: log_prob"):
        ppo.update()


def test_it_learns_a_task_of_one_step(make_environment):
    """The surest sign of a sign error: the probability of what was rewarded must rise."""
    ppo = PPO(make_environment(16), PPOCfg(horizon=8, hidden=(16,)), seed=0, guard=FiniteGuard())
    for _ in range(5):
        ppo.collect()
        rollout = ppo._rollout
        rollout.advantage = rollout.action[..., 0].clone()  # rewards the first action's size
        ppo.update()
    with torch.no_grad():
        mean = ppo.policy(rollout.observation.flatten(0, 1))[:, 0]
    assert float(mean.mean()) > 0.2


@pytest.mark.parametrize(
    ("guided", "env_steps", "target_kl"),
    [(False, 99, 0.03), (False, 100, 0.02), (True, 99, 0.01), (True, 100, 0.01)],
)
def test_a_guides_bounds_hold_however_long(guided, env_steps, target_kl):
    cfg = PPOCfg(target_kl=0.03, settles_after=100, settled_target_kl=0.02, guided_target_kl=0.01)
    assert bounds_by_now(cfg, guided, env_steps).target_kl == target_kl
    assert bounds_by_now(replace(cfg, settles_after=0), False, env_steps).target_kl == 0.03
