"""Hindsight experience replay (Andrychowicz et al., 2017): what was reached was a goal, too.

A goal changes what a step earns and nothing of what it does to the arm, so every step teaches about
every goal. Judged by what its episode achieved later ("future"), it meets its goal often: with the
sparse reward there would be nothing to learn from otherwise, and the dense one is learned faster.
"""

from __future__ import annotations

from typing import List, Optional

import torch
from torch import Tensor

from rl_manip_train.tasks.rewards import sparse_reward
from rl_manip_train.tasks.task import Task


def goal_columns(task: Task) -> List[int]:
    """Columns of the raw inputs side by side that are the goal."""
    columns, first = {}, 0
    for spec in task.input_specs:
        columns[spec.name] = range(first, first + spec.shape[-1])
        first += spec.shape[-1]
    return [column for name in task.goal_inputs for column in columns[name]]


class Hindsight:
    """Judges a share of experience by goals that the same episode achieved later.

    Args:
      task: says what the goal is, and judges.
      share: of experience that is judged by a goal achieved later, in [0, 1].
      sparse_termination: see ``Environment``; None for the dense reward.
    """

    def __init__(self, task: Task, share: float, sparse_termination: Optional[float]) -> None:
        self._task, self._share = task, share
        self._columns = torch.tensor(goal_columns(task))
        self._sparse_termination = sparse_termination

    def draw_future(self, step: Tensor, end: Tensor, generator: torch.Generator) -> Tensor:
        """A step (B,) of the same episode, uniform from ``step`` to ``end`` (B,), both included."""
        drawn = torch.rand(step.shape, generator=generator, device=step.device)
        # the minimum: a float32 close to 1 times a large number may round up
        offset = (drawn * (end - step + 1)).long()
        return torch.minimum(step + offset, end)

    def draw_goals(self, inputs: Tensor, achieved: Tensor, generator: torch.Generator) -> Tensor:
        """For ``share`` of the rows the goal achieved (B, g), for the others that of ``inputs``."""
        drawn = torch.rand((len(inputs), 1), generator=generator, device=inputs.device)
        own = inputs[:, self._columns]
        return torch.where(drawn < self._share, achieved, own)

    def with_goal(self, inputs: Tensor, goal: Tensor) -> Tensor:
        """``inputs`` (B, w) with ``goal`` (B, g) in place of their own."""
        inputs = inputs.clone()
        inputs[:, self._columns] = goal
        return inputs

    def reward(
        self,
        earned: Tensor,
        inputs: Tensor,
        goal: Tensor,
        achieved: Tensor,
        extra: Tensor,
        terminated: Tensor,
    ) -> Tensor:
        """What steps (B, n) would have earned by another goal.

        Args:
          earned: (B, n) by the goal that they had.
          inputs: (B, w) with the goal that they had.
          goal: (B, g) the other one.
          achieved: (B, n, g) of the states reached.
          extra: (B, n, e) of the states reached.
          terminated: (B, n) bool.
        """
        task, goal = self._task, goal[:, None].expand_as(achieved)
        if self._sparse_termination is not None:
            credit = task.goal_credit(achieved, goal, extra)
            return sparse_reward(credit, terminated, self._sparse_termination)
        own = inputs[:, None, self._columns].expand_as(achieved)
        difference = task.goal_reward(achieved, goal, extra) - task.goal_reward(
            achieved, own, extra
        )
        return earned + difference
