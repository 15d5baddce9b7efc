"""The optimiser of all learners."""

from __future__ import annotations

from typing import Iterable

import torch
from torch import Tensor


def adam(parameters: Iterable[Tensor], lr: float) -> torch.optim.Adam:
    """Adam in one pass over all parameters, where torch has it: half the time of small updates."""
    fused = {"fused": True} if torch.__version__ >= "2.4" else {}
    return torch.optim.Adam(parameters, lr=lr, **fused)
