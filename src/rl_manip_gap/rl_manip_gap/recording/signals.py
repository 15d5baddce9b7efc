"""What a recording is made of: joint states, commands and goals on one time axis, spans of time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import List, NamedTuple, Optional, Sequence, TypeVar, Union

import numpy as np

# States further apart than both leave open how the arm moved in between.
LONGEST_PAUSE = 0.1  # [s]
_LONGEST_GAP = 2.5  # [periods]


class TimeSpan(NamedTuple):
    """From a time to a later one [s]."""

    start: float
    end: float

    def moved(self, by: float) -> TimeSpan:
        """The same so much later [s]."""
        return TimeSpan(self.start + by, self.end + by)


def pauses(time: np.ndarray, longer_than: float) -> List[TimeSpan]:
    """Where neighbouring times (N,) lie further apart than that [s]."""
    return [TimeSpan(time[i], time[i + 1]) for i in np.flatnonzero(np.diff(time) > longer_than)]


def clear_of(spans: Sequence[TimeSpan], start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Which stretches from `start` to `end`, (k,) each [s], meet none of the spans, shape (k,)."""
    clear = np.ones(len(start), dtype=bool)
    for span in spans:
        clear &= (end <= span.start) | (start >= span.end)
    return clear


def rows_in_order(usable: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Where a mask (N,) is true, in the order of times (N,)."""
    rows = np.flatnonzero(usable)
    return rows[np.argsort(time[rows], kind="stable")]


def along_lines(
    time: np.ndarray, values: np.ndarray, at: Union[np.ndarray, Sequence[float]]
) -> np.ndarray:
    """Values (N, n) along straight lines between their times (N,), at times (k,), shape (k, n)."""
    return np.column_stack([np.interp(at, time, column) for column in values.T])


S = TypeVar("S", bound="_Signals")


@dataclass(frozen=True)
class _Signals:
    """Arrays over the same instants, or None, as the fields of a dataclass."""

    def only(self: S, rows: np.ndarray) -> S:
        """The same at some of the instants: at rows, or where a mask is true."""
        parts = (getattr(self, field.name) for field in fields(self))
        return type(self)(*(None if part is None else part[rows] for part in parts))


@dataclass(frozen=True)
class JointStates(_Signals):
    """Measured joints; times in the recorder's clock, see time_base.py."""

    time: np.ndarray  # (N,) since the bag's first message [s]
    position: np.ndarray  # (N, n) [rad]
    velocity: np.ndarray  # (N, n) [rad/s]
    effort: Optional[np.ndarray]  # (N, n) as the driver reports it (UR: motor current [A])
    segment: np.ndarray  # (N,) int, changes where a clock was stepped
    receive_time: np.ndarray  # (N,) when the recorder got each [s]

    @property
    def pauses(self) -> List[TimeSpan]:
        """Where the motion is not known: no states for long, or a clock was stepped."""
        steps = np.flatnonzero(np.diff(self.segment))
        stepped = [TimeSpan(self.time[i], self.time[i + 1]) for i in steps]
        period = float(np.median(np.diff(self.time))) if len(self.time) > 1 else 0.0
        return pauses(self.time, max(LONGEST_PAUSE, _LONGEST_GAP * period)) + stepped


@dataclass(frozen=True)
class Commands(_Signals):
    """Joint velocities sent to the controller; each holds until the next one: a staircase."""

    time: np.ndarray  # (M,) when the recorder got each, increasing [s]
    velocity: np.ndarray  # (M, n) [rad/s]

    def at(self, time: np.ndarray) -> np.ndarray:
        """Command in force at any times (k,), zero before the first, shape (k, n) [rad/s]."""
        index = np.searchsorted(self.time, time, side="right") - 1
        return np.where((index >= 0)[:, None], self.velocity[np.maximum(index, 0)], 0.0)

    def of_joint(self, joint: int) -> Commands:
        """Those to one joint, velocity (M, 1)."""
        return Commands(self.time, self.velocity[:, joint, None])


@dataclass(frozen=True)
class Goals(_Signals):
    """Goals for the tool, or for what it handles; a repeated goal counts once."""

    time: np.ndarray  # (K,) [s]
    pose: np.ndarray  # (K, 7) in the base frame, position [m] and quaternion xyzw

    @property
    def position(self) -> np.ndarray:
        """(K, 3) [m]."""
        return self.pose[:, :3]
