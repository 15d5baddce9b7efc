"""Whether a joint's velocity is proportional to its command: no saturation and no dead band."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence

import numpy as np

from rl_manip_gap.validity.following import Following
from rl_manip_gap.validity.gate import DEAD_BAND, SATURATED, FailedGate, listed
from rl_manip_gap.validity.matched import Matched, unexplained

# A bent line has one figure more than a straight one: it must halve what the straight one leaves
# unexplained, and that must be more than noise and a servo's swinging leave [1].
_HALVES = 0.5
_BENT = 2e-3
_LEVELS = np.linspace(0.1, 0.95, 18)  # of the largest command, tried as the bend [1]
_FINER = np.linspace(-0.05, 0.05, 11)  # the same around the best of them [1]
_CUT = 0.9  # a saturation above this share of the largest command changes little [1]
_OFTEN = 0.03  # commands beyond the bend at least this often [1]
_SMALLEST_BAND = 0.005  # [rad/s]


class _Bend(NamedTuple):
    kind: str
    at: float  # command at which the line bends [rad/s]
    rest: float  # unexplained share [1]


def shapes(matched: Matched, found: Sequence[Following], names: Sequence[str]) -> List[FailedGate]:
    """Joints that followed, but not in proportion."""
    bends = {
        names[joint]: bend
        for joint, one in enumerate(found)
        if one.excited and not one.fails and (bend := _bend(matched, joint, one.lag))
    }
    gates = []
    for kind, says, remedy in (
        (
            SATURATED,
            "got no faster than {} for larger commands",
            "Command less than that speed, or raise the driver's limit and tell it to the arm's "
            "file.",
        ),
        (
            DEAD_BAND,
            "ignored commands below {}",
            "Look for a dead band in the driver or controller and take it out, or command beyond "
            "it.",
        ),
    ):
        mine = {name: bend.at for name, bend in bends.items() if bend.kind == kind}
        if not mine:
            continue
        each = listed([f"{name} {says.format(f'{at:.3f} rad/s')}" for name, at in mine.items()])
        measured = {f"at_{name}_rad_s": at for name, at in mine.items()}
        gates.append(FailedGate(kind, tuple(mine), each, remedy, measured))
    return gates


def _bend(matched: Matched, joint: int, lag: float) -> Optional[_Bend]:
    """The bend of one joint's answer; None where it is a straight line."""
    _, command, velocity = matched.pair(joint, lag)
    straight = unexplained(velocity, [command])
    if straight < _BENT:
        return None
    largest = float(np.quantile(np.abs(command), 0.999))
    best = min(
        (_best(kind, largest, command, velocity) for kind in (SATURATED, DEAD_BAND)),
        key=lambda bend: bend.rest,
    )
    if best.rest > _HALVES * straight:
        return None
    beyond = np.abs(command) > best.at if best.kind == SATURATED else np.abs(command) < best.at
    matters = best.at < _CUT * largest if best.kind == SATURATED else best.at > _SMALLEST_BAND
    return best if matters and beyond.mean() > _OFTEN else None


def _best(kind: str, largest: float, command: np.ndarray, velocity: np.ndarray) -> _Bend:
    """The level at which a bent command explains the velocity best, to a hundredth."""
    level = _lowest(kind, _LEVELS * largest, command, velocity).at
    return _lowest(kind, np.maximum(level + _FINER * largest, 0.0), command, velocity)


def _lowest(kind: str, levels: np.ndarray, command: np.ndarray, velocity: np.ndarray) -> _Bend:
    """The best of some levels [rad/s]."""
    rests = []
    for level in levels:
        within = np.clip(command, -level, level)
        rests.append(unexplained(velocity, [within if kind == SATURATED else command - within]))
    top = int(np.argmin(rests))
    return _Bend(kind, float(levels[top]), rests[top])
