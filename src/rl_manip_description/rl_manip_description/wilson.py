"""Confidence interval of a share, such as of a success rate."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Tuple

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)


def wilson_interval(successes: int, trials: int) -> Tuple[float, float]:
    """95 % interval of a share (Wilson, JASA 22, 1927); (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    share, scale = successes / trials, 1.0 + _Z * _Z / trials
    center = (share + _Z * _Z / (2.0 * trials)) / scale
    half = _Z / scale * math.sqrt(share * (1.0 - share) / trials + (_Z / (2.0 * trials)) ** 2)
    return max(0.0, center - half), min(1.0, center + half)
