"""The squashed Gaussian: its density by hand and by integration, and what is exported of it."""

from __future__ import annotations

import math

import pytest
import torch

from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.networks.squashed_actor import (
    LOG_STD_RANGE,
    SquashedActor,
    squashed_log_probability,
)


def test_log_probability_by_hand():
    # u = (0.5, -1), mean (0, -1), std (1, 2): standardised (0.5, 0)
    # log N = -0.125 - 0 - 0.918939 = -1.043939 and 0 - 0.693147 - 0.918939 = -1.612086
    # tanh(u) = 0.462117, -0.761594: log(1 - tanh(u)^2) = log 0.786448, log 0.419974
    # sum: -1.043939 - 1.612086 + 0.240229 + 0.867562
    log_prob = squashed_log_probability(
        torch.tensor([[0.5, -1.0]]),
        torch.tensor([[0.0, -1.0]]),
        torch.tensor([[0.0, math.log(2.0)]]),
    )
    assert log_prob.tolist() == [pytest.approx(-1.548234, abs=1e-5)]


@pytest.mark.parametrize(("mean", "std"), [(0.0, 0.5), (0.8, 0.3), (-0.3, 1.5)])
def test_it_is_a_density_over_actions(mean, std):
    # integral of pi(a) da over (-1, 1) with a = tanh(u): must be 1, which it is not uncorrected
    action = torch.linspace(-1.0 + 1e-7, 1.0 - 1e-7, 400_001, dtype=torch.float64)[:, None]
    sample = torch.atanh(action)
    log_std = torch.full_like(sample, math.log(std))
    density = squashed_log_probability(sample, torch.full_like(sample, mean), log_std).exp()
    assert float(torch.trapezoid(density, action[:, 0])) == pytest.approx(1.0, abs=2e-3)


def test_saturated_actions_stay_finite():
    sample = torch.tensor([[60.0], [-60.0]], requires_grad=True)
    log_prob = squashed_log_probability(sample, sample.detach(), torch.zeros(2, 1))
    # log(1 - tanh(60)^2) = log 4 - 120, although tanh(60) is 1 in float32
    expected = -0.5 * math.log(2.0 * math.pi) + 120.0 - math.log(4.0)
    assert log_prob.tolist() == [pytest.approx(expected), pytest.approx(expected)]
    log_prob.sum().backward()
    assert sample.grad.isfinite().all()


def actor():
    torch.manual_seed(0)
    normalizer = RunningNormalizer(4, clip=5.0)
    normalizer.update(torch.randn(100, 4) * 3.0 + 1.0)
    return SquashedActor(normalizer, 4, 2, (16, 16))


def test_the_policy_is_the_tanh_of_the_mean():
    mine = actor()
    features = torch.randn(5, 4)
    normalized = (
        features - mine._normalizer.mean.float()
    ) / mine._normalizer.variance.float().sqrt()
    expected = mine.mean(mine.trunk(normalized.clamp(-5.0, 5.0))).tanh()
    torch.testing.assert_close(mine.policy(features), expected)


def test_draws_scatter_about_the_policy_as_far_as_their_spread_says():
    mine = actor()
    with torch.no_grad():
        normalized = torch.randn(1, 4).expand(20_000, -1)
        action, log_prob = mine.draw(normalized, torch.Generator().manual_seed(0))
        assert (action.abs() < 1.0).all()
        mean = mine.mean(mine.trunk(normalized[:1]))
        raw = mine.log_std(mine.trunk(normalized[:1]))
        low, high = LOG_STD_RANGE
        std = (low + (high - low) * (raw.tanh() + 1.0) / 2.0).exp()
        sample = action.atanh()
    torch.testing.assert_close(sample.mean(dim=0), mean[0], atol=0.01, rtol=0.0)
    torch.testing.assert_close(sample.std(dim=0), std[0], rtol=0.03, atol=0.0)
    expected = squashed_log_probability(
        sample, mean.expand(20_000, -1), std.log().expand(20_000, -1)
    )
    torch.testing.assert_close(log_prob, expected, atol=1e-3, rtol=1e-3)
