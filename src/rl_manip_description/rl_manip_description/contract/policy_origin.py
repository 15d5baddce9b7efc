"""How a policy came to be: trained here, or imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class TrainingRecord:
    """How the policy came to be."""

    algorithm: str
    backend: str
    """Simulator backend."""
    env_steps: int
    """Control steps, summed over all simulated arms [1]."""
    seed: int
    git_revision: str
    success_rate: Optional[float]
    """Share of evaluation episodes that were met [1]; None where it was not evaluated."""
    wall_s: float
    """Duration of the training [s]."""
    command: str
    """Command line that trains it again."""


@dataclass(frozen=True)
class ImportRecord:
    """Where a network came from that was trained elsewhere."""

    source: str
    """Who exported it, in words."""
    file: str
    """Name of the file."""
    sha256: str
    """Digest of the file."""
    spec: str
    """What said how it is to be used: the text of a YAML file."""
