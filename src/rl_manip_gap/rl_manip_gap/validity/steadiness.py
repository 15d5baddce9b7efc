"""Whether one delay, one clock and one speed hold for the whole recording."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

import numpy as np
from scipy.integrate import cumulative_trapezoid

from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.signals import clear_of
from rl_manip_gap.validity.following import FOLLOWS, Following
from rl_manip_gap.validity.gate import (
    CLOCK_RATE,
    DELAY_CHANGES,
    SPEED_SCALING,
    VELOCITY,
    FailedGate,
    listed,
)
from rl_manip_gap.validity.matched import Matched, lag_of_top

_BLOCK = 3.0  # a delay is measured anew over each such time [s]
_AROUND = np.arange(-0.06, 0.0601, 0.004)  # lags around the whole recording's [s]
_LIVELY = 0.02  # a joint that is commanded less in a block does not tell its delay [rad/s]
_CLEAR = 0.9  # correlation in a block from which it does [1]
_KNOWN = 0.003  # standard error of a block's delay, larger ones do not count [s]
_TURNS = 10  # of telling blocks and joints apart
_CHANGE = 0.010  # smallest change of the delay that counts [s]
_ERRORS = 6.0  # and in standard errors of a block's delay [1]
_RATE = 0.03  # clocks further apart than that are not one clock [1]
_SLOWEST = 0.2  # a simulation slower than that nobody records: another unit is likelier [1]
_TRAVEL = 0.25  # distances over this time are compared with velocities [s]
_VELOCITY = 0.1  # a joint's velocity may differ that much from its positions' change [1]
_ALIKE = 0.03  # joints whose factors differ less have one cause [1]
_SCALED = 0.1  # a common gain that far from 1 is no servo's [1]
_FULL = 0.99  # speed scaling that counts as full speed [1]


def clock_rate(recording: Recording) -> List[FailedGate]:
    """Stamps against receive times, and positions against velocities."""
    rate = _stamp_rate(recording)
    factors = _travel_factors(recording)
    known = np.array([factor for factor in factors if factor is not None])
    common = float(np.median(known)) if len(known) else 1.0
    alike = len(known) > 1 and float(np.ptp(known)) < _ALIKE * 2.0
    same_clock = abs(rate - 1.0) <= _RATE
    if same_clock and alike and _SLOWEST < common < 1.0 / _SLOWEST:
        rate = common
    if abs(rate - 1.0) > _RATE:
        return [
            FailedGate(
                CLOCK_RATE,
                (),
                f"the time of the joint states ran at {rate:.2f} times that of the commands, as a "
                "simulation's does that is not real-time",
                "Record with all times from one clock: of a simulation that is slower than real "
                "time, the receive times of commands tell nothing.",
                {"rate": rate},
            )
        ]
    wrong = {
        name: factor
        for name, factor in zip(recording.joint_names, factors)
        if factor is not None and abs(factor - 1.0) > _VELOCITY
    }
    if not wrong:
        return []
    each = listed([f"{name} moved {value:.2f} times as far" for name, value in wrong.items()])
    if len(wrong) == len(recording.joint_names) and alike:
        each = f"every joint moved {common:.3f} times as far"
    return [
        FailedGate(
            VELOCITY,
            tuple(wrong),
            f"{each} as its measured velocity says",
            "Check unit and source of the driver's velocities.",
            {f"factor_{name}": value for name, value in wrong.items()},
        )
    ]


def _stamp_rate(recording: Recording) -> float:
    """Stamps' seconds per second of the receive clock, median over pieces without a clock step."""
    states = recording.states
    rates, weights = [], []
    for piece in np.unique(states.segment):
        mine = states.segment == piece
        time, receive = states.time[mine], states.receive_time[mine]
        if len(time) > 10 and np.ptp(receive) > 2.0:
            rates.append(float(np.polyfit(receive - receive[0], time - time[0], 1)[0]))
            weights.append(float(np.ptp(receive)))
    return float(rates[int(np.argmax(weights))]) if rates else 1.0


def _travel_factors(recording: Recording) -> List[Optional[float]]:
    """Distances by positions over distances by velocities, per joint; None where nothing tells."""
    states = recording.states
    time = states.time
    period = float(np.median(np.diff(time)))
    every = max(2, round(_TRAVEL / max(period, 1e-4)))
    rows = np.arange(0, len(time), every)
    none: List[Optional[float]] = [None] * states.position.shape[1]
    if period > 0.05 or len(rows) < 10:
        return none
    clear = clear_of(states.pauses, time[rows[:-1]], time[rows[1:]])
    clear &= np.diff(time[rows]) < 2.0 * every * period
    factors = []
    for position, velocity in zip(states.position.T, states.velocity.T):
        area = cumulative_trapezoid(velocity, time, initial=0.0)
        moved, said = np.diff(position[rows])[clear], np.diff(area[rows])[clear]
        size = float(said @ said)
        enough = len(said) > 5 and np.std(said) > 0.02 * _TRAVEL
        fits = float(moved @ said) ** 2 > 0.9 * size * float(moved @ moved)
        factors.append(float(moved @ said) / size if enough and fits else None)
    return factors


