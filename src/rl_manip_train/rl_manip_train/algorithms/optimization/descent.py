"""Steps of an optimiser, as all learners make them: averaged over the team, bounded, admitted."""

from __future__ import annotations

from typing import Dict, Iterable, Optional

import torch
from torch import Tensor, nn

from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.machine.data_parallel import Team

# in one pass over all parameters, where torch has it: half the time of small updates
_FUSED = {"fused": True} if torch.__version__ >= "2.4" else {}


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
        self._adam = torch.optim.Adam(self._parameters, lr=learning_rate, **_FUSED)
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
        self._adam.zero_grad(set_to_none=True)
        loss.backward()
        mean = self._team.average_gradients(self._parameters, loss).item()
        norm = nn.utils.clip_grad_norm_(self._parameters, self._max_norm).item()
        figures = {f"{name} loss".strip(): mean, f"{name} gradient".strip(): norm}
        if not self._guard.admits(figures, batch):
            return None
        self._adam.step()
        return mean

    def set_learning_rate(self, learning_rate: float) -> None:
        """Take steps of another size from now on."""
        for group in self._adam.param_groups:
            group["lr"] = learning_rate

    def state_dict(self) -> Dict:
        """Adam's, for a checkpoint."""
        return self._adam.state_dict()

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``."""
        self._adam.load_state_dict(state)
