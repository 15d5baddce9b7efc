"""SAC's critics: two action values, computed side by side."""

from __future__ import annotations

import math
from typing import Sequence

import torch
from torch import Tensor, nn

CRITICS = 2
"""The smaller of two estimates does not overestimate (Fujimoto et al., 2018)."""


class ParallelLinear(nn.Module):
    """``CRITICS`` linear layers as one batched product, orthogonally initialised.

    Args:
      width_in, width_out: of each layer.
      gain: of the initial weights.
    """

    def __init__(self, width_in: int, width_out: int, gain: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(CRITICS, width_in, width_out))
        self.bias = nn.Parameter(torch.zeros(CRITICS, 1, width_out))
        for weight in self.weight.data:
            nn.init.orthogonal_(weight, gain)

    def forward(self, value: Tensor) -> Tensor:
        """(CRITICS, N, width_out) of (CRITICS, N, width_in)."""
        return torch.baddbmm(self.bias, value, self.weight)


class TwinCritic(nn.Module):
    """Q_1 and Q_2 of normalised features and actions.

    The hidden layers are normalised (layer norm without parameters), which keeps the values of
    actions never tried within bounds and allows more updates per step (Ball et al., 2023).

    Args:
      observation_width: features d.
      action_width: actions n.
      hidden: widths of the hidden layers.
      layer_norm: whether to normalise the hidden layers.
    """

    def __init__(
        self, observation_width: int, action_width: int, hidden: Sequence[int], layer_norm: bool
    ) -> None:
        super().__init__()
        layers = []
        sizes = (observation_width + action_width, *hidden)
        for width_in, width_out in zip(sizes[:-1], sizes[1:]):
            layers.append(ParallelLinear(width_in, width_out, math.sqrt(2.0)))
            if layer_norm:
                layers.append(nn.LayerNorm(width_out, elementwise_affine=False))
            layers.append(nn.ReLU())
        layers.append(ParallelLinear(sizes[-1], 1, 0.01))  # values start near 0
        self._layers = nn.Sequential(*layers)

    def forward(self, normalized: Tensor, action: Tensor) -> Tensor:
        """Action values (CRITICS, N) for features (N, d) and actions (N, n)."""
        pair = torch.cat((normalized, action), dim=1)
        return self._layers(pair.expand(CRITICS, -1, -1))[..., 0]
