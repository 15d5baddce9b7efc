"""The whole policy as one module: raw inputs in physical units to a command in physical units."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from rl_manip_train.actor_critic import ActorCritic
from rl_manip_train.tasks.task import Task


class PolicyModel(nn.Module):
    """Observation building, normalisation, the deterministic actor, scaling and clipping.

    What it is given is copied: later training does not change it.

    Args:
      task: whose observation model and velocity limits it takes.
      actor_critic: whose actor and frozen normaliser it takes.
    """

    def __init__(self, task: Task, actor_critic: ActorCritic) -> None:
        super().__init__()
        self._observation_model = copy.deepcopy(task.observation_model)
        self._normalizer = copy.deepcopy(actor_critic.observation_normalizer)
        self._actor = copy.deepcopy(actor_critic.actor)
        self.register_buffer("_velocity_limit", task.velocity_limit.clone(), persistent=False)
        self.eval().requires_grad_(False)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Joint velocity command (N, n) [rad/s] for the task's raw inputs, (N, ...) each."""
        action = self._actor(self._normalizer(self._observation_model(*inputs)))
        return action.clamp(-1.0, 1.0) * self._velocity_limit
