"""Imports Isaac Gym where an interpreter has it, before anything imports torch.

Isaac Gym refuses to be imported after torch, and this package's modules import torch: so that this
module comes first, in ``rl_manip_sim/__init__.py``.
"""

from __future__ import annotations

import importlib.util
import sys

VERSIONS = ((3, 6), (3, 8))
"""Oldest and newest Python that Isaac Gym Preview 4 has a binding for."""

problem = ""
"""Why Isaac Gym cannot be used in this interpreter, as a clause; empty where it can."""


def import_isaacgym() -> str:
    """Import it if it is there; returns ``problem``."""
    version = ".".join(map(str, sys.version_info[:2]))
    if importlib.util.find_spec("isaacgym") is None:
        if not VERSIONS[0] <= tuple(sys.version_info[:2]) <= VERSIONS[1]:
            return (
                f"Isaac Gym Preview 4 needs Python 3.6 to 3.8 and this is Python {version} "
                f"({sys.executable}); give python:=/path/to/python3.8"
            )
        return (
            f"the package isaacgym is missing in {sys.executable}; download Isaac Gym Preview 4 "
            "from NVIDIA and install its folder python/ there with pip"
        )
    try:
        import isaacgym  # noqa: F401
    except Exception as error:  # a missing library, torch imported before, a wrong Python
        reason = " ".join(str(error).split()) or type(error).__name__
        return f"isaacgym is installed in {sys.executable} but does not load ({reason})"
    return ""


problem = import_isaacgym()
