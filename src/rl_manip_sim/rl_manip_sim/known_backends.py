"""Simulator backends by name, known without importing torch or a simulator."""

from __future__ import annotations

from typing import Any

from rl_manip_description.registry import Registry, UnknownNameError, own

AUTO = "auto"
"""Name that stands for the fastest of this workspace's backends that can run here."""


class UnknownBackendError(UnknownNameError):
    """No simulator backend of that name; the message lists the known ones."""


def _problem(name: str, thing: Any) -> str:
    lacking = [part for part in ("make", "what_is_missing", "device") if not hasattr(thing, part)]
    if lacking:
        return f"lacks {', '.join(lacking)}: expected a rl_manip_sim.backends.backend.Backend"
    return ""


BACKENDS = Registry(
    "backend",
    "rl_manip.backends",
    own(
        "rl_manip_sim",
        {
            "mujoco": "rl_manip_sim.backends.ours:MUJOCO",
            "mujoco_warp": "rl_manip_sim.backends.ours:MUJOCO_WARP",
            "isaacgym": "rl_manip_sim.backends.ours:ISAACGYM",
        },
    ),
    also=(AUTO,),
    problem=_problem,
    error=UnknownBackendError,
)
"""Names that ``make_sim`` takes; each loads to a ``Backend``."""
