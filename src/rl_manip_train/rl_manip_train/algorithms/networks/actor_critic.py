"""The networks: a Gaussian actor with a state-independent spread, and a value function.

The actor may remember, and the critic may see what only a simulator knows.
"""

from __future__ import annotations

import math
from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

import torch
from torch import Tensor, nn

from rl_manip_train.algorithms.networks.memory_actor import (
    MemoryKind,
    RememberingPolicy,
    memory_actor,
    remembered,
)
from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.networks.policy_network import (
    DeterministicPolicy,
    gaussian_log_density,
    mlp,
)

LOG_STD_RANGE = (-4.0, 0.5)
"""Bounds of the log standard deviation: exploration neither dies out nor outgrows the actions."""


class Act(NamedTuple):
    """Actions drawn from the actor."""

    action: Tensor  # (N, n)
    log_prob: Tensor  # (N,)
    mean: Tensor  # (N, n) of the distribution
    trace: Tensor  # see ``memory_actor``


class ActorCritic(nn.Module):
    """Actor, critic and their normalisers.

    Args:
      observation_width: features d.
      action_width: actions n, each normalised to [-1, 1].
      hidden: widths of the hidden layers of both networks.
      initial_std: standard deviation of the first actions.
      memory: what the actor remembers; nothing with the default.
      privileged_width: figures p that the critic sees beside the features, and the actor does not.
    """

    def __init__(
        self,
        observation_width: int,
        action_width: int,
        hidden: Sequence[int],
        initial_std: float,
        memory: MemoryKind = MemoryKind(),  # noqa: B008 (it cannot be changed)
        privileged_width: int = 0,
    ) -> None:
        super().__init__()
        self.memory_kind = memory
        """What the actor remembers."""
        self.memory_width = memory.width(observation_width, action_width)
        """Elements w of the actor's memory; 0 where it has none."""
        self.observation_normalizer = RunningNormalizer(observation_width, clip=5.0)
        self.value_normalizer = RunningNormalizer(1)
        self.privileged_normalizer: Optional[RunningNormalizer] = None
        if privileged_width:
            self.privileged_normalizer = RunningNormalizer(privileged_width, clip=5.0)
        if self.memory_width:
            self.actor = memory_actor(observation_width, action_width, hidden, memory)
        else:
            self.actor = mlp((observation_width, *hidden, action_width), output_gain=0.01)
        self.critic = mlp((observation_width + privileged_width, *hidden, 1), output_gain=1.0)
        self._log_std = nn.Parameter(torch.full((action_width,), math.log(initial_std)))

    @property
    def policy(self) -> Union[DeterministicPolicy, RememberingPolicy]:
        """The mean action, clipped as the environment clips the actions drawn."""
        bound = nn.Hardtanh(min_val=-1.0, max_val=1.0)
        normalizer, actor = self.observation_normalizer, self.actor
        if self.memory_width:
            width = self.memory_width
            return RememberingPolicy(normalizer, actor, bound, self.memory_kind, width)
        return DeterministicPolicy(normalizer, actor, bound)

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
    def lower_std(self, log_std: Tensor, share: float) -> None:
        """Leave of each of the standard deviations, logarithms (n,), at most 1 - ``share`` [1]."""
        most = log_std + math.log1p(-share)
        self._log_std.copy_(torch.minimum(self._log_std, most))
        self.keep_std_in_bounds()

    @torch.no_grad()
    def set_std(self, std: float) -> None:
        """Give all actions this standard deviation."""
        self._log_std.fill_(math.log(std))

    def mean_again(self, normalized: Tensor, memory: Tensor, begins: Tensor, length: int) -> Tensor:
        """(B, n) most likely actions for what was acted on; see ``RecurrentActor.again``."""
        if self.memory_width:
            return self.actor.again(normalized, memory, begins, length)
        return self.actor(normalized)

    def value(self, observation: Tensor, privileged: Tensor) -> Tensor:
        """(N,) expected discounted return in reward units.

        Args:
          observation: (N, d) features.
          privileged: (N, p).
        """
        normalized = self.observation_normalizer(observation)
        value = self.critic(self.seen_by_critic(normalized, privileged))
        return self.value_normalizer.denormalize(value)[:, 0]

    def seen_by_critic(self, normalized: Tensor, privileged: Tensor) -> Tensor:
        """Inputs (N, d + p) of the critic: normalised features (N, d) and privileged (N, p)."""
        if self.privileged_normalizer is None:
            return normalized
        return torch.cat((normalized, self.privileged_normalizer(privileged)), dim=1)

    @torch.no_grad()
    def most_likely(self, observation: Tensor, memory: Tensor) -> Tuple[Tensor, Tensor]:
        """Most likely actions (N, n), unbounded, and the trace; arguments as ``act``."""
        normalized = self.observation_normalizer(observation)
        if self.memory_width:
            return self.actor(normalized, memory)
        return self.actor(normalized), memory

    @torch.no_grad()
    def act(self, observation: Tensor, memory: Tensor, generator: torch.Generator) -> Act:
        """Draw actions for observations (N, d) and memories (N, w)."""
        mean, trace = self.most_likely(observation, memory)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        action = mean + noise * self.log_std.exp()
        return Act(action, log_probability(action, mean, self.log_std), mean, trace)

    def remembered(self, trace: Tensor, action: Tensor, forgets: Tensor) -> Tensor:
        """The memory (N, w) after an action (N, n); zeros where an environment ``forgets`` (N,).

        What is not finite is forgotten, too.
        """
        if not self.memory_width:
            return trace
        memory = remembered(trace, action.clamp(-1.0, 1.0))
        forgets = forgets | ~memory.isfinite().all(dim=1)
        return memory.masked_fill(forgets[:, None], 0.0)


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
