"""How a joint follows its commands frequency by frequency: gain, phase, and how surely.

With u the commanded and v the measured velocity, averaged over overlapping Hann windows (Welch),

    H(f) = S_uv(f) / S_uu(f),   coherence(f) = |S_uv|^2 / (S_uu S_vv)

(Bendat, Piersol, "Random Data", 4th ed. 2010, eq. 6.37 and 6.39). Coherence is the share of the
motion at a frequency that the command explains linearly: noise, friction and dead bands lower it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np
from scipy.signal import csd, welch

from rl_manip_gap.recording.signals import Commands, TimeSpan, along_lines, clear_of

HIGHEST = 20.0  # frequencies above are not told: robots' controllers act below [Hz]
COHERENT = 0.8  # a response that explains less of the motion is not drawn as known [1]
_STEP = 0.004  # of the grid that spectra are taken on [s]
_WINDOWS = (4.0, 2.0)  # lengths tried: the longest that gives enough averages [s]
_FEWEST = 5  # windows averaged: coherence of one alone is 1 whatever was measured
_EXCITED = 1e-4  # commands with less power than this share of the strongest excite nothing [1]


@dataclass(frozen=True)
class FrequencyResponse:
    """Of one joint."""

    frequency: np.ndarray  # (F,) increasing, up to HIGHEST [Hz]
    gain: np.ndarray  # (F,) measured over commanded velocity [1]
    phase: np.ndarray  # (F,) of the measured velocity, negative where it is late [rad]
    coherence: np.ndarray  # (F,) [1]
    excited: np.ndarray  # (F,) bool, where the commands have power

    @property
    def known(self) -> np.ndarray:
        """Where commands explain the motion, (F,) bool."""
        return self.excited & (self.coherence >= COHERENT)

    @property
    def bandwidth_hz(self) -> Optional[float]:
        """Where gain is 3 dB below the lowest known frequency's; None where that is not seen."""
        rows = np.flatnonzero(self.known)
        if not len(rows):
            return None
        level = self.gain[rows] / self.gain[rows[0]] * np.sqrt(2.0)
        below = np.flatnonzero(level < 1.0)
        if not len(below) or below[0] == 0:
            return None
        before, after = rows[below[0] - 1], rows[below[0]]
        share = (level[below[0] - 1] - 1.0) / (level[below[0] - 1] - level[below[0]])
        reached = self.frequency[before]
        return float(reached + share * (self.frequency[after] - reached))


def frequency_responses(
    commands: Commands, time: np.ndarray, velocity: np.ndarray, left_out: Sequence[TimeSpan]
) -> List[Optional[FrequencyResponse]]:
    """Of each joint; None where it was not told to move, or the motion is too short to average.

    Args:
        commands: sent to the arm.
        time: (N,) of measured states, increasing [s].
        velocity: (N, n) [rad/s].
        left_out: spans whose motion is not known, or not the commands'.
    """
    unknown: List[Optional[FrequencyResponse]] = [None] * velocity.shape[1]
    for length in _WINDOWS:
        starts = _starts(commands, time, left_out, length)
        if len(starts) >= _FEWEST:
            break
    else:
        return unknown
    grid = starts[:, None] + _STEP * np.arange(round(length / _STEP))
    sent = commands.at(grid.ravel()).reshape(*grid.shape, -1)
    moved = along_lines(time, velocity, grid.ravel()).reshape(*grid.shape, -1)
    return [_response(sent[..., joint], moved[..., joint]) for joint in range(velocity.shape[1])]


def _starts(
    commands: Commands, time: np.ndarray, left_out: Sequence[TimeSpan], length: float
) -> np.ndarray:
    """Where windows begin [s], half of one apart, in motion that is known."""
    first, last = max(time[0], commands.time[0]), time[-1]
    starts = np.arange(first, last - length, 0.5 * length)
    return starts[clear_of(left_out, starts, starts + length)]


def _response(sent: np.ndarray, moved: np.ndarray) -> Optional[FrequencyResponse]:
    """From commanded and measured velocity (W, k) [rad/s], a window a row."""
    shape = {"fs": 1.0 / _STEP, "nperseg": sent.shape[1], "axis": -1}
    frequency, power = welch(sent, **shape)
    cross = csd(sent, moved, **shape)[1].mean(axis=0)
    power, answer = power.mean(axis=0), welch(moved, **shape)[1].mean(axis=0)
    shown = (frequency > 0.0) & (frequency <= HIGHEST)
    frequency, power, cross, answer = (x[shown] for x in (frequency, power, cross, answer))
    if not power.max() > 0.0:
        return None
    response = cross / np.maximum(power, 1e-300)
    return FrequencyResponse(
        frequency=frequency,
        gain=np.abs(response),
        phase=np.unwrap(np.angle(response)),
        coherence=np.abs(cross) ** 2 / np.maximum(power * answer, 1e-300),
        excited=power >= _EXCITED * power.max(),
    )
