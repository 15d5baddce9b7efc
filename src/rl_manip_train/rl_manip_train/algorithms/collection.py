"""Rollouts collected from an environment, each going on from where the last one ended."""

from __future__ import annotations

from typing import Dict

import torch
from torch import Tensor

from rl_manip_train.algorithms.networks.actor_critic import ActorCritic
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.algorithms.storage.replay import LearnerStateError
from rl_manip_train.algorithms.storage.rollout import Rollout
from rl_manip_train.environment.environment import Environment
from rl_manip_train.environment.step import Step
from rl_manip_train.environment.step_statistics import StepStatistics


class Collection:
    """Acts in an environment, and holds what it acts from.

    Args:
      environment: to act in.
      actor_critic: whose actor acts.
      generator: draws its actions.
      guard: told of actions that are not finite.
    """

    def __init__(
        self,
        environment: Environment,
        actor_critic: ActorCritic,
        generator: torch.Generator,
        guard: FiniteGuard,
    ) -> None:
        self._environment, self._actor_critic = environment, actor_critic
        self._generator, self._guard = generator, guard
        self.begin_anew()

    def begin_anew(self) -> None:
        """Take note that new episodes begin in all environments."""
        environment = self._environment
        self.observation: Tensor = environment.observe()
        """(N, d) to act on next."""
        self.privileged: Tensor = environment.privileged()
        """(N, p) of the same state."""
        self.memory = self.observation.new_zeros(
            environment.num_envs, self._actor_critic.memory_width
        )
        """(N, w) of the actor."""
        self.begins = torch.ones_like(self.observation[:, 0], dtype=torch.bool)
        """(N,) bool: nothing before this observation is remembered."""

    def fill(self, rollout: Rollout, asks_guide: bool = False) -> Dict[str, float]:
        """Act for as long as the rollout is; returns means, see ``StepStatistics``.

        Args:
          rollout: to fill.
          asks_guide: whether what the task's guide would do is noted in each state.
        """
        statistics = StepStatistics()
        for t in range(rollout.length):
            drawn = self._actor_critic.act(self.observation, self.memory, self._generator)
            action = self._guard.finite_action(drawn.action, self.observation)
            if asks_guide:
                rollout.guide[t] = self._environment.task.guide(self._environment.sim)
            step = self._environment.step(action)
            rollout.observation[t], rollout.privileged[t] = self.observation, self.privileged
            rollout.memory[t] = self.memory
            rollout.final_observation[t] = step.final_observation
            rollout.final_privileged[t] = step.final_privileged
            rollout.action[t], rollout.mean[t] = action, drawn.mean
            rollout.log_prob[t] = drawn.log_prob
            rollout.reward[t] = step.reward
            rollout.terminated[t], rollout.truncated[t] = step.terminated, step.truncated
            self.go_on(step, drawn.trace, action)
            statistics.add(step)
        return statistics.metrics()

    def go_on(self, step: Step, trace: Tensor, action: Tensor) -> None:
        """Act next on what ``step`` led to.

        Args:
          step: the environment's, by the actions.
          trace: of the actor, before them.
          action: (N, n).
        """
        # what is not finite is forgotten, too
        self.begins = step.terminated | step.truncated | ~self.observation.isfinite().all(dim=1)
        self.memory = self._actor_critic.remembered(trace, action, forgets=self.begins)
        self.observation, self.privileged = step.observation, step.privileged

    def state_dict(self) -> Dict[str, Tensor]:
        """What it acts from next, for a checkpoint."""
        # not observed anew: features of other batch sizes differ in the last bit
        return {
            "observation": self.observation,
            "privileged": self.privileged,
            "memory": self.memory,
            "begins": self.begins,
        }

    def load_state_dict(self, state: Dict[str, Tensor]) -> None:
        """Go on from ``state``, which may hold more.

        Raises:
          LearnerStateError: it is of an actor with another memory, or a critic that sees other
            things.
        """
        for name, of_what, settings in _MAY_DIFFER:
            # former revisions had neither
            held = state[name].shape[1] if name in state else 0
            mine = getattr(self, name).shape[1]
            if held != mine:
                raise LearnerStateError(
                    f"the checkpoint's {of_what} has {held} figures, expected {mine}; give the "
                    f"{settings} that it was trained with to resume it"
                )
        self.observation = state["observation"].clone()
        if "memory" in state:
            self.privileged, self.memory = state["privileged"].clone(), state["memory"].clone()
        if "begins" in state:
            self.begins = state["begins"].clone()


_MAY_DIFFER = (
    ("memory", "actor's memory", "ppo.history, ppo.memory and ppo.memory_width"),
    ("privileged", "critic's privileged part", "ppo.privileged_critic"),
)
