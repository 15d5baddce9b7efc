"""How far one update may take a policy from the one that acted."""

from __future__ import annotations

from dataclasses import replace

from rl_manip_train.settings.train_cfg import PPOCfg


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


def bounds_after_guide(cfg: PPOCfg) -> PPOCfg:
    """``cfg`` with the trust region that keeps what imitation has learned."""
    return replace(
        cfg, target_kl=cfg.guided_target_kl, max_learning_rate=cfg.guided_max_learning_rate
    )
