"""One time axis for a recording: stamps where they are good, corrected to the receive clock.

Commands carry no stamp, so every time of a recording is expressed in the recorder's receive
clock. Joint states carry the driver's stamp, which is free of the transport's and recorder's
jitter: stamp + offset is used, where the offset is the lower envelope of (receive - stamp), the
fastest transport seen. What remains unknown is that fastest transport time; on one computer it
is well under a millisecond, and it adds to the delay that is reported.
Offset and drift between two clocks by the lower envelope: Moon, Skelly, Towsley, "Estimation and
removal of clock skew from network delay measurements", INFOCOM 1999.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import List

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from rl_manip_gap.bags.irregularities import Irregularities

CLOCK_STEP = 0.02  # smallest change of (receive - stamp) that counts as a step of a clock [s]
_NEIGHBOURHOOD = 1.0  # how long such a change must last [s]
_DRIFT_FROM = 20.0  # shorter pieces get an offset but no drift [s]
_WRONG_STAMP = 0.5  # a lone stamp that far off its neighbours is wrong [s]
# Nothing arrives before it was sent: a few messages that came earlier than those around them by
# far more than the transport varies have a wrong time, and would draw the envelope down.
_AROUND = 100  # messages that a transport time is compared with
_EARLIER = 1e-3  # [s]
_VARIATION = 5.0  # times the span from their fastest tenth to their median [1]
_SAME = 1e-6  # times that differ by less are one clock's readings copied [s]
_FEWEST = 5  # messages; fewer say nothing of a transport
_BINS = 200  # minima that the envelope is drawn through


@dataclass(frozen=True)
class TimeBase:
    """Times of the joint states kept, and how to bring other topics onto the same axis."""

    time: np.ndarray  # (k,) increasing within a segment [s]
    rows: np.ndarray  # (k,) index of the messages kept
    segment: np.ndarray  # (k,) int, changes where a clock was stepped
    step_arrivals: np.ndarray  # (s,) first arrival behind each step of the receive clock
    step_sizes: np.ndarray  # (s,) what that step added to receive times [s]

    def only(self, keep: np.ndarray) -> TimeBase:
        """The same without some of the messages kept; keep (k,) bool."""
        return replace(self, time=self.time[keep], rows=self.rows[keep], segment=self.segment[keep])

    def corrected_receive(self, arrival: np.ndarray, receive: np.ndarray) -> np.ndarray:
        """Receive times with the steps of the receive clock taken out, shape (n,) [s]."""
        passed = np.searchsorted(self.step_arrivals, arrival, side="right")
        return receive - np.concatenate([[0.0], np.cumsum(self.step_sizes)])[passed]


def build_time_base(
    arrival: np.ndarray,
    receive: np.ndarray,
    stamp: np.ndarray,
    topic: str,
    noted: Irregularities,
) -> TimeBase:
    """Time axis from one topic's arrival order, receive times [s] and stamps [s], each (n,)."""
    if np.ptp(stamp) == 0.0:
        noted.add("no_stamps", topic, len(stamp), "stamps do not move; receive times were used")
        stamp = receive
    rows = _without_wrong_stamps(receive, stamp, topic, noted)
    arrival, receive, stamp = arrival[rows], receive[rows], stamp[rows]
    steps = _clock_steps(receive, stamp)
    noted.add("clock_steps", topic, len(steps), "a clock was set while recording")
    segment = np.searchsorted(steps, np.arange(len(rows)), side="right")
    base = TimeBase(
        np.empty(0), rows, segment, arrival[steps], _receive_jumps(receive, stamp, steps)
    )
    receive = base.corrected_receive(arrival, receive)

    time = np.empty(len(rows))
    kept = np.ones(len(rows), dtype=bool)
    for piece in range(len(steps) + 1):
        mine = np.flatnonzero(segment == piece)
        time[mine] = stamp[mine] + lower_envelope(receive[mine], stamp[mine])
        backwards = int((np.diff(stamp[mine]) < 0.0).sum())
        noted.add("out_of_order_stamps", topic, backwards, "older than the message before")
        _, first = np.unique(stamp[mine], return_index=True)
        kept[mine] = False
        kept[mine[first]] = True
    noted.add("duplicate_stamps", topic, ~kept, "the first of them was used")

    order = np.lexsort((time, segment))
    order = order[kept[order]]
    return TimeBase(time[order], rows[order], segment[order], base.step_arrivals, base.step_sizes)


