"""Rows that are drawn once and kept where they are used, any of them taken at random later."""

from __future__ import annotations

import torch
from torch import Tensor


class Bank:
    """Hands out rows without the host: it draws nothing, uploads nothing and waits for nothing.

    A row may come again; of thousands few do.

    Args:
      rows: (m, w), at least one.
      generator: says which rows are taken, on the device where they are kept.
    """

    def __init__(self, rows: Tensor, generator: torch.Generator) -> None:
        self._generator = generator
        self._rows = rows.to(generator.device)

    def take(self, count: int) -> Tensor:
        """``count`` of the rows (count, w)."""
        device = self._generator.device
        which = torch.randint(len(self._rows), (count,), generator=self._generator, device=device)
        return self._rows[which]
