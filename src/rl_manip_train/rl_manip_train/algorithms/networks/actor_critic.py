"""The networks: a Gaussian actor with a state-independent spread, and a value function."""

from __future__ import annotations

import math
from typing import List, Sequence, Tuple

import torch
from torch import Tensor, nn

from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.networks.policy_network import (
    DeterministicPolicy,
    gaussian_log_density,
    mlp,
)

LOG_STD_RANGE = (-4.0, 0.5)
"""Bounds of the log standard deviation: exploration neither dies out nor outgrows the actions."""


class ActorCritic(nn.Module):
    """Actor, critic and their normalisers.

    Args:
      observation_width: features d.
      action_width: actions n, each normalised to [-1, 1].
      hidden: widths of the hidden layers of both networks.
      initial_std: standard deviation of the first actions.
    """

    def __init__(
        self,
        observation_width: int,
        action_width: int,
        hidden: Sequence[int],
        initial_std: float,
    ) -> None:
        super().__init__()
        self.observation_normalizer = RunningNormalizer(observation_width, clip=5.0)
        self.value_normalizer = RunningNormalizer(1)
        self.actor = mlp((observation_width, *hidden, action_width), output_gain=0.01)
        self.critic = mlp((observation_width, *hidden, 1), output_gain=1.0)
        self._log_std = nn.Parameter(torch.full((action_width,), math.log(initial_std)))

    @property
    def policy(self) -> DeterministicPolicy:
        """The mean action, clipped as the environment clips the actions drawn."""
        return DeterministicPolicy(
            self.observation_normalizer, self.actor, nn.Hardtanh(min_val=-1.0, max_val=1.0)
        )

    @property
    def log_std(self) -> Tensor:
        """(n,) log standard deviation of the actions, bounded."""
        return self._log_std.clamp(*LOG_STD_RANGE)

    def acting_parameters(self) -> List[Tensor]:
        """Of the actor and of the spread of its actions."""
        return [*self.actor.parameters(), self._log_std]

    @torch.no_grad()
    def keep_std_in_bounds(self) -> None:
        """Bring a spread that has left its bounds back to them: beyond, it has no gradient."""
        self._log_std.clamp_(*LOG_STD_RANGE)

    @torch.no_grad()
    def set_std(self, std: float) -> None:
        """Give all actions this standard deviation."""
        self._log_std.fill_(math.log(std))

    def action_mean(self, observation: Tensor) -> Tensor:
        """(N, n) most likely normalised action for observations (N, d)."""
        return self.actor(self.observation_normalizer(observation))

    def value(self, observation: Tensor) -> Tensor:
        """(N,) expected discounted return for observations (N, d), in reward units."""
        return self.value_normalizer.denormalize(self.normalized_value(observation))[:, 0]

    def normalized_value(self, observation: Tensor) -> Tensor:
        """(N, 1) as ``value``, in the scale that the critic is fitted in."""
        return self.critic(self.observation_normalizer(observation))

    @torch.no_grad()
    def act(self, observation: Tensor, generator: torch.Generator) -> Tuple[Tensor, Tensor, Tensor]:
        """Draw actions for observations (N, d).

        Returns:
          Action (N, n), its log probability (N,) and the distribution's mean (N, n).
        """
        mean = self.action_mean(observation)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        action = mean + noise * self.log_std.exp()
        return action, log_probability(action, mean, self.log_std), mean


def log_probability(action: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """log N(action; mean, diag(std^2)), (N,), for actions and means (N, n), log_std (n,)."""
    return gaussian_log_density(action, mean, log_std).sum(dim=1)


def entropy(log_std: Tensor) -> Tensor:
    """Entropy [nat] of a diagonal Gaussian with log standard deviations (n,)."""
    return (log_std + 0.5 * math.log(2.0 * math.pi * math.e)).sum()


def kl_divergence(old_mean: Tensor, old_log_std: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """KL(old || new) [nat], (N,), of diagonal Gaussians with means (N, n), log_stds (n,).

    sum_i log(s_i / s_old,i) + (s_old,i^2 + (m_old,i - m_i)^2) / (2 s_i^2) - 1/2
    """
    spread = old_log_std.exp().square() + (old_mean - mean).square()
    return (log_std - old_log_std + spread / (2.0 * log_std.exp().square()) - 0.5).sum(dim=1)
