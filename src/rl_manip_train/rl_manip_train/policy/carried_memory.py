"""What a policy with memory hands itself from one control step to the next."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_train.environment.environment import Environment


class CarriedMemory:
    """The memories of N environments: zeros where an episode begins.

    Args:
      width: elements w of each; 0 for none.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._memory = torch.zeros(0, width)

    def now(self, environment: Environment) -> Tensor:
        """(N, w) to act with on the present readings; other environments have to begin episodes."""
        if len(self._memory) != environment.num_envs:
            return torch.zeros(environment.num_envs, self.width, device=environment.device)
        return self._memory.masked_fill(environment.begins[:, None], 0.0)

    def keep(self, memory: Tensor) -> None:
        """Take the memories (N, w) for the next step."""
        self._memory = memory
