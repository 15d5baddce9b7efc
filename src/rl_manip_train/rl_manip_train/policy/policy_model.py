"""The whole policy as one module: raw inputs in physical units to a command in physical units."""

from __future__ import annotations

import copy
from typing import Tuple

from torch import Tensor, nn

from rl_manip_train.algorithms.networks.policy_network import DeterministicPolicy
from rl_manip_train.tasks.task import Task


class PolicyModel(nn.Module):
    """Observation building, the deterministic policy, the action model.

    What it is given is copied: later training does not change it.

    Args:
      task: whose observation and action models it takes.
      policy: features to normalised actions; its normaliser is frozen with it.
    """

    def __init__(self, task: Task, policy: DeterministicPolicy) -> None:
        super().__init__()
        self._observation_model = copy.deepcopy(task.observation_model)
        self._policy = copy.deepcopy(policy)
        self._action_model = copy.deepcopy(task.action_model)
        self._joint_position = [spec.name for spec in task.input_specs].index("joint_position")
        self.eval().requires_grad_(False)

    def forward(self, *inputs: Tensor) -> Tuple[Tensor, ...]:
        """Commands for the task's raw inputs, (N, ...) each.

        Returns:
          Joint velocity command (N, n) [rad/s] and, with a gripper, the wanted opening (N, 1) [m].
        """
        action = self._policy(self._observation_model(*inputs))
        return self._action_model(action, inputs[self._joint_position])
