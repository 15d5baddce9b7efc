"""The cubic between two points that have a position and a velocity each (Hermite)."""

from __future__ import annotations

from typing import Tuple

import numpy as np


def between(
    first: Tuple[np.ndarray, np.ndarray],
    second: Tuple[np.ndarray, np.ndarray],
    length: float,
    share: float,
) -> Tuple[np.ndarray, np.ndarray]:
    """Position and velocity, each (n,), some share [1] of the way from one point to the next.

    Args:
        first: position (n,) [rad] and velocity (n,) [rad/s] at share 0.
        second: the same at share 1.
        length: time between the two [s].
    """
    (p0, v0), (p1, v1) = first, second
    m0, m1 = length * v0, length * v1
    a = 2.0 * p0 - 2.0 * p1 + m0 + m1
    b = -3.0 * p0 + 3.0 * p1 - 2.0 * m0 - m1
    position = ((a * share + b) * share + m0) * share + p0
    return position, ((3.0 * a * share + 2.0 * b) * share + m0) / length
