"""Delay and gain of a joint: how late and how fully measured velocity follows the command.

Definitions are in figures.py. The arm holds a command until the next, so the commanded velocity
is a staircase x(t); the measured velocity y(t) is taken as straight lines between its samples.
With Y the integral of y, their cross-correlation is exact in continuous time at every lag,

    integral x(t - lag) y(t) dt = sum_k x_k [Y(t_k+1 + lag) - Y(t_k + lag)]

so it can be evaluated between samples. FFT finds the lag to one sample, the sum above refines it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy.signal import correlate

from rl_manip_gap.metrics.intervals import (
    MIN_BLOCKS,
    Figure,
    block_sums,
    limits,
    median_figure,
    resampling_weights,
)
from rl_manip_gap.metrics.receipt_jitter import sending
from rl_manip_gap.recording.signals import Commands, TimeSpan, clear_of, pauses

MIN_EXCITATION = 0.01  # a command of smaller spread says nothing about its response [rad/s]
_EARLIEST, _LATEST = -0.1, 0.5  # lags searched [s]
_LAGS_PER_SAMPLE = 4  # fine lags per period of the states [1]
_HALF_SPAN = 12  # fine lags on either side of the coarse one
_FIT_SPAN = 2  # fine lags on either side of the top that the parabola is fitted to
_CLIMBS = 50  # times that the fine lags may move on to reach the top
# The line across a longer pause between states, in their periods, is no measured velocity [1]. A
# replay compares positions only where there are states and allows LONGEST_PAUSE.
_GAP = 5.0
_DENSE = 1.5  # commands at most this much sparser than states are dense [1]
_IN_STEP = 0.98  # commands whose phase among the states is that constant are in step [1]
_SHARP = 1e-3  # share of the velocity's variance that a lagged response would explain more [1]


@dataclass(frozen=True)
class JointResponse:
    """Response of one joint."""

    delay_s: Figure  # measured behind commanded velocity [s]
    gain: Figure  # measured over commanded velocity, at that delay [1]
    offset_rad_s: Figure  # measured velocity at zero command [rad/s]
    correlation: float  # of measured and delayed commanded velocity [1]


class _Reading(NamedTuple):
    """What sampling hides of a delay and a gain."""

    later: float  # to be added to the delay [s]
    below: float  # the delay may still be this much shorter [s]
    above: float  # or this much longer [s]
    blur: float  # share by which straight lines between samples may blur the gain [1]


class _Joint(NamedTuple):
    """What is known of one joint."""

    sent: Commands  # to this joint alone
    time: np.ndarray  # (N,) of the measured velocities [s]
    velocity: np.ndarray  # (N,) measured [rad/s]
    excluded: Sequence[TimeSpan]

    def command(self, time: np.ndarray) -> np.ndarray:
        """Command in force at times (k,), shape (k,) [rad/s]."""
        return self.sent.at(time)[:, 0]


class _Integral:
    """Integral of straight lines through samples, at any time."""

    def __init__(self, time: np.ndarray, value: np.ndarray) -> None:
        self._time, self._value = time, value
        steps = np.diff(time)
        self._slope = np.diff(value) / np.maximum(steps, 1e-12)
        areas = 0.5 * (value[1:] + value[:-1]) * steps
        self._sum = np.concatenate([[0.0], np.cumsum(areas)])

    def cells(self, time: np.ndarray) -> np.ndarray:
        return np.clip(np.searchsorted(self._time, time, "right") - 1, 0, len(self._slope) - 1)

    def at(self, time: np.ndarray, cell: np.ndarray) -> np.ndarray:
        within = time - self._time[cell]
        return self._sum[cell] + within * (self._value[cell] + 0.5 * within * self._slope[cell])


def joint_responses(
    commands: Commands, time: np.ndarray, velocity: np.ndarray, excluded: Sequence[TimeSpan] = ()
) -> List[Optional[JointResponse]]:
    """Response of every joint; see `joint_response`."""
    joints = range(velocity.shape[1])
    return [joint_response(commands, time, velocity, joint, excluded=excluded) for joint in joints]


def overall_response(responses: Sequence[Optional[JointResponse]]) -> Dict[str, Figure]:
    """delay_s and gain, medians over the joints that moved; empty where none did."""
    known = [response for response in responses if response is not None]
    names = ("delay_s", "gain") if known else ()
    return {name: median_figure([getattr(one, name) for one in known]) for name in names}


def joint_response(
    commands: Commands,
    time: np.ndarray,
    velocity: np.ndarray,
    joint: int,
    block_s: float = 1.0,
    excluded: Sequence[TimeSpan] = (),
) -> Optional[JointResponse]:
    """Response of one joint, or None where command or motion are too small to tell.

    Args:
        commands: velocities sent to all joints.
        time: (N,) times of the measured velocities [s].
        velocity: (N, n) measured [rad/s].
        joint: which.
        block_s: length of the blocks that the intervals are drawn over [s].
        excluded: spans to leave out, such as stops of the robot program.
    """
    case = _Joint(commands.of_joint(joint), time, velocity[:, joint], excluded)
    too_little = np.std(case.command(time)) < MIN_EXCITATION
    if too_little or np.std(case.velocity) < 0.1 * MIN_EXCITATION:
        return None
    period = float(np.median(np.diff(time)))
    coarse = _coarse_lag(case, max(period, 1e-3))
    sent = sending(case.sent, time, case.velocity, coarse, excluded)
    if sent.commands is not case.sent:
        case = case._replace(sent=sent.commands)
        coarse = _coarse_lag(case, max(period, 1e-3))
    around = period / _LAGS_PER_SAMPLE * np.arange(-_HALF_SPAN, _HALF_SPAN + 1)
    for _ in range(_CLIMBS):
        lags = coarse + around
        sums = _correlation_sums(case, lags, block_s)
        if len(sums) == 0:
            return None
        values = _respond(lags, sums.sum(axis=0))
        # The FFT's correlation is not normalised, and for a slow motion its top lies elsewhere.
        if abs(values[0] - coarse) < around[-1] - (_FIT_SPAN + 1) * (around[1] - around[0]):
            break
        coarse = float(values[0])
    reading = _reading(case, float(values[0]), period)
    correlation = float(values[3])
    values = (values[0] + reading.later + 0.5 * sent.earlier, values[1], values[2])
    if len(sums) < MIN_BLOCKS:
        delay, gain, offset = (Figure(float(value)) for value in values)
        return JointResponse(delay, gain, offset, correlation)
    replicates = _respond(lags, np.tensordot(resampling_weights(len(sums)), sums, axes=1))
    ends = [limits(value, samples, len(sums)) for value, samples in zip(values, replicates)]
    unsure = 0.5 * sent.earlier
    ends[0] = ends[0] + np.array([-reading.below - unsure, reading.above + unsure])
    ends[1] = ends[1] + reading.blur * np.abs(values[1]) * np.array([-1.0, 1.0])
    delay, gain, offset = (
        Figure(float(value), (float(low), float(high))) for value, (low, high) in zip(values, ends)
    )
    return JointResponse(delay, gain, offset, correlation)


def _coarse_lag(case: _Joint, step: float) -> float:
    """Lag of the largest cross-correlation, to one sample [s]."""
    grid = np.arange(case.time[0], case.time[-1], step)
    x = case.command(grid)
    y = np.interp(grid, case.time, case.velocity)
    shifts, correlation = cross_correlation((x - x.mean())[:, None], (y - y.mean())[:, None])
    lags = shifts * step
    within = (lags >= _EARLIEST) & (lags <= _LATEST)
    return float(lags[within][np.argmax(correlation[within])])


def cross_correlation(early: np.ndarray, late: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Sums over samples and columns of early[k] late[k + shift] at every shift, by FFT.

    Args:
        early: (N, n).
        late: (M, n).

    Returns:
        Shifts [samples] and the sums at them, (N + M - 1,) each.
    """
    sums = sum(correlate(b, a, method="fft") for a, b in zip(early.T, late.T))
    return np.arange(len(sums)) - (len(early) - 1), sums


