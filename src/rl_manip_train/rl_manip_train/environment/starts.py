"""Start states without a collision: searched for, or taken from many that were found before."""

from __future__ import annotations

from typing import Optional

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.randomization.bank import Bank
from rl_manip_train.tasks.task import Task

MAX_DRAWS = 20
"""Start poses drawn per environment before it starts at home: most are free at the first draw."""
BANK_ROUNDS = 8
"""Start poses per environment that a bank is made of."""


class Starts:
    """Puts environments where episodes may begin.

    Whether an arm collides somewhere is asked of the simulator, for which the host waits, and which
    on a GPU costs every environment. So where tensors are computed while the host goes on
    (``BatchSim.asynchronous``) and starts do not depend on the environment
    (``Task.starts_alike``), many are tried at once, and those that are free are used from then on.

    Args:
      task: draws the states.
      sim: simulator of the environments.
      arm: which arm.
      generator: says which state of the bank is used.
    """

    def __init__(self, task: Task, sim: BatchSim, arm: Arm, generator: torch.Generator) -> None:
        self._task, self._sim, self._generator = task, sim, generator
        self._home = torch.tensor(np.array(arm.home), dtype=torch.float32)
        self._uses_bank = getattr(sim, "asynchronous", False) and getattr(
            task, "starts_alike", False
        )
        self._bank: Optional[Bank] = None

    def put(self, env_ids: Tensor) -> None:
        """Put environments (k,) at rest in a start state free of collisions."""
        if not self._uses_bank:
            self._search(env_ids)
            return
        if self._bank is None:
            self._bank = self._found()
        self._sim.reset(env_ids, self._bank.take(len(env_ids)))

    def _search(self, env_ids: Tensor) -> None:
        pending = env_ids
        for _ in range(MAX_DRAWS):
            start = self._task.draw_start(pending)
            self._sim.reset(pending, *start.given)
            blocked = self._sim.collision[pending]
            pending = pending[blocked]
            if not len(pending):
                break
        else:
            at_home = start._replace(joint_position=self._home.expand(len(start[0]), -1))
            rows = (None if value is None else value[blocked] for value in at_home.given)
            self._sim.reset(pending, *rows)

    def _found(self) -> Bank:
        """Joint positions (m, n) [rad] that are free; where none is, home."""
        everyone = torch.arange(self._sim.num_envs)
        free = []
        for _ in range(BANK_ROUNDS):
            joint_position = self._task.draw_start(everyone).joint_position
            self._sim.reset(everyone, joint_position)
            free.append(joint_position[~self._sim.collision])
        rows = torch.cat(free)
        return Bank(rows if len(rows) else self._home[None], self._generator)
