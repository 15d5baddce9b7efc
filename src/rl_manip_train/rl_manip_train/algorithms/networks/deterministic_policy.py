"""What a learner has learned, without its exploration: features in, actions out."""

from __future__ import annotations

from torch import Tensor, nn


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
