"""Which values of the policy's inputs training has seen."""

from __future__ import annotations

import dataclasses
import math
from typing import Dict, List, Optional, Sequence, Tuple

import torch
from torch import Tensor

from rl_manip_description.contract.policy_contract import TensorSpec


class InputRange:
    """Smallest and largest value seen of each element of each raw input."""

    def __init__(self) -> None:
        self._low: Optional[List[Tensor]] = None
        self._high: Optional[List[Tensor]] = None

    def update(self, inputs: Sequence[Tensor]) -> None:
        """Widen the range by raw inputs (N, ...), always given in the same order.

        What is not finite is left out.
        """
        low = [tensor.masked_fill(~tensor.isfinite(), math.inf).amin(dim=0) for tensor in inputs]
        high = [tensor.masked_fill(~tensor.isfinite(), -math.inf).amax(dim=0) for tensor in inputs]
        if self._low is not None and self._high is not None:
            low = [torch.minimum(*pair) for pair in zip(self._low, low)]
            high = [torch.maximum(*pair) for pair in zip(self._high, high)]
        self._low, self._high = low, high

    def specs(self, specs: Sequence[TensorSpec]) -> Tuple[TensorSpec, ...]:
        """``specs`` of the same inputs with the range seen; as they are while nothing was seen."""
        if self._low is None or self._high is None:
            return tuple(specs)
        return tuple(
            dataclasses.replace(spec, low=tuple(low.tolist()), high=tuple(high.tolist()))
            for spec, low, high in zip(specs, self._low, self._high)
        )

    def state_dict(self) -> Dict:
        """The range, for a checkpoint."""
        return {"low": self._low, "high": self._high}

    def load_state_dict(self, state: Dict) -> None:
        """Take over a range from a checkpoint."""
        self._low, self._high = state["low"], state["high"]
