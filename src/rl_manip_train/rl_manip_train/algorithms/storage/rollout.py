"""One rollout of experience and the advantages computed from it."""

from __future__ import annotations

from typing import Iterator, NamedTuple, Tuple

import torch
from torch import Tensor, nn

from rl_manip_train.machine.data_parallel import ALONE, Team


class Minibatch(NamedTuple):
    """B transitions drawn from a rollout."""

    observation: Tensor  # (B, d) normalised
    action: Tensor  # (B, n) normalised, before clipping
    log_prob: Tensor  # (B,) under the policy that acted
    mean: Tensor  # (B, n) of the policy that acted
    advantage: Tensor  # (B,) normalised over the rollout
    value_target: Tensor  # (B,) discounted return


def generalized_advantage(
    reward: Tensor,
    value: Tensor,
    next_value: Tensor,
    terminated: Tensor,
    truncated: Tensor,
    discount: float,
    trace_decay: float,
) -> Tuple[Tensor, Tensor]:
    """Generalised advantage estimates (Schulman et al., 2016) that respect truncation.

    delta_t = r_t + gamma (1 - terminated_t) V(s_{t+1}) - V(s_t)
    A_t     = delta_t + gamma lambda (1 - terminated_t) (1 - truncated_t) A_{t+1}

    Args:
      reward: (T, N).
      value: (T, N) V(s_t).
      next_value: (T, N) V(s_{t+1}); where an episode ended at t, of its last observation, not of
        the first one after the reset.
      terminated: (T, N) the task ended: nothing follows, nothing is bootstrapped.
      truncated: (T, N) time ran out: the future is bootstrapped, the trace is cut.
      discount: gamma.
      trace_decay: lambda.

    Returns:
      Advantages (T, N) and value targets (T, N), A_t + V(s_t).
    """
    alive = 1.0 - terminated.float()
    unbroken = alive * (1.0 - truncated.float())
    delta = reward + discount * alive * next_value - value
    advantage = torch.empty_like(delta)
    following = torch.zeros_like(delta[0])
    for step in reversed(range(len(delta))):
        following = delta[step] + discount * trace_decay * unbroken[step] * following
        advantage[step] = following
    return advantage, advantage + value


def standardized(advantage: Tensor, team: Team = ALONE) -> Tensor:
    """``advantage`` (B,) less the mean and over the standard deviation of the whole team's."""
    size = advantage.numel() * team.size
    centered = advantage - team.stacked(advantage.mean()).mean()
    variance = team.stacked(centered.square().sum()).sum() / (size - 1)
    return centered / (variance.sqrt() + 1e-8)


class Rollout:
    """Storage for T steps of N environments.

    Args:
      length: T.
      num_envs: N.
      observation_width: d.
      action_width: n.
      device: of every tensor.
    """

    def __init__(
        self,
        length: int,
        num_envs: int,
        observation_width: int,
        action_width: int,
        device: torch.device,
    ) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(length, num_envs, *shape, device=device)

        self.length = length
        self.observation = zeros(observation_width)
        self.final_observation = zeros(observation_width)
        self.action = zeros(action_width)
        self.mean = zeros(action_width)
        self.log_prob = zeros()
        self.reward = zeros()
        self.terminated = zeros().bool()
        self.truncated = zeros().bool()
        self.advantage = zeros()
        self.value_target = zeros()

    def minibatches(
        self,
        epochs: int,
        count: int,
        normalizer: nn.Module,
        generator: torch.Generator,
        team: Team = ALONE,
    ) -> Iterator[Minibatch]:
        """In each epoch every transition once, in random order, in ``count`` equal parts.

        Args:
          epochs: times that each transition is seen.
          count: of minibatches per epoch.
          normalizer: of observations (B, d).
          generator: of the order.
          team: that learns together.
        """
        flat = Minibatch(
            normalizer(self.observation.flatten(0, 1)),
            self.action.flatten(0, 1),
            self.log_prob.flatten(),
            self.mean.flatten(0, 1),
            standardized(self.advantage.flatten(), team),
            self.value_target.flatten(),
        )
        for _ in range(epochs):
            order = torch.randperm(len(flat.action), generator=generator, device=generator.device)
            for part in order.chunk(count):
                # a third of the time that tensor[part] takes
                yield Minibatch(*(tensor.index_select(0, part) for tensor in flat))
