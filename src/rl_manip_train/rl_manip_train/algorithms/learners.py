"""Algorithms by name, and what a package offers as one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Sequence

from torch import nn

from rl_manip_train.algorithms.learner import Learner
from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.networks.memory_actor import MemoryKind
from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.networks.policy_network import DeterministicPolicy
from rl_manip_train.algorithms.networks.squashed_actor import SquashedActor
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.ppo import PPO
from rl_manip_train.algorithms.sac import SAC
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.data_parallel import ALONE, Team
from rl_manip_train.settings.train_cfg import ALGORITHMS, PPOCfg, SACCfg, TrainCfg


@dataclass(frozen=True)
class Algorithm:
    """A way of learning that can be asked for by name."""

    settings: type
    """Frozen dataclass whose fields all have defaults; ``train_cfg.PART_OF_SETTINGS`` are among
    them. On the command line they are flags with the algorithm's name before them."""
    learner: Callable[[Environment, Any, int, FiniteGuard, Team], Learner]
    """Makes a new one that learns in the environment; takes settings, seed, whom to tell of what is
    not finite, and the processes that learn together."""
    blank_policy: Callable[..., nn.Module]
    """Makes a policy to load weights into, from the widths of observation and action and those of
    the hidden layers; where its actor remembers, from the ``MemoryKind`` as well."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Settings of training that it needs besides its own, of those that ``SUITED`` names."""


def make_learner(
    cfg: TrainCfg, environment: Environment, guard: FiniteGuard, team: Team = ALONE
) -> Learner:
    """The learner that ``cfg.algo`` names, new, in ``environment``.

    Args:
      cfg: settings.
      environment: to learn in.
      guard: told of what is not finite.
      team: that learns together.

    Raises:
      RegistryError: no algorithm of that name, or its package is broken.
    """
    algorithm: Algorithm = ALGORITHMS.load(cfg.algo)
    return algorithm.learner(environment, cfg.algorithm, cfg.seed, guard, team)


def blank_policy(
    algo: str,
    observation_width: int,
    action_width: int,
    hidden: Sequence[int],
    memory: MemoryKind = MemoryKind(),  # noqa: B008 (it cannot be changed)
) -> nn.Module:
    """A policy as the algorithm ``algo`` makes it, to load weights into.

    Raises:
      RegistryError: no algorithm of that name, or its package is broken.
    """
    algorithm: Algorithm = ALGORITHMS.load(algo)
    more = () if memory == MemoryKind() else (memory,)
    return algorithm.blank_policy(observation_width, action_width, hidden, *more)


def _blank_ppo_policy(
    observation_width: int,
    action_width: int,
    hidden: Sequence[int],
    memory: MemoryKind = MemoryKind(),  # noqa: B008 (it cannot be changed)
) -> nn.Module:
    return ActorCritic(observation_width, action_width, hidden, 1.0, memory).policy


def _blank_sac_policy(
    observation_width: int, action_width: int, hidden: Sequence[int]
) -> DeterministicPolicy:
    normalizer = RunningNormalizer(observation_width, clip=5.0)
    return SquashedActor(normalizer, observation_width, action_width, hidden).policy


PPO_ALGORITHM = Algorithm(PPOCfg, PPO, _blank_ppo_policy)
SAC_ALGORITHM = Algorithm(
    SACCfg,
    SAC,
    _blank_sac_policy,
    # few arms and many updates: a tenth of the control steps, each of which costs more
    {
        "num_envs": 64,
        "max_env_steps": 300_000,
        "eval_interval": 20_000,
        "checkpoint_interval": 50_000,
    },
)
