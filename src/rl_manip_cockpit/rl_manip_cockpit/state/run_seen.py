"""What is known of a training run from its folder, and its figures as curves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

POINTS = 300
"""Of a curve: more than that are not seen apart."""
CHARTS: Mapping[str, Tuple[str, ...]] = {
    "Success": ("eval/success_rate", "charts/success"),
    "Reward a step": ("charts/reward",),
    "Reward terms, unweighted": ("reward/",),
    "Losses": ("losses/",),
    "Control steps per second": ("charts/env_steps_per_s",),
}
"""Titles, and names of the figures in it; one that ends in / stands for all that begin so."""

Row = Mapping[str, Any]


class Curves(NamedTuple):
    """Figures of one chart."""

    env_steps: np.ndarray  # (k,)
    figures: Dict[str, np.ndarray]  # (k,) each, by name


@dataclass(frozen=True)
class RunSeen:
    """Shown by a run's page."""

    word: str
    """running, ended, failed, … in one word."""
    lines: Sequence[str] = ()
    """What there is to say of it."""
    rows: Sequence[Row] = ()
    """Its metrics so far."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Settings worth knowing, in words."""


@dataclass(frozen=True)
class CheckpointSeen:
    """How the newest checkpoint's policy does in the page's own simulation."""

    name: str = ""
    """Of the checkpoint's file; empty before there is one."""
    env_steps: int = 0
    """That it has learned from."""
    ended: int = 0
    """Episodes since it was loaded."""
    met: int = 0
    """Of these."""
    rewards: Mapping[str, float] = field(default_factory=dict)
    """Weighted terms of the last step's reward, mean over the arms."""
    trouble: str = ""
    """Why it cannot be shown."""


def curves(rows: Sequence[Row], wanted: Sequence[str]) -> Optional[Curves]:
    """Figures over control steps; None where there are none yet.

    A figure that a line leaves out, as evaluations do most of the time, is the last one that was
    given; before the first, it is the first.

    Args:
        rows: of metrics.jsonl.
        wanted: names, see `CHARTS`.
    """
    names = _names(rows, wanted)
    given = [row for row in rows if any(row.get(name) is not None for name in names)]
    if not given:
        return None
    kept = np.unique(np.linspace(0, len(given) - 1, min(len(given), POINTS)).round().astype(int))
    steps = np.array([row["env_steps"] for row in given], dtype=float)
    filled = {name: _filled([row.get(name) for row in given])[kept] for name in names}
    return Curves(steps[kept], filled)


def _names(rows: Sequence[Row], wanted: Sequence[str]) -> List[str]:
    """Those that ever had a figure, in the order in which they are wanted, or came."""
    seen = dict.fromkeys(name for row in rows for name in row if row[name] is not None)
    return [
        name
        for want in wanted
        for name in seen
        if name == want or (want.endswith("/") and name.startswith(want))
    ]


def _filled(values: Sequence[Optional[float]]) -> np.ndarray:
    """With the last figure that was given."""
    last = next(value for value in values if value is not None)
    filled = []
    for value in values:
        last = last if value is None else value
        filled.append(last)
    return np.array(filled, dtype=float)
