"""The action distribution against torch.distributions."""

from __future__ import annotations

import pytest
import torch
from torch.distributions import Independent, Normal
from torch.distributions import kl_divergence as reference_kl

from rl_manip_train.algorithms.networks.actor_critic import (
    LOG_STD_RANGE,
    ActorCritic,
    entropy,
    kl_divergence,
    log_probability,
)


@pytest.fixture
def two_gaussians():
    torch.manual_seed(0)
    old_mean, mean = torch.randn(2, 5, 3)
    old_log_std, log_std = torch.randn(2, 3) * 0.5
    return old_mean, old_log_std, mean, log_std


def distribution(mean, log_std):
    return Independent(Normal(mean, log_std.exp()), 1)


def test_log_probability(two_gaussians):
    _, _, mean, log_std = two_gaussians
    action = torch.randn(5, 3)
    expected = distribution(mean, log_std).log_prob(action)
    torch.testing.assert_close(log_probability(action, mean, log_std), expected)


def test_entropy(two_gaussians):
    _, _, mean, log_std = two_gaussians
    torch.testing.assert_close(entropy(log_std), distribution(mean, log_std).entropy()[0])


def test_kl_divergence_in_its_direction(two_gaussians):
    old_mean, old_log_std, mean, log_std = two_gaussians
    old, new = distribution(old_mean, old_log_std), distribution(mean, log_std)
    torch.testing.assert_close(kl_divergence(*two_gaussians), reference_kl(old, new))


def test_kl_of_a_shift_by_hand():
    zero = torch.zeros(1)
    # same spread of 1, means 0.3 apart: 0.3^2 / 2
    assert float(kl_divergence(zero[None], zero, zero[None] + 0.3, zero)) == pytest.approx(0.045)


def test_acting_draws_from_the_policy():
    model = ActorCritic(4, 2, (8,), initial_std=0.5)
    observation = torch.randn(1, 4).expand(20_000, 4)
    drawn = model.act(observation, torch.zeros(20_000, 0), torch.Generator().manual_seed(0))
    action, log_prob, mean = drawn.action, drawn.log_prob, drawn.mean
    torch.testing.assert_close(mean, model.policy(observation).detach())
    torch.testing.assert_close(action.std(dim=0), torch.full((2,), 0.5), rtol=0.03, atol=0.0)
    expected = distribution(mean, model.log_std.detach()).log_prob(action)
    torch.testing.assert_close(log_prob, expected)


def test_spread_is_bounded():
    model = ActorCritic(4, 2, (8,), initial_std=0.5)
    with torch.no_grad():
        model._log_std.copy_(torch.tensor([-100.0, 100.0]))
    assert model.log_std.tolist() == list(LOG_STD_RANGE)


def test_values_are_in_reward_units():
    model = ActorCritic(4, 2, (8,), initial_std=0.5)
    model.value_normalizer.update(torch.tensor([[10.0], [14.0]]))  # mean 12, deviation 2
    observation = torch.randn(3, 4)
    expected = model.critic(observation)[:, 0] * 2.0 + 12.0
    torch.testing.assert_close(model.value(observation, torch.zeros(3, 0)), expected)


def test_the_critic_sees_what_the_actor_does_not():
    torch.manual_seed(0)
    model = ActorCritic(4, 2, (8,), initial_std=0.5, privileged_width=3)
    observation, hidden = torch.randn(5, 4), torch.randn(5, 3)
    assert not torch.equal(model.value(observation, hidden), model.value(observation, -hidden))
    model.privileged_normalizer.update(torch.tensor([[2.0, 3.0, 4.0]]))
    seen = model.seen_by_critic(torch.zeros(1, 4), torch.tensor([[2.0, 3.0, 4.0]]))
    assert not seen.any()  # it is scaled, too
    assert not [name for name, _ in model.policy.named_parameters() if "critic" in name]
    assert "privileged" not in " ".join(model.policy.state_dict())
