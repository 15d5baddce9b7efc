"""What the steps of one update say together."""

from __future__ import annotations

from typing import Dict, List, Optional

StepLosses = List[Optional[Dict[str, float]]]
"""Losses by name of each step of an update; None for one that had to be skipped."""


def furthest(losses: StepLosses) -> float:
    """The largest divergence [nat] that steps of one update saw."""
    return max((loss["losses/kl"] for loss in losses if loss is not None), default=0.0)


def mean_losses(losses: StepLosses) -> Dict[str, float]:
    """The mean of each loss over the steps that were made, and how many were not."""
    made = [loss for loss in losses if loss is not None]
    metrics = {name: sum(loss[name] for loss in made) / len(made) for name in (made or [{}])[0]}
    metrics["losses/skipped"] = float(len(losses) - len(made))
    return metrics
