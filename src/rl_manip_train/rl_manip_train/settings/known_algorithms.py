"""Algorithms by name, known without importing torch."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from rl_manip_description.registry import Registry, UnknownNameError, own

PART_OF_SETTINGS = ("hidden", "discount", "guided_steps")
"""Settings that every algorithm has: the trainer reads them."""


class UnknownAlgorithmError(UnknownNameError):
    """No algorithm of that name; the message lists the known ones."""


def _problem(name: str, thing: Any) -> str:
    wanted = ("settings", "learner", "blank_policy", "defaults")
    lacking = [part for part in wanted if not hasattr(thing, part)]
    if lacking:
        return (
            f"lacks {', '.join(lacking)}: expected a rl_manip_train.algorithms.learners.Algorithm"
        )
    has = [field.name for field in fields(thing.settings)] if is_dataclass(thing.settings) else []
    lacking = [part for part in PART_OF_SETTINGS if part not in has]
    if lacking:
        return f"has settings without {', '.join(lacking)}, which the trainer reads"
    return "" if name.isidentifier() else f"is called {name!r}, expected letters, digits and _ only"


ALGORITHMS = Registry(
    "algo",
    "rl_manip.algorithms",
    own(
        "rl_manip_train",
        {
            "ppo": "rl_manip_train.algorithms.learners:PPO_ALGORITHM",
            "sac": "rl_manip_train.algorithms.learners:SAC_ALGORITHM",
        },
    ),
    problem=_problem,
    error=UnknownAlgorithmError,
)
"""Names that ``algo`` takes; each loads to an ``algorithms.learners.Algorithm``."""