def sender_times(receive: np.ndarray, sent: np.ndarray) -> np.ndarray:
    """Times (N,) in the receive clock at which messages were sent, free of the recorder's jitter.

    Args:
        receive: (N,) receive times without steps of their clock, in the order of the bag [s].
        sent: (N,) sender's times in any clock [s]; where they tell nothing, or their clock was
            stepped, the receive times remain.
    """
    if len(sent) < _FEWEST or np.ptp(sent) == 0.0 or np.abs(receive - sent).max() < _SAME:
        return receive
    rows = _without_wrong_stamps(receive, sent, "", Irregularities())
    lag = receive[rows] - sent[rows]
    if len(rows) < _FEWEST or np.ptp(lag) > np.ptp(receive) or len(_clock_steps(receive, sent)):
        return receive
    time = receive.copy()
    time[rows] = sent[rows] + lower_envelope(receive[rows], sent[rows])
    return time


def _without_wrong_stamps(
    receive: np.ndarray, stamp: np.ndarray, topic: str, noted: Irregularities
) -> np.ndarray:
    """Rows whose stamp is not a lone outlier, shape (k,)."""
    lag = receive - stamp
    if len(lag) < 5:
        return np.arange(len(lag))
    padded = np.pad(lag, 2, mode="edge")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    wrong = (np.abs(lag - around) > _WRONG_STAMP) | _too_early(lag)
    noted.add("wrong_stamps", topic, wrong, "far from their neighbours, left out")
    return np.flatnonzero(~wrong)


def _too_early(lag: np.ndarray) -> np.ndarray:
    """Which transport times (N,) are shorter than any can have been, shape (N,)."""
    count = max(1, len(lag) // _AROUND)
    blocks = lag[: count * _AROUND].reshape(count, -1)
    tenth, median = np.quantile(blocks, [0.1, 0.5], axis=1)
    bound = np.pad(median - _EARLIER - _VARIATION * (median - tenth), 1, mode="edge")
    # The mildest of a block's and its neighbours': a clock may have been set between them.
    bound = np.minimum(np.minimum(bound[:-2], bound[2:]), bound[1:-1])
    return lag < bound[np.minimum(np.arange(len(lag)) // _AROUND, count - 1)]


def _clock_steps(receive: np.ndarray, stamp: np.ndarray) -> np.ndarray:
    """Index of the first message behind each lasting change of (receive - stamp), shape (s,)."""
    lag = receive - stamp
    change = np.abs(np.diff(lag))
    period = max(float(np.median(np.abs(np.diff(stamp)))), 1e-6) if len(stamp) > 1 else 1.0
    span = int(np.clip(_NEIGHBOURHOOD / period, 5, 5000))
    steps: List[int] = []
    for index in np.flatnonzero(change > CLOCK_STEP) + 1:
        if steps and index - steps[-1] < min(span, 20):
            continue
        before, after = lag[max(0, index - span) : index], lag[index : index + span]
        # The low end of the lag: a recorder that stalls raises the lag, but not its low end.
        if abs(np.quantile(after, 0.05) - np.quantile(before, 0.05)) > CLOCK_STEP:
            steps.append(int(index))
    return np.array(steps, dtype=np.int64)


def _receive_jumps(receive: np.ndarray, stamp: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """What each step added to the receive clock, zero where the stamps' clock stepped [s]."""
    if len(steps) == 0:
        return np.empty(0)
    by_receive = receive[steps] - receive[steps - 1]
    by_stamp = stamp[steps] - stamp[steps - 1]
    usual = np.median(np.diff(receive))
    receive_stepped = np.abs(by_receive - usual) > np.abs(by_stamp - usual)
    return np.where(receive_stepped, by_receive - by_stamp, 0.0)


def lower_envelope(receive: np.ndarray, stamp: np.ndarray) -> np.ndarray:
    """Lower envelope of (receive - stamp), a straight line over time, shape (n,) [s]."""
    lag = receive - stamp
    lowest = np.full(len(lag), lag.min())
    if np.ptp(stamp) < _DRIFT_FROM:
        return lowest
    # The envelope passes through bin minima; the hull edge under the middle lies below them all
    # and as close as any line can.
    bins = np.minimum((stamp - stamp.min()) / np.ptp(stamp) * _BINS, _BINS - 1).astype(int)
    order = np.lexsort((lag, bins))
    minima = order[np.unique(bins[order], return_index=True)[1]]
    points = np.column_stack([stamp[minima], lag[minima]])
    scale = max(float(np.ptp(points[:, 1])), 1e-12)
    try:
        hull = ConvexHull(points / [np.ptp(stamp), scale])
    except QhullError:  # all minima on one line: any two of them give it
        slope = (points[-1, 1] - points[0, 1]) / (points[-1, 0] - points[0, 0])
        return points[0, 1] + slope * (stamp - points[0, 0])
    middle = stamp.mean()
    for edge, normal in zip(hull.simplices, hull.equations):
        (x0, y0), (x1, y1) = points[edge]
        if normal[1] < 0.0 and min(x0, x1) <= middle <= max(x0, x1):
            return y0 + (y1 - y0) / (x1 - x0) * (stamp - x0)
    return lowest
