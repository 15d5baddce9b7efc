"""Steps of an optimiser, as all learners make them: averaged over the team, bounded, admitted."""

from __future__ import annotations

from typing import Dict, Iterable, Optional

import torch
from torch import Tensor

from rl_manip_train.algorithms.optimization.adam import Adam
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.machine.data_parallel import Team


class Descent:
    """Adam on some parameters.

    Args:
      parameters: that its steps change.
      learning_rate: step size.
      max_gradient_norm: gradients are scaled down to this norm.
      guard: refuses steps from what is not finite.
      team: that learns together.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float,
        max_gradient_norm: float,
        guard: FiniteGuard,
        team: Team,
    ) -> None:
        self._parameters = list(parameters)
        self._adam = Adam(self._parameters, learning_rate)
        self._max_norm, self._guard, self._team = max_gradient_norm, guard, team

    def step(self, loss: Tensor, batch: Dict[str, Tensor], name: str = "") -> Optional[float]:
        """One step down ``loss``; returns its mean over the team, None where it had to be skipped.

        Args:
          loss: ().
          batch: what it was computed from, for the guard.
          name: of the loss, for the guard.

        Raises:
          DivergedError: nothing finite can be computed any more.
        """
        for parameter in self._parameters:
            parameter.grad = None
        loss.backward()
        moves = [parameter.grad is not None for parameter in self._parameters]
        gradient = torch.cat(
            [
                (
                    torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                ).flatten()
                for parameter in self._parameters
            ]
        )
        average = loss.detach().clone().view(1)
        # where those of one process are not finite, those of all are not afterwards
        self._team.average([average, gradient])
        mean, norm = average.item(), gradient.norm().item()
        figures = {f"{name} loss".strip(): mean, f"{name} gradient".strip(): norm}
        if not self._guard.admits(figures, batch):
            return None
        if norm > self._max_norm:
            gradient *= self._max_norm / norm
        self._adam.step(gradient, moves)
        return mean

    def set_learning_rate(self, learning_rate: float) -> None:
        """Take steps of another size from now on."""
        self._adam.learning_rate = learning_rate

    def state_dict(self) -> Dict:
        """Adam's, for a checkpoint."""
        return self._adam.state_dict()

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``."""
        self._adam.load_state_dict(state)
