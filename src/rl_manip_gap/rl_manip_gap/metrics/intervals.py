"""Confidence intervals of figures of time series: block bootstrap."""

from __future__ import annotations

from functools import lru_cache
from typing import Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy.special import fdtri, stdtrit

from rl_manip_description.wilson import CONFIDENCE

REPLICATES = 500  # resamples per interval: the 95 % ends are then good to about 1 % of coverage
# Neighbouring blocks are not independent, which resampling them does not see. Where their memory is
# not measured, this makes up for one of a tenth of a block.
_NEIGHBOURS = 1.15
_LONGEST_MEMORY = 0.95  # correlation of neighbouring blocks; more cannot be told from a drift [1]
_FEWEST_FREE = 2.0  # degrees of freedom that are always assumed [1]
MIN_BLOCKS = 5  # fewer blocks say nothing about their spread


class Figure(NamedTuple):
    """A figure and, where one can be given, its 95 % interval."""

    value: float
    ci95: Optional[Tuple[float, float]] = None

    @property
    def half_width(self) -> float:
        """Half of the interval; 0 where there is none."""
        return (self.ci95[1] - self.ci95[0]) / 2.0 if self.ci95 else 0.0

    @property
    def excludes_zero(self) -> bool:
        """Whether, as a difference, it is more than chance."""
        return self.ci95 is not None and not self.ci95[0] <= 0.0 <= self.ci95[1]

    def texts(self, scale: float, digits: int) -> List[str]:
        """The value and, where there is an interval, its ends; times `scale`, to so many digits."""
        return [f"{number * scale:.{digits}f}" for number in (self.value, *(self.ci95 or ()))]


def common_half_width(one: Figure, other: Figure) -> float:
    """Half an interval of the difference of independent figures: half widths add as squares."""
    return float(np.hypot(one.half_width, other.half_width))


def median_figure(figures: Sequence[Figure]) -> Figure:
    """The median, and those of the intervals' ends where all have one."""
    value = float(np.median([figure.value for figure in figures]))
    if any(figure.ci95 is None for figure in figures):
        return Figure(value)
    low, high = np.median([figure.ci95 for figure in figures], axis=0)
    return Figure(value, (float(low), float(high)))


def block_of(time: np.ndarray, length: float) -> np.ndarray:
    """Block of each sample, shape (N,) int from 0 without gaps; blocks of `length` [s].

    Blocks keep neighbours together, so that their correlation widens the interval as it should
    (Kuensch, "The jackknife and the bootstrap for general stationary observations", 1989).
    """
    return blocks(np.floor((time - time.min()) / length))


def blocks(owner: np.ndarray) -> np.ndarray:
    """Numbers (N,) from 0 without gaps for what samples belong to (N,), in the same order."""
    return np.unique(owner, return_inverse=True)[1]


