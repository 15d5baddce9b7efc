"""The whole policy as one module: raw inputs in physical units to a command in physical units."""

from __future__ import annotations

import copy
from typing import Optional, Tuple, Union

from torch import Tensor, nn

from rl_manip_description.contract.policy_contract import MemorySpec
from rl_manip_train.algorithms.networks.memory_actor import RememberingPolicy, memory_width
from rl_manip_train.algorithms.networks.policy_network import DeterministicPolicy
from rl_manip_train.tasks.task import Task

MEMORY, NEXT_MEMORY = "memory", "next_memory"
"""Names of a memory among the file's inputs and outputs."""

Policy = Union[DeterministicPolicy, RememberingPolicy]


class PolicyModel(nn.Module):
    """Observation building, the deterministic policy, the action model.

    What it is given is copied: later training does not change it.

    Args:
      task: whose observation and action models it takes.
      policy: features to normalised actions; its normaliser is frozen with it.
    """

    def __init__(self, task: Task, policy: Policy) -> None:
        super().__init__()
        self._observation_model = copy.deepcopy(task.observation_model)
        self._policy = copy.deepcopy(policy)
        self._action_model = copy.deepcopy(task.action_model)
        names = [spec.name for spec in task.input_specs]
        self._inputs, self._joint_position = len(names), names.index("joint_position")
        self.memory_width: int = memory_width(policy)
        """Elements w of the policy's memory; 0 where it has none."""
        self.eval().requires_grad_(False)

    @property
    def memory(self) -> Optional[MemorySpec]:
        """What its file says of its memory."""
        if not self.memory_width:
            return None
        return MemorySpec(
            MEMORY, NEXT_MEMORY, (1, self.memory_width), str(self._policy.memory_kind)
        )

    def forward(self, *inputs: Tensor) -> Tuple[Tensor, ...]:
        """Commands for the task's raw inputs, (N, ...) each, and a memory (N, w) if it has one.

        Returns:
          Joint velocity command (N, n) [rad/s]; with a gripper the wanted opening (N, 1) [m]; with
          a memory the next one (N, w).
        """
        read, memory = inputs[: self._inputs], inputs[self._inputs :]
        features = self._observation_model(*read)
        if self.memory_width:
            action, *memory = self._policy(features, *memory)
        else:
            action = self._policy(features)
        return (*self._action_model(action, read[self._joint_position]), *memory)
