"""Sizes of peg and hole, and the boxes that the hole is made of; free of any simulator."""

from __future__ import annotations

import math
from typing import Tuple

import numpy as np

PEG_LENGTH = 0.10
"""From the tool frame to the peg's tip, along the tool's z axis [m]."""
HOLE_WIDTH, HOLE_DEPTH = 0.030, 0.030
"""Diameter of a round hole, side of a square one, and depth of both [m]; the peg is thinner."""
WALL = 0.030
"""Thickness of the walls round the hole [m]."""
BLOCK_HALF_WIDTH = HOLE_WIDTH / 2.0 + WALL
"""From the hole's axis to the block's nearest sides [m]."""
FLOOR = 0.10
"""Thickness of the block below the hole [m]."""
WALLS = 16
"""Boxes round a round hole: between two of them it is wider by 2 % than where they are met."""
HIDDEN = 1e-4
"""Half extent of the boxes that a square hole has too many, inside the block [m]."""


def wall_places(shape: str) -> Tuple[np.ndarray, np.ndarray]:
    """Positions and half extents of the walls, (WALLS, 3) each [m], in the block's frame.

    Wall i faces the direction i / WALLS of a turn; a square hole is made of every fourth.
    """
    angle = wall_angles()
    away = (HOLE_WIDTH + WALL) / 2.0
    flat = np.full(WALLS, -HOLE_DEPTH / 2.0)
    position = np.stack((away * np.cos(angle), away * np.sin(angle), flat), axis=1)
    size = np.empty((WALLS, 3))
    size[:] = (WALL / 2.0, BLOCK_HALF_WIDTH * math.tan(math.pi / WALLS), HOLE_DEPTH / 2.0)
    if shape == "square":
        meets = np.arange(WALLS) % (WALLS // 4) == 0
        size[meets, 1] = BLOCK_HALF_WIDTH
        size[~meets] = HIDDEN
        position[~meets] = (0.0, 0.0, -HOLE_DEPTH - WALL)
    return position, size


def wall_angles() -> np.ndarray:
    """By how much each wall is turned about the hole's axis (WALLS,) [rad]."""
    return 2.0 * math.pi * np.arange(WALLS) / WALLS


def floor_place() -> Tuple[np.ndarray, np.ndarray]:
    """Position and half extents of what the walls stand on, (3,) each [m], as `wall_places`."""
    position = np.array((0.0, 0.0, -HOLE_DEPTH - FLOOR / 2.0))
    return position, np.array((BLOCK_HALF_WIDTH, BLOCK_HALF_WIDTH, FLOOR / 2.0))


def peg_half_extents(clearance: float) -> np.ndarray:
    """Of a peg that is thinner than its hole by ``clearance`` [m], along its axes (3,) [m]."""
    half = (HOLE_WIDTH - clearance) / 2.0
    return np.array((half, half, PEG_LENGTH / 2.0))
