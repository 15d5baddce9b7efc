"""Keeps what is not finite away from the weights, and lets it be written down."""

from __future__ import annotations

import math
from typing import Callable, Dict

from torch import Tensor

from rl_manip_train.algorithms.learner import DivergedError

MAX_SKIPPED = 100
"""Updates in a row whose loss or gradient is not finite, after which training ends."""

Record = Callable[[str, Dict[str, Tensor]], None]
"""Told what was not finite (a word or two), and given the tensors that it came from."""


def ignore(what: str, tensors: Dict[str, Tensor]) -> None:
    """A ``Record`` that keeps nothing."""


class FiniteGuard:
    """Asked before every action and every step of an optimiser.

    Args:
      record: writes down what it is given.
    """

    def __init__(self, record: Record = ignore) -> None:
        self._record = record
        self.skipped = 0  # updates, ever
        self._in_a_row = 0

    def admits(self, figures: Dict[str, float], tensors: Dict[str, Tensor]) -> bool:
        """Whether an optimiser may make its step.

        Args:
          figures: losses and norms of gradients.
          tensors: what they were computed from.

        Raises:
          DivergedError: it was ``MAX_SKIPPED`` times in a row that it may not.
        """
        broken = [name for name, figure in figures.items() if not math.isfinite(figure)]
        if not broken:
            self._in_a_row = 0
            return True
        self.skipped += 1
        self._in_a_row += 1
        self._record(" and ".join(broken), tensors)
        if self._in_a_row == MAX_SKIPPED:
            origin = [name for name, value in tensors.items() if not value.isfinite().all()]
            raise DivergedError(
                f"{MAX_SKIPPED} updates in a row had a loss or gradient that is not finite (not "
                f"finite in the batch: {', '.join(origin) or 'nothing'}); resume from the newest "
                "checkpoint, with a smaller learning rate if the batch was finite"
            )
        return False

    def finite_action(self, action: Tensor, observation: Tensor) -> Tensor:
        """``action`` (N, n) with 0, which is rest, where it is not finite."""
        finite = action.isfinite()
        if finite.all():
            return action
        self._record("action", {"action": action, "observation": observation})
        return action.masked_fill(~finite, 0.0)

    def note(self, what: str, tensors: Dict[str, Tensor]) -> None:
        """Write down that something was not finite that reaches no update."""
        self._record(what, tensors)
