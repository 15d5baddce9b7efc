"""How far one update may take a policy from the one that acted."""

from __future__ import annotations

from dataclasses import replace
from typing import List

import torch
from torch import Tensor

from rl_manip_train.settings.ppo_cfg import PPOCfg


def steered_learning_rate(learning_rate: float, kl: float, cfg: PPOCfg) -> float:
    """The next step size: smaller above twice the target divergence, larger below half of it."""
    if is_too_far(kl, cfg):
        return max(learning_rate / 1.5, cfg.min_learning_rate)
    if 0.0 < kl < 0.5 * cfg.target_kl:
        return min(learning_rate * 1.5, cfg.max_learning_rate)
    return learning_rate


def is_too_far(kl: float, cfg: PPOCfg) -> bool:
    """Whether a policy at the divergence ``kl`` [nat] is to go no further in this update."""
    return kl > 2.0 * cfg.target_kl


def bounds_by_now(cfg: PPOCfg, guided: bool, env_steps: int) -> PPOCfg:
    """``cfg`` with the trust region that keeps what has been learned.

    Args:
      cfg: the settings.
      guided: whether that was by a guide at first.
      env_steps: control steps, of all arms together, that were learned from.
    """
    if guided:
        return replace(
            cfg, target_kl=cfg.guided_target_kl, max_learning_rate=cfg.guided_max_learning_rate
        )
    if 0 < cfg.settles_after <= env_steps:
        return replace(cfg, target_kl=cfg.settled_target_kl)
    return cfg


class NearbyWeights:
    """Takes back the step of an actor that led too far.

    What the very last step of an update does is not seen before the next one.

    Args:
      parameters: the actor's, and of the spread of its actions.
    """

    def __init__(self, parameters: List[Tensor]) -> None:
        self._parameters = parameters
        self._before: List[Tensor] = []  # the step before

    @torch.no_grad()
    def keep(self, too_far: bool) -> None:
        """Go back to where the actor was before its last step, or remember where it is."""
        if not too_far:
            self._before = [parameter.clone() for parameter in self._parameters]
            return
        for parameter, before in zip(self._parameters, self._before):
            parameter.copy_(before)
