"""Adam (Kingma and Ba, 2015), in few passes over all parameters together."""

from __future__ import annotations

import itertools
from typing import Dict, List, Sequence

import torch
from torch import Tensor

DECAY, SQUARE_DECAY = 0.9, 0.999
"""beta_1 and beta_2: of the gradient's mean and of its square's, per step."""
EPSILON = 1e-8


class Adam:
    """Steps of one size for each parameter, whatever the size of its gradients.

    m <- beta_1 m + (1 - beta_1) g          v <- beta_2 v + (1 - beta_2) g^2
    p <- p - rate / (1 - beta_1^t) m / (sqrt(v / (1 - beta_2^t)) + epsilon)

    m and v of all parameters lie side by side. torch's own goes from one parameter to the next,
    which for small networks takes longer, and imports a compiler, for seconds.

    Args:
      parameters: that its steps change.
      learning_rate: step size.
    """

    def __init__(self, parameters: Sequence[Tensor], learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self._parameters = list(parameters)
        self._sizes = [parameter.numel() for parameter in self._parameters]
        self._mean = self._parameters[0].new_zeros(sum(self._sizes), requires_grad=False)
        self._square = torch.zeros_like(self._mean)
        self._steps = [0] * len(self._parameters)  # that each has made

    @torch.no_grad()
    def step(self, gradient: Tensor, moves: Sequence[bool]) -> None:
        """Make a step.

        Args:
          gradient: (total size,) of all parameters, in order.
          moves: which parameters have a gradient; the others stay as they are, and their m and v.
        """
        end = 0
        # neighbours that have made as many steps go together: all of them, as a rule
        for (moved, made), run in itertools.groupby(
            range(len(self._sizes)), key=lambda index: (moves[index], self._steps[index])
        ):
            members = list(run)
            begin, end = end, end + sum(self._sizes[index] for index in members)
            if moved:
                self._move(members, slice(begin, end), gradient[begin:end], made + 1)

    def _move(self, members: Sequence[int], span: slice, gradient: Tensor, made: int) -> None:
        """The step number ``made`` of the parameters ``members``, which are the ``span`` of all."""
        mean = self._mean[span].lerp_(gradient, 1.0 - DECAY)
        square = self._square[span].mul_(SQUARE_DECAY)
        square.addcmul_(gradient, gradient, value=1.0 - SQUARE_DECAY)
        spread = square.sqrt().div_((1.0 - SQUARE_DECAY**made) ** 0.5).add_(EPSILON)
        change = torch.div(mean, spread, out=spread)
        rate = self.learning_rate / (1.0 - DECAY**made)
        sizes = [self._sizes[index] for index in members]
        for index, part in zip(members, change.split(sizes)):
            parameter = self._parameters[index]
            parameter.add_(part.view_as(parameter), alpha=-rate)
            self._steps[index] = made

    def state_dict(self) -> Dict:
        """Of each parameter that has moved, by its index, as torch's own has it."""
        state = {}
        for index, (made, *moments) in enumerate(zip(self._steps, *self._moments())):
            if made:
                mean, square = (values.clone() for values in moments)
                state[index] = {"step": made, "exp_avg": mean, "exp_avg_sq": square}
        return {"state": state}

    def load_state_dict(self, state: Dict) -> None:
        """Go on from ``state``, which may be of torch's own."""
        of_each = state["state"]
        for index, (mean, square) in enumerate(zip(*self._moments())):
            own = of_each.get(index)
            self._steps[index] = 0 if own is None else int(own["step"])
            mean.copy_(torch.zeros_like(mean) if own is None else own["exp_avg"])
            square.copy_(torch.zeros_like(square) if own is None else own["exp_avg_sq"])

    def _moments(self) -> List[List[Tensor]]:
        """m and v of each parameter, in its shape; what is written into them counts."""
        return [
            [part.view_as(parameter) for part, parameter in zip(parts, self._parameters)]
            for parts in (self._mean.split(self._sizes), self._square.split(self._sizes))
        ]
