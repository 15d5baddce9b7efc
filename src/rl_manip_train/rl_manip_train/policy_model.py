"""The whole policy as one module: raw inputs in physical units to a command in physical units."""

from __future__ import annotations

import copy

from torch import Tensor, nn

from rl_manip_train.deterministic_policy import DeterministicPolicy
from rl_manip_train.tasks.task import Task


class PolicyModel(nn.Module):
    """Observation building, the deterministic policy, scaling.

    What it is given is copied: later training does not change it.

    Args:
      task: whose observation model and velocity limits it takes.
      policy: features to normalised actions; its normaliser is frozen with it.
    """

    def __init__(self, task: Task, policy: DeterministicPolicy) -> None:
        super().__init__()
        self._observation_model = copy.deepcopy(task.observation_model)
        self._policy = copy.deepcopy(policy)
        self.register_buffer("_velocity_limit", task.velocity_limit.clone(), persistent=False)
        self.eval().requires_grad_(False)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Joint velocity command (N, n) [rad/s] for the task's raw inputs, (N, ...) each."""
        return self._policy(self._observation_model(*inputs)) * self._velocity_limit
