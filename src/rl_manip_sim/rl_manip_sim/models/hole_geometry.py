"""Sizes of peg and hole; free of any simulator."""

from __future__ import annotations

PEG_LENGTH = 0.10
"""From the tool frame to the peg's tip, along the tool's z axis [m]."""
HOLE_WIDTH, HOLE_DEPTH = 0.030, 0.030
"""Diameter of a round hole, side of a square one, and depth of both [m]; the peg is thinner."""
WALL = 0.030
"""Thickness of the walls round the hole [m]."""
BLOCK_HALF_WIDTH = HOLE_WIDTH / 2.0 + WALL
"""From the hole's axis to the block's nearest sides [m]."""
