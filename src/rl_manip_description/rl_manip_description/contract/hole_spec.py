"""What a policy file says of the hole that its goals are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple


@dataclass(frozen=True)
class HoleSpec:
    """The hole that a peg, held by the tool, is to go into: the goal is the tool's pose then."""

    shapes: Tuple[str, ...]
    """Shapes trained with."""
    peg_length: float
    """From the tool frame to the peg's tip, along the tool's z axis [m]."""
    depth: float
    """Of the hole [m]."""
