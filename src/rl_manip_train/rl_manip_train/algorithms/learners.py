"""Algorithms by name."""

from __future__ import annotations

from typing import Sequence

from rl_manip_train.algorithms.finite_guard import FiniteGuard
from rl_manip_train.algorithms.learner import Learner
from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.networks.normalization import RunningNormalizer
from rl_manip_train.algorithms.networks.policy_network import DeterministicPolicy
from rl_manip_train.algorithms.networks.squashed_actor import SquashedActor
from rl_manip_train.algorithms.ppo import PPO
from rl_manip_train.algorithms.sac import SAC
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.data_parallel import ALONE, Team
from rl_manip_train.settings.train_cfg import TrainCfg


def make_learner(
    cfg: TrainCfg, environment: Environment, guard: FiniteGuard, team: Team = ALONE
) -> Learner:
    """The learner that ``cfg.algo`` names, new, in ``environment``.

    Args:
      cfg: settings.
      environment: to learn in.
      guard: told of what is not finite.
      team: that learns together.
    """
    if cfg.algo == "sac":
        return SAC(environment, cfg.sac, cfg.seed, guard, team)
    return PPO(environment, cfg.ppo, cfg.seed, guard, team)


def blank_policy(
    algo: str, observation_width: int, action_width: int, hidden: Sequence[int]
) -> DeterministicPolicy:
    """A policy as the algorithm ``algo`` makes it, to load weights into."""
    if algo == "sac":
        normalizer = RunningNormalizer(observation_width, clip=5.0)
        return SquashedActor(normalizer, observation_width, action_width, hidden).policy
    return ActorCritic(observation_width, action_width, hidden, initial_std=1.0).policy
