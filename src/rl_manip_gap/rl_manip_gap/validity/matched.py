"""Commanded and measured velocities on one grid, and how well each pair of joints matches.

Both are averaged over the same short time, which keeps the noise of a velocity out of the
correlations and leaves their lag as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import numpy as np
from scipy.integrate import cumulative_trapezoid

from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.signals import TimeSpan

EARLIEST, LATEST = -0.1, 1.0  # lags searched [s]
_STEP = 0.008  # of the grid [s]
_HALF_MEAN = 0.02  # velocities are means over this time on either side [s]
_MOST = 20_000  # samples compared, spread over the recording as one stretch after another
_SHORTEST = 2.0  # of motion that can be judged [s]
_ALIKE = 0.02  # a top of the correlation this much lower is as good [1]
_AFTER_STOP = 0.3  # an arm takes up commands again within this time [s]


@dataclass(frozen=True)
class Matched:
    """Commanded against measured motion of a recording with commands."""

    step: float  # of the grid [s]
    commanded: np.ndarray  # (N, n) [rad/s]
    measured: np.ndarray  # (N, n) [rad/s]
    known: np.ndarray  # (N,) bool, where the measured motion is known
    time: np.ndarray  # (N,) [s]
    lags: np.ndarray  # (L,) [s]
    correlation: np.ndarray  # (L, n, n) of each joint's command and each joint's velocity

    def best(self, command: int, joint: int, sign: float = 1.0) -> Tuple[float, float]:
        """Correlation and lag [s] at which a joint's velocity follows a command best.

        A periodic motion matches again a period later: of tops that are alike the one nearest to
        no lag counts.
        """
        values = sign * self.correlation[:, command, joint]
        inner = values[1:-1]
        tops = 1 + np.flatnonzero((inner >= values[:-2]) & (inner >= values[2:]))
        if not len(tops):
            tops = np.array([int(np.argmax(values))])
        alike = tops[values[tops] >= values[tops].max() - _ALIKE]
        top = alike[np.argmin(np.abs(self.lags[alike]))]
        return float(values[top]), lag_of_top(self.lags, values, int(top))

    def pair(self, joint: int, lag: float) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Times (k,), commands (k,) sent `lag` [s] before and velocities (k,) of one joint."""
        rows = np.flatnonzero(self.known)
        at = rows - lag / self.step
        inside = (at >= 0) & (at <= len(self.time) - 1)
        rows, at = rows[inside], at[inside]
        command = np.interp(at, np.arange(len(self.time)), self.commanded[:, joint])
        return self.time[rows], command, self.measured[rows, joint]


def lag_of_top(lags: np.ndarray, values: np.ndarray, top: int) -> float:
    """Lag [s] of a top of values (L,) at evenly spaced lags, on a parabola through three points."""
    if not 0 < top < len(values) - 1:
        return float(lags[top])
    before, at, after = values[top - 1 : top + 2]
    bend = before - 2.0 * at + after
    shift = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    return float(lags[top] + shift * (lags[1] - lags[0]))


def match(recording: Recording) -> Optional[Matched]:
    """Commanded against measured motion; None where there is too little of it to judge."""
    states, commands = recording.states, recording.sent
    if len(states.time) < 3 or len(commands.time) < 2:
        return None
    order = np.argsort(states.time, kind="stable")
    time = states.time[order]
    step = max(_STEP, float(np.median(np.diff(time))))
    half = max(_HALF_MEAN, step)
    begin = max(float(time[0]), float(commands.time[0])) + half
    end = min(float(time[-1]), float(commands.time[-1])) - half
    grid = np.arange(begin, end, step)
    if len(grid) * step < _SHORTEST:
        return None
    if len(grid) > _MOST:
        first = (len(grid) - _MOST) // 2
        grid = grid[first : first + _MOST]
    commanded = np.column_stack(
        [_means(grid, half, commands.time, column, held=True) for column in commands.velocity.T]
    )
    measured = np.column_stack(
        [_means(grid, half, time, column, held=False) for column in states.velocity[order].T]
    )
    unknown = list(states.pauses)
    unknown += [TimeSpan(stop.start, stop.end + _AFTER_STOP) for stop in recording.stopped]
    known = np.ones(len(grid), dtype=bool)
    for span in unknown:
        known &= (grid + half < span.start) | (grid - half > span.end)
    if known.sum() * step < _SHORTEST:
        return None
    every = max(1, round(0.016 / step))
    shifts = np.arange(int(EARLIEST / step), int(LATEST / step) + 1, every)
    correlation = np.stack(
        [_correlation(commanded, measured, known, int(shift)) for shift in shifts]
    )
    return Matched(step, commanded, measured, known, grid, shifts * step, correlation)


def _means(
    grid: np.ndarray, half: float, time: np.ndarray, value: np.ndarray, held: bool
) -> np.ndarray:
    """Means (k,) over `half` [s] on either side of the grid, of a staircase or of lines."""
    steps = np.diff(time)
    if held:
        area = value[:-1] * steps
        # The first command is not in force before it is sent; the last one holds.
        edges = np.concatenate([[time[0] - 10.0], time, [time[-1] + 10.0]])
        total = np.concatenate([[0.0, 0.0], np.cumsum(area)])
        total = np.append(total, total[-1] + 10.0 * value[-1])
        sums = np.interp(grid + half, edges, total) - np.interp(grid - half, edges, total)
        return sums / (2.0 * half)
    area = cumulative_trapezoid(value, time, initial=0.0)
    sums = np.interp(grid + half, time, area) - np.interp(grid - half, time, area)
    return sums / (2.0 * half)


def _correlation(
    commanded: np.ndarray, measured: np.ndarray, known: np.ndarray, shift: int
) -> np.ndarray:
    """Pearson's correlation (n, n) of commands and the velocities `shift` samples later."""
    count = len(known)
    early = slice(max(0, -shift), count - max(0, shift))
    late = slice(max(0, shift), count - max(0, -shift))
    kept = known[late]
    u, v = commanded[early][kept], measured[late][kept]
    if len(u) < 3:
        return np.zeros((commanded.shape[1], measured.shape[1]))
    u, v = u - u.mean(axis=0), v - v.mean(axis=0)
    size = np.sqrt(np.outer((u * u).sum(axis=0), (v * v).sum(axis=0)))
    product: np.ndarray = u.T @ v
    return np.where(size > 1e-12, product / np.maximum(size, 1e-12), 0.0)


def unexplained(y: np.ndarray, columns: List[np.ndarray]) -> float:
    """Share of the variance of y (k,) that no sum of the columns, (k,) each, explains [1]."""
    x = np.column_stack([*columns, np.ones_like(y)])
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(rest @ rest / max(float(((y - y.mean()) ** 2).sum()), 1e-300))
