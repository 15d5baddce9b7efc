"""One rollout of experience and the advantages computed from it."""

from __future__ import annotations

from typing import Iterator, List, NamedTuple, Tuple

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
    memory: Tensor  # (B, w) of the actor, before it acted
    begins: Tensor  # (B,) bool: an episode begins here, within the rollout
    privileged: Tensor  # (B, p) seen by the critic alone
    guide: Tensor  # (B, n) what the task's guide would do, in [-1, 1]; 0 where it is not asked


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
      memory_width: w, of the actor's memory.
      privileged_width: p, of what the critic alone sees.
    """

    def __init__(
        self,
        length: int,
        num_envs: int,
        observation_width: int,
        action_width: int,
        device: torch.device,
        memory_width: int = 0,
        privileged_width: int = 0,
    ) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(length, num_envs, *shape, device=device)

        self.length = length
        self.observation = zeros(observation_width)
        self.final_observation = zeros(observation_width)
        self.action = zeros(action_width)
        self.mean = zeros(action_width)
        self.guide = zeros(action_width)
        self.log_prob = zeros()
        self.reward = zeros()
        self.terminated = zeros().bool()
        self.truncated = zeros().bool()
        self.advantage = zeros()
        self.value_target = zeros()
        self.memory = zeros(memory_width)
        self.privileged = zeros(privileged_width)
        self.final_privileged = zeros(privileged_width)

    def minibatches(
        self,
        epochs: int,
        count: int,
        normalizer: nn.Module,
        generator: torch.Generator,
        team: Team = ALONE,
        whole: bool = False,
    ) -> Iterator[Minibatch]:
        """In each epoch every transition once, in random order, in ``count`` equal parts.

        Args:
          epochs: times that each transition is seen.
          count: of minibatches per epoch.
          normalizer: of observations (B, d).
          generator: of the order.
          team: that learns together.
          whole: keep each environment's T steps together: all first steps, all second ones, and so
            on. ``count`` is then at most N.
        """
        flat = Minibatch(
            normalizer(self.observation.flatten(0, 1)),
            self.action.flatten(0, 1),
            self.log_prob.flatten(),
            self.mean.flatten(0, 1),
            standardized(self.advantage.flatten(), team),
            self.value_target.flatten(),
            self.memory.flatten(0, 1),
            self._begins().flatten(),
            self.privileged.flatten(0, 1),
            self.guide.flatten(0, 1),
        )
        for _ in range(epochs):
            for part in self._parts(count, generator, whole):
                # a third of the time that tensor[part] takes
                yield Minibatch(*(tensor.index_select(0, part) for tensor in flat))

    def _begins(self) -> Tensor:
        """(T, N) bool: an episode has ended just before; not asked of the first steps."""
        ended = self.terminated | self.truncated
        return torch.cat((torch.zeros_like(ended[:1]), ended[:-1]))

    def _parts(self, count: int, generator: torch.Generator, whole: bool) -> List[Tensor]:
        """``count`` equal parts of all rows, in random order."""
        num_envs, device = self.reward.shape[1], generator.device
        rows = num_envs if whole else self.reward.numel()
        parts = torch.randperm(rows, generator=generator, device=device).chunk(count)
        if not whole:
            return list(parts)
        first = num_envs * torch.arange(self.length, device=device)[:, None]
        return [(first + envs).flatten() for envs in parts]
