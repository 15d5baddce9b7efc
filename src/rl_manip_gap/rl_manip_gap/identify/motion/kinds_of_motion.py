"""What of recordings is fitted, and what the fit is tried on: motion of another kind if any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple

import numpy as np
from scipy.stats import kurtosis

from rl_manip_gap.recording.recording import Recording, between
from rl_manip_gap.recording.signals import TimeSpan

HELD_OUT = 0.25  # share of a recording of one kind, its end, that the fit does not see [1]
_REST = 1.0  # commands that are zero for so long end a motion [s]
_STILL = 1e-3  # smaller commands are none [rad/s]
_SHORTEST = 5.0  # motion that counts by itself: intervals need five windows of 1 s [s]
# Sums of tones have at most a normal distribution's kurtosis of 3; on the way to goals velocities
# are small most of the time and large for moments, which makes it 5 and more, of 20 s 7 and more.
_BURSTS = 4.0


@dataclass(frozen=True)
class Parts:
    """Parts of recordings."""

    fitted: Tuple[Recording, ...]
    tried: Tuple[Recording, ...]  # what the fit does not see
    another_kind: bool  # whether `tried` is motion of another kind than `fitted`


def parts(recordings: Sequence[Recording]) -> Parts:
    """Tones to fit and moves to try the fit on; else each recording's end for that.

    Moves are motion in bursts: those that excite plays after its tones, or a policy's run.
    """
    found = [part for recording in recordings for part in _motions(recording)]
    moves = tuple(part for part in found if _in_bursts(part))
    tones = tuple(part for part in found if not _in_bursts(part))
    if moves and tones:
        return Parts(tones, moves, True)
    halves = [split(recording) for recording in recordings]
    return Parts(tuple(first for first, _ in halves), tuple(last for _, last in halves), False)


def split(recording: Recording) -> Tuple[Recording, Recording]:
    """All but the end of a recording, and its end."""
    time = recording.states.time
    border = time.min() + (1.0 - HELD_OUT) * (time.max() - time.min())
    return between(recording, -np.inf, border), between(recording, border, np.inf)


def rests(recording: Recording) -> List[TimeSpan]:
    """Where all commands are zero for long [s]."""
    sent = recording.sent
    still = np.abs(sent.velocity).max(axis=1) < _STILL
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(int), [0]])))
    time = np.append(sent.time, max(sent.time[-1], recording.states.time.max()))
    spans = [TimeSpan(time[first], time[last]) for first, last in zip(edges[::2], edges[1::2])]
    return [span for span in spans if span.end - span.start >= _REST]


def _motions(recording: Recording) -> List[Recording]:
    """Parts of a recording between long rests; the whole of it where these are short."""
    borders = [-np.inf, *(0.5 * (rest.start + rest.end) for rest in rests(recording)), np.inf]
    found = [between(recording, *span) for span in zip(borders, borders[1:])]
    long = [part for part in found if len(part.states.time) and part.duration_s >= _SHORTEST]
    return long or [recording]


def _in_bursts(recording: Recording) -> bool:
    """Whether most of a motion's commands are small and few large, over the joints' mean."""
    sent = recording.sent.velocity
    moving = sent[np.abs(sent).max(axis=1) >= _STILL]
    moving = moving[:, moving.std(axis=0) > _STILL] if len(moving) else moving
    if not moving.size:
        return False
    return float(np.mean(kurtosis(moving, fisher=False))) > _BURSTS