def _correlation_sums(case: _Joint, lags: np.ndarray, block_s: float) -> np.ndarray:
    """Per block and lag the integrals of 1, x, y, xx, xy, yy, shape (B, T, 6)."""
    time = case.time
    edges, x = _stairs(case, block_s)
    low, high = time[0] - lags[0], time[-1] - lags[-1]
    unknown = [*pauses(time, _GAP * np.median(np.diff(time))), *case.excluded]
    usable = (edges[:-1] >= low) & (edges[1:] <= high)
    usable &= clear_of(unknown, edges[:-1] + lags[0], edges[1:] + lags[-1])
    starts, ends, x = edges[:-1][usable], edges[1:][usable], x[usable]
    if len(x) == 0:
        return np.empty((0, len(lags), 6))
    block = np.unique(np.floor((starts - starts[0]) / block_s + 1e-9), return_inverse=True)[1]
    length = ends - starts
    own = block_sums(np.column_stack([length, x * length, x * x * length]), block)
    sums = np.empty((len(own), len(lags), 6))
    sums[:, :, (0, 1, 3)] = own[:, None]
    area, energy = _Integral(time, case.velocity), _Integral(time, case.velocity**2)
    for index, lag in enumerate(lags):
        first, last = area.cells(starts + lag), area.cells(ends + lag)
        y = area.at(ends + lag, last) - area.at(starts + lag, first)
        yy = energy.at(ends + lag, last) - energy.at(starts + lag, first)
        sums[:, index, (2, 4, 5)] = block_sums(np.column_stack([y, x * y, yy]), block)
    return sums