def speed_scaling(recording: Recording, found: Sequence[Following]) -> List[FailedGate]:
    """A speed slider below full speed, or what looks like one."""
    gains = [one.gain for one in found if one.excited and not one.fails]
    if not gains:
        return []
    gain = float(np.median(gains))
    seen = recording.speed_scaling
    measured = {"gain": gain}
    if seen is not None and len(seen.time):
        begin, end = recording.sent.time[0], recording.sent.time[-1]
        inside = (seen.time >= begin) & (seen.time <= end)
        shares = seen.values[inside if inside.any() else slice(None), 0] / 100.0
        low, high = float(shares.min()), float(shares.max())
        if low < _FULL and abs(gain - 1.0) > _RATE:
            span = f"{low:.0%}" if high - low < 0.01 else f"{low:.0%} to {high:.0%}"
            return [
                FailedGate(
                    SPEED_SCALING,
                    (),
                    f"the robot's speed slider stood at {span}, and the joints reached "
                    f"{gain:.0%} of what was commanded",
                    "Set the speed slider to 100 % and record again.",
                    {**measured, "lowest_share": low, "highest_share": high},
                )
            ]
        if high <= 1.0 + 1e-6 and low >= _FULL:
            return []
    alike = len(gains) > 1 and float(np.ptp(gains)) < 2.0 * _ALIKE * gain
    if not alike or abs(gain - 1.0) <= _SCALED:
        return []
    return [
        FailedGate(
            SPEED_SCALING,
            (),
            f"all joints reached {gain:.0%} of what was commanded, alike: so does a speed slider "
            "that is not at 100 %, and no servo",
            "Look at the robot's speed slider, and record its topic too.",
            measured,
        )
    ]


def delay_changes(matched: Matched, found: Sequence[Following]) -> List[FailedGate]:
    """Whether the delay at one time of the recording is another than at another."""
    blocks = _block_delays(matched, found)
    if len(blocks) < 3:
        return []
    delay, error = np.array([block[0] for block in blocks]), np.array([b[1] for b in blocks])
    spread = float(np.ptp(delay))
    if spread < max(_CHANGE, _ERRORS * float(np.median(error))):
        return []
    middle = float(np.median([one.lag for one in found if one.excited and not one.fails]))
    low, high = middle + float(delay.min()), middle + float(delay.max())
    return [
        FailedGate(
            DELAY_CHANGES,
            (),
            f"the delay was not one: over {_BLOCK:g} s at a time it lay between {low * 1e3:.0f} "
            f"and {high * 1e3:.0f} ms",
            f"Train with an action_delay that spans {(high - low) * 1e3:.0f} ms, or look for what "
            "delays commands now and then: a loaded network or computer.",
            {"lowest_s": low, "highest_s": high},
        )
    ]


def _block_delays(matched: Matched, found: Sequence[Following]) -> List[Tuple[float, float]]:
    """Delay of each block beyond the whole recording's, and its standard error [s]."""
    joints = [
        index
        for index, one in enumerate(found)
        if one.excited and not one.fails and one.correlation >= FOLLOWS
    ]
    length = round(_BLOCK / matched.step)
    count = len(matched.time) // length
    delays = np.full((count, len(joints)), np.nan)
    for column, joint in enumerate(joints):
        place = np.arange(len(matched.time), dtype=float)
        lag = found[joint].lag
        sent = np.stack(
            [
                np.interp(place - (lag + more) / matched.step, place, matched.commanded[:, joint])
                for more in _AROUND
            ]
        )
        margin = int(np.ceil((lag + _AROUND[-1]) / matched.step))
        for block in range(count):
            part = slice(max(block * length, margin), (block + 1) * length)
            if part.stop - part.start < length // 2 or not matched.known[part].all():
                continue
            delay = _own_delay(sent[:, part], matched.measured[part, joint])
            if delay is not None:
                delays[block, column] = delay
    delays = delays[np.isfinite(delays).sum(axis=1) >= 2]
    delays = delays[:, np.isfinite(delays).any(axis=0)]
    # Where the delay changes, each joint's own over the whole recording depends on when it moved
    # most: blocks and joints are told apart by turns (Tukey's median polish).
    block_part, joint_part = np.zeros(len(delays)), np.zeros(delays.shape[1])
    for _ in range(_TURNS if delays.size else 0):
        block_part = np.nanmedian(delays - joint_part, axis=1)
        joint_part = np.nanmedian(delays - block_part[:, None], axis=0)
        joint_part -= np.median(joint_part)
    blocks = []
    for own, middle in zip(delays - joint_part, block_part):
        # 1.25: standard error of a median over that of a mean, 1.48: of a deviation's median
        error = 1.25 * 1.48 * float(np.nanmedian(np.abs(own - middle)))
        error /= float(np.isfinite(own).sum()) ** 0.5
        if error < _KNOWN:
            blocks.append((float(middle), max(error, 5e-4)))
    return blocks


def _own_delay(sent: np.ndarray, velocity: np.ndarray) -> Optional[float]:
    """Lag [s] at which commands (L, k), later and later, fit velocities (k,) best."""
    if sent[len(sent) // 2].std() < _LIVELY or velocity.std() < 1e-6:
        return None
    u, v = sent - sent.mean(axis=1, keepdims=True), velocity - velocity.mean()
    r = u @ v / np.maximum(np.linalg.norm(u, axis=1) * np.linalg.norm(v), 1e-300)
    top = int(np.argmax(r))
    if r[top] < _CLEAR or not 0 < top < len(r) - 1:
        return None
    return lag_of_top(_AROUND, r, top)
