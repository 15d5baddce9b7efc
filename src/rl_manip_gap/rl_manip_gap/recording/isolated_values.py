"""Values that stand alone in a series: damage that no checksum shows.

An sqlite3 bag has no checksums, so a flipped bit gives another number. One that no motion can have
made, there and back again between its neighbours, is seen; a smaller one is not.
"""

from __future__ import annotations

import numpy as np

_NOISE = 5.0  # times what 99 of 100 values deviate from their neighbours [1]
# A lone value pulls the deviations beside it the other way by half its own; a corner, a step or a
# staircase does not [1].
_PULL = (0.3, 0.7)
_SAMPLE = 5000  # values that the noise is judged by
_FEWEST = 5


def isolated_values(values: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Which rows of a series hold a value unlike the one before and the one behind it.

    Args:
        values: (N, n), finite.
        floor: (n,) smallest deviation from the neighbours' mean that counts.

    Returns:
        (N,) bool; false of the first and the last two rows, and where there are fewer than five:
        what lies only on one side of them does not tell a lone value from a step.
    """
    lone = np.zeros(len(values), dtype=bool)
    if len(values) < _FEWEST:
        return lone
    deviation = values[1:-1] - (values[:-2] + values[2:]) / 2.0
    usual = np.quantile(
        np.abs(deviation[:: max(1, len(deviation) // _SAMPLE)]), 0.99, axis=0, method="lower"
    )
    bound = floor + _NOISE * usual
    row, column = np.nonzero(np.abs(deviation) > bound)
    size = deviation[row, column]
    alone = np.ones(len(row), dtype=bool)
    for side in (-1, 1):
        beside = row + side
        there = (beside >= 0) & (beside < len(deviation))
        pull = np.zeros(len(row))
        pull[there] = -deviation[beside[there], column[there]] / size[there]
        alone &= (pull > _PULL[0]) & (pull < _PULL[1])
    lone[row[alone] + 1] = True
    return lone