def _stairs(case: _Joint, block_s: float) -> Tuple[np.ndarray, np.ndarray]:
    """Edges (m+1,) and heights (m,) of the command's stairs, cut where blocks end."""
    first, last = case.sent.time[0], case.sent.time[-1]
    cuts = first + block_s * np.arange(1, int((last - first) / block_s) + 1)
    edges = np.union1d(case.sent.time, cuts)
    return edges, case.command(edges[:-1])


def _respond(lags: np.ndarray, sums: np.ndarray) -> Tuple[np.ndarray, ...]:
    """Delay [s], gain [1], offset [rad/s] and correlation [1] from sums (..., T, 6)."""
    length, x, y, xx, xy, yy = np.moveaxis(sums, -1, 0)
    length = np.maximum(length, 1e-12)
    x, y = x / length, y / length
    xx, xy, yy = xx / length - x * x, xy / length - x * y, yy / length - y * y
    xx = np.maximum(xx, 1e-300)
    correlation = xy / np.sqrt(xx * np.maximum(yy, 1e-300))
    top = np.clip(np.argmax(correlation, axis=-1), _FIT_SPAN, len(lags) - 1 - _FIT_SPAN)
    around = top[..., None] + np.arange(-_FIT_SPAN, _FIT_SPAN + 1)
    a, b, _ = _parabola(np.take_along_axis(correlation, around, axis=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.clip(np.where(a < 0.0, -b / (2.0 * a), 0.0), -_FIT_SPAN, _FIT_SPAN)

    def at_top(values: np.ndarray) -> np.ndarray:
        p, q, r = _parabola(np.take_along_axis(values, around, axis=-1))
        return p * shift**2 + q * shift + r

    gain = xy / xx
    delay = lags[top] + shift * (lags[1] - lags[0])
    return delay, at_top(gain), at_top(y - gain * x), np.minimum(at_top(correlation), 1.0)


def _parabola(values: np.ndarray) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least-squares a k^2 + b k + c through values (..., 2 span + 1) at k = -span..span."""
    k = np.arange(values.shape[-1]) - values.shape[-1] // 2
    inverse = np.linalg.pinv(np.column_stack([k * k, k, np.ones_like(k)]))
    a, b, c = np.moveaxis(values @ inverse.T, -1, 0)
    return a, b, c


def _reading(case: _Joint, delay: float, period: float) -> _Reading:
    """What sampling hides of a delay.

    A response as sharp as the command is seen only at the next sample: where the commands' clock
    keeps step with the states', the samples cannot show when within a period it came. And a
    staircase of dense commands is half a stair late against the smooth signal that it samples.
    Both matter only where no lagged response explains the motion better than a pure delay.
    """
    resolution, blur = 0.05 * period, 1e-3
    time, sent = case.time, case.sent.time
    interval = float(np.median(np.diff(sent))) if len(sent) > 1 else np.inf
    dense = interval <= _DENSE * period
    later = 0.5 * interval if dense else 0.0
    inside = (time > sent[0] + 0.5) & (time < sent[-1] - 0.5)
    for span in case.excluded:
        inside &= (time < span.start) | (time > span.end + delay)
    if inside.sum() < 50:
        return _Reading(0.0, resolution, resolution, blur)

    def command(shift: float) -> np.ndarray:
        at = time[inside] - delay - shift
        if dense:
            return np.interp(at - later, sent, case.sent.velocity[:, 0])
        return case.command(at)

    taps = np.column_stack([command(k * period) for k in (0, -2, -1, 1, 2)])
    taps, y = taps - taps.mean(axis=0), case.velocity[inside] - case.velocity[inside].mean()
    unexplained = [
        float(np.mean((y - part @ np.linalg.lstsq(part, y, rcond=None)[0]) ** 2) / np.mean(y**2))
        for part in (taps[:, :1], taps)
    ]
    if unexplained[0] - unexplained[1] > _SHARP:
        return _Reading(0.0, resolution, resolution, blur)
    if dense:
        return _Reading(later, resolution, resolution, blur)
    phases = np.exp(2j * np.pi * np.mod(sent - time[0], period) / period)
    in_step = float(np.abs(phases.mean()))  # 1: always the same phase, 0: any phase
    hidden = 0.5 * period * in_step
    blur += 0.02 * period / interval  # lines between samples round the corners of a staircase
    if in_step > _IN_STEP:
        return _Reading(hidden, 2.0 * hidden, resolution, blur)
    return _Reading(0.0, hidden + resolution, hidden + resolution, blur)
