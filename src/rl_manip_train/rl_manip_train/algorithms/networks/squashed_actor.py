"""SAC's actor: a Gaussian squashed into [-1, 1] by tanh."""

from __future__ import annotations

import math
from typing import NamedTuple, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from rl_manip_train.algorithms.networks.policy_network import (
    DeterministicPolicy,
    gaussian_log_density,
    mlp,
)

LOG_STD_RANGE = (-5.0, 1.0)
"""Bounds of the log standard deviation before squashing."""


class Draw(NamedTuple):
    """Actions drawn from the actor."""

    action: Tensor  # (N, n) in [-1, 1]
    log_prob: Tensor  # (N,)


def squashed_log_probability(sample: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """log pi(tanh(u)) (N,) for u drawn from N(mean, diag(std^2)), (N, n) each.

    log pi(a) = sum_i log N(u_i; mean_i, std_i) - log(1 - tanh(u_i)^2)   [change of variables]
    log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2 u))                  [without overflow]
    """
    gaussian = gaussian_log_density(sample, mean, log_std)
    squeeze = 2.0 * (math.log(2.0) - sample - functional.softplus(-2.0 * sample))
    return (gaussian - squeeze).sum(dim=1)


class SquashedActor(nn.Module):
    """Normalised features to a distribution over actions, with a spread of each state's own.

    Args:
      normalizer: of the features.
      observation_width: features d.
      action_width: actions n.
      hidden: widths of the hidden layers.
    """

    def __init__(
        self,
        normalizer: nn.Module,
        observation_width: int,
        action_width: int,
        hidden: Sequence[int],
    ) -> None:
        super().__init__()
        self._normalizer = normalizer
        self.trunk = nn.Sequential(
            mlp((observation_width, *hidden), math.sqrt(2.0), nn.ReLU), nn.ReLU()
        )
        self.mean = mlp((hidden[-1], action_width), output_gain=0.01)
        self.log_std = mlp((hidden[-1], action_width), output_gain=0.01)

    @property
    def policy(self) -> DeterministicPolicy:
        """tanh(mean)."""
        return DeterministicPolicy(
            self._normalizer, nn.Sequential(self.trunk, self.mean), nn.Tanh()
        )

    def draw(self, normalized: Tensor, generator: torch.Generator) -> Draw:
        """Draw actions for normalised features (N, d); gradients flow through both results."""
        latent = self.trunk(normalized)
        mean = self.mean(latent)
        low, high = LOG_STD_RANGE
        log_std = low + 0.5 * (high - low) * (self.log_std(latent).tanh() + 1.0)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        # reparameterisation: u = mean + std noise, a = tanh(u)
        sample = mean + log_std.exp() * noise
        return Draw(sample.tanh(), squashed_log_probability(sample, mean, log_std))
