"""The equations of soft actor-critic (Haarnoja et al., 2018), each by itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def soft_target(
    n_step_return: Tensor, bootstrap: Tensor, next_values: Tensor, entropy_bonus: Tensor
) -> Tensor:
    """What both critics are fitted to, y = R + gamma^k (1 - d) (min_i Q'_i(s', a') - alpha log pi).

    Args:
      n_step_return: R (B,).
      bootstrap: gamma^k (1 - d) (B,), 0 after a termination.
      next_values: (CRITICS, B) of the target critics, for an action drawn in s'.
      entropy_bonus: -alpha log pi(a' | s') (B,).
    """
    return n_step_return + bootstrap * (next_values.amin(dim=0) + entropy_bonus)


def temperature_loss(log_alpha: Tensor, log_prob: Tensor, target_entropy: float) -> Tensor:
    """-mean(log alpha (log pi + H)): alpha grows while the entropy -log pi is less than H."""
    return -(log_alpha * (log_prob.detach() + target_entropy)).mean()


def imitation_loss(action: Tensor, wanted: Tensor, better: Tensor) -> Tensor:
    """mean(b |a - a_guide|^2): how far the actor is from the guide, where the guide does better.

    Args:
      action: (B, n) drawn from the actor.
      wanted: (B, n) what was done.
      better: (B,) bool: the guide did it, and the critics rate it above ``action`` (the Q-filter of
        Nair et al., 2018), so that the guide is left behind where the actor has surpassed it.
    """
    return (better * (action - wanted).square().sum(dim=1)).mean()


def follow(target: nn.Module, source: nn.Module, rate: float) -> None:
    """theta' <- (1 - tau) theta' + tau theta."""
    with torch.no_grad():
        for slow, fast in zip(target.parameters(), source.parameters()):
            slow.lerp_(fast, rate)