def block_sums(values: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Sum of `values` (N, ...) over each block, shape (B, ...)."""
    flat = values.reshape(len(values), -1)
    count = int(block.max()) + 1
    sums = [np.bincount(block, weights=column, minlength=count) for column in flat.T]
    return np.stack(sums, axis=1).reshape(count, *values.shape[1:])


@lru_cache(maxsize=16)
def resampling_weights(blocks: int, seed: int = 0) -> np.ndarray:
    """How often each block occurs in each resample, shape (REPLICATES, blocks), read-only."""
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=REPLICATES)
    weights.flags.writeable = False
    return weights


def memory(influence: np.ndarray) -> np.ndarray:
    """Correlation of each block's influence (B, ...) on a figure with the next one's, shape (...).

    Errors with a memory of several blocks (a payload, a drift) make neighbours alike; taken as a
    first-order process, its correlation says how much less they tell than independent ones. The
    estimate falls short by (1 + 3 r) / B on average (Kendall, "Note on bias in the estimation of
    autocorrelation", 1954).
    """
    centred = influence - influence.mean(axis=0)
    size = np.maximum((centred**2).sum(axis=0), 1e-300)
    found = (centred[1:] * centred[:-1]).sum(axis=0) / size
    return np.clip(found + (1.0 + 3.0 * found) / len(influence), 0.0, _LONGEST_MEMORY)


def freedom(blocks: int, alike: np.ndarray) -> np.ndarray:
    """Degrees of freedom of a mean over blocks whose neighbours correlate so."""
    return np.maximum(blocks * (1.0 - alike) / (1.0 + alike) - 1.0, _FEWEST_FREE)


def bootstrap(
    sums: np.ndarray,
    statistic: Callable[[np.ndarray], np.ndarray],
    seed: int = 0,
    ordered: bool = True,
) -> Tuple[np.ndarray, Optional[np.ndarray]]:
    """A statistic of block sums and its interval.

    Args:
        sums: (B, ..., k) sums over each block, such as of squares and counts.
        statistic: maps sums (..., k) to values (...).
        ordered: whether blocks follow each other in time, so that neighbours may be alike.

    Returns:
        The value, and its interval (2, ...) or None with fewer than MIN_BLOCKS blocks.
    """
    value = statistic(sums.sum(axis=0))
    if len(sums) < MIN_BLOCKS:
        return value, None
    replicates = statistic(np.tensordot(resampling_weights(len(sums), seed), sums, axes=1))
    alike = memory(statistic(sums.sum(axis=0) - sums)) if ordered else np.zeros(np.shape(value))
    return value, limits(value, replicates, len(sums), alike)


def limits(
    value: np.ndarray, replicates: np.ndarray, blocks: int, alike: Optional[np.ndarray] = None
) -> np.ndarray:
    """Ends (2, ...) of the 95 % interval from replicates (R, ...): value -+ t standard errors.

    Student's t and the factor blocks / (blocks - 1) make up for few blocks; for their correlation
    `alike`, where it was measured, else _NEIGHBOURS.
    """
    error = np.nanstd(replicates, axis=0, ddof=1) * np.sqrt(blocks / (blocks - 1))
    if alike is None:
        error, free = _NEIGHBOURS * error, np.asarray(blocks - 1.0)
    else:
        error, free = error * np.sqrt((1.0 + alike) / (1.0 - alike)), freedom(blocks, alike)
    width = stdtrit(free, 0.5 + CONFIDENCE / 2) * error
    return np.stack([value - width, value + width])


def skewed(value: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Ends (2, ...) of an interval of a positive figure, made symmetric in its logarithm.

    Squares are skewed: an interval of their mean reaches farther up than down.
    """
    half = (ends[1] - ends[0]) / 2.0
    factor = np.exp(half / np.maximum(value, 1e-300))
    return np.where(value > 0.0, np.stack([value / factor, value * factor]), ends)


def mean_vector(sums: np.ndarray) -> Tuple[List[Figure], Figure]:
    """Components of a mean vector and its length, each with its interval.

    The length of a mean that is truly zero is never zero: its interval begins at zero unless
    Hotelling's test tells the vector from zero (Hotelling, "The generalization of Student's
    ratio", 1931).

    Args:
        sums: (B, 1 + m) of each block in order of time: samples, and sums of the components.
    """
    blocks, count = len(sums), sums[:, 0].sum()
    mean = sums[:, 1:].sum(axis=0) / count
    length = float(np.linalg.norm(mean))
    if blocks < MIN_BLOCKS:
        return [Figure(float(part)) for part in mean], Figure(length)
    influence = (sums[:, 1:] - mean * sums[:, :1]) * blocks / count
    alike = memory(influence)
    wider = np.sqrt((1.0 + alike) / (1.0 - alike))
    covariance = np.cov(influence.T) / blocks * np.outer(wider, wider)
    free = freedom(blocks, alike)
    width = stdtrit(free, 0.5 + CONFIDENCE / 2) * np.sqrt(np.diag(covariance))
    parts = [Figure(float(m), (float(m - w), float(m + w))) for m, w in zip(mean, width)]
    along = mean / max(length, 1e-300)
    fewest, size = float(free.min()), len(mean)
    reach = float(stdtrit(fewest, 0.5 + CONFIDENCE / 2) * np.sqrt(along @ covariance @ along))
    rest = max(fewest - size + 1.0, 1.0)
    bound = size * fewest / rest * fdtri(size, rest, CONFIDENCE)
    regular = covariance + 1e-12 * max(float(np.trace(covariance)), 1e-300) * np.eye(size)
    tested = mean @ np.linalg.solve(regular, mean)
    low = max(0.0, length - reach) if tested > bound else 0.0
    return parts, Figure(length, (low, length + reach))
