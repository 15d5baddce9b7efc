"""What actors are made of, and what is left of one without its exploration."""

from __future__ import annotations

import math
from typing import Sequence, Type

from torch import Tensor, nn

from rl_manip_train.algorithms.networks.elu_network import EluNetwork


def mlp(
    sizes: Sequence[int], output_gain: float, activation: Type[nn.Module] = nn.ELU
) -> nn.Sequential:
    """Linear layers of ``sizes`` with ``activation`` between them, orthogonally initialised.

    Args:
      sizes: widths, input and output included.
      output_gain: gain of the last layer; small for an actor, so that it starts near rest.
      activation: makes the layers in between.
    """
    layers = []
    for index, (width_in, width_out) in enumerate(zip(sizes[:-1], sizes[1:])):
        last = index == len(sizes) - 2
        layer = nn.Linear(width_in, width_out)
        nn.init.orthogonal_(layer.weight, output_gain if last else math.sqrt(2.0))
        nn.init.zeros_(layer.bias)
        layers.append(layer)
        if not last:
            layers.append(activation())
    return EluNetwork(*layers) if activation is nn.ELU else nn.Sequential(*layers)


def gaussian_log_density(sample: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    """log N(u_i; mean_i, std_i) of each element, (N, n)."""
    standardized = (sample - mean) / log_std.exp()
    return -0.5 * standardized.square() - log_std - 0.5 * math.log(2.0 * math.pi)


class DeterministicPolicy(nn.Module):
    """Normalisation, network and bound: what evaluation runs and what is exported.

    Its parts are the learner's own, so that it changes as the learner learns.

    Args:
      normalizer: of the features.
      network: normalised features (N, d) to the most likely action (N, n), unbounded.
      bound: brings it into [-1, 1], as training does with the actions that it draws.
    """

    def __init__(self, normalizer: nn.Module, network: nn.Module, bound: nn.Module) -> None:
        super().__init__()
        self.normalizer, self.network, self.bound = normalizer, network, bound

    def forward(self, observation: Tensor) -> Tensor:
        """Normalised actions (N, n) in [-1, 1] for features (N, d)."""
        return self.bound(self.network(self.normalizer(observation)))
