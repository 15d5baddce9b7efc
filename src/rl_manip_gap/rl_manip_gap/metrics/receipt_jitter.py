"""Commands whose times are those of their receipt: what the recorder's lateness does to a delay.

A command that is recorded late seems to be followed early. Of a sender that keeps a period the
times of sending are known but for a constant: the lower envelope of the times of receipt. Whether
the sending itself was late, or its recording only, the arm's motion tells: it follows the true
times better. Where it does not tell, both stay possible.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

import numpy as np

from rl_manip_gap.recording.signals import Commands, TimeSpan
from rl_manip_gap.recording.time_base import lower_envelope

_AROUND = 20  # commands of which the fastest receipt is close to the fastest there is
_FEWEST = 50  # commands of a piece; fewer do not show the fastest receipt
_REGULAR = 1e-4  # lateness that changes nothing [s]
_BLOCK = 1.0  # in which the two explanations are compared [s]
_FEWEST_BLOCKS = 5
_CLEAR = 3.0  # standard errors between them that decide [1]
# Closer than stairs of commands, so that where in a stair a response begins is not lost.
_TAPS = 0.003 * np.arange(-9, 10)  # lags around the delay that make the motion of commands [s]


class Sending(NamedTuple):
    """When commands count as sent."""

    commands: Commands
    earlier: float = 0.0  # by how much they may have been sent earlier still, on average [s]


def on_schedule(time: np.ndarray) -> Optional[np.ndarray]:
    """Times (M,) at which a periodic sender sent what was received at times (M,); None of none."""
    if len(time) < _FEWEST or time[-1] <= time[0]:
        return None
    place = np.arange(len(time))
    period = float(np.polyfit(place, time, 1)[0])
    sent = time.copy()
    borders = _drop_outs(time - period * place, period)
    # where a command is missing, it is not clear which neighbours are late: these keep their time
    begins = np.concatenate([[0], borders + _AROUND])
    ends = np.append(borders - _AROUND, len(time))
    pieces = [slice(*ends) for ends in zip(begins, ends) if np.diff(ends)[0] >= _FEWEST]
    if not pieces:
        return None
    slopes = [float(np.polyfit(place[piece], time[piece], 1)[0]) for piece in pieces]
    # a line's slope is known in proportion to the cube of its length
    period = float(np.average(slopes, weights=[(p.stop - p.start) ** 3 for p in pieces]))
    for piece in pieces:
        schedule = period * place[piece]
        sent[piece] = schedule + lower_envelope(time[piece], schedule)
    return sent if _REGULAR < float(np.mean(time - sent)) < period else None


def _drop_outs(late: np.ndarray, period: float) -> np.ndarray:
    """Where commands are missing: from then on even the fastest (M,) [s] come a period later."""
    least = np.lib.stride_tricks.sliding_window_view(late, _AROUND).min(axis=1)
    later = least[_AROUND:] - least[:-_AROUND] > 0.5 * period
    begins = np.flatnonzero(np.diff(np.concatenate([[0], later.astype(int)])) == 1)
    return begins + _AROUND


def sending(
    commands: Commands,
    time: np.ndarray,
    velocity: np.ndarray,
    delay: float,
    excluded: Sequence[TimeSpan],
) -> Sending:
    """When the commands of one joint were sent, as its motion tells.

    Args:
        commands: of the joint (M, 1), at the times of their receipt.
        time: (N,) of the measured velocities [s].
        velocity: (N,) measured [rad/s].
        delay: at which the motion follows, roughly [s].
        excluded: spans that tell nothing.
    """
    schedule = on_schedule(commands.time)
    if schedule is None:
        return Sending(commands)
    planned = Commands(schedule, commands.velocity)
    late = float(np.mean(commands.time - schedule))
    inside = (time > commands.time[0] + 0.5) & (time < commands.time[-1] - 0.5)
    for span in excluded:
        inside &= (time < span.start) | (time > span.end + delay)
    at, moved = time[inside], velocity[inside]
    block = np.floor(at / _BLOCK).astype(int)
    if len(np.unique(block)) < _FEWEST_BLOCKS:
        return Sending(commands, late)
    as_recorded = _left(commands, at, moved, delay)
    as_planned = _left(planned, at, moved, delay + late)
    each = np.unique(block, return_inverse=True)[1]
    gained = np.bincount(each, as_recorded**2 - as_planned**2)
    error = float(np.std(gained, ddof=1) / np.sqrt(len(gained)))
    score = float(gained.mean()) / max(error, 1e-300)
    if score > _CLEAR:
        return Sending(planned)
    return Sending(commands, 0.0 if score < -_CLEAR else late)


def _left(commands: Commands, time: np.ndarray, velocity: np.ndarray, delay: float) -> np.ndarray:
    """What the commands of the last moments leave unexplained of velocities (k,), shape (k,)."""
    columns = [commands.at(time - delay - more)[:, 0] for more in _TAPS]
    known = np.column_stack([*columns, np.ones_like(time)])
    left: np.ndarray = velocity - known @ np.linalg.lstsq(known, velocity, rcond=None)[0]
    return left
