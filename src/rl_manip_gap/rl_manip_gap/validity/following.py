"""Whether each joint followed its commands: it moved, the right way, and the right joint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from rl_manip_gap.metrics.response import MIN_EXCITATION
from rl_manip_gap.validity.gate import (
    NOT_EXCITED,
    NOT_FOLLOWING,
    REVERSED,
    STOOD_STILL,
    SWAPPED,
    UNCOMMANDED,
    FailedGate,
    listed,
)
from rl_manip_gap.validity.matched import Matched, unexplained

FOLLOWS = 0.8  # correlation from which a motion counts as the commanded one [1]
_CLEARLY = 0.9  # correlation from which it counts as another joint's [1]
_TIMES_BETTER = 4.0  # another joint's commands must leave that much less unexplained [1]
_STILL = 0.1  # a joint that reaches less of its commanded velocity stands still [1]
_MOVES = 0.05  # a joint that varies more moves by itself [rad/s]
# A soft servo swings: no delay alone makes its motion of the command, the commands of the last
# moments do. They must leave less than this unexplained [1].
_BY_FILTER = 0.25
_FILTER = np.arange(-0.2, 0.25, 0.05)  # lags around the best one [s]


@dataclass(frozen=True)
class Following:
    """How one joint followed its commands."""

    correlation: float  # of the best positive match [1]
    lag: float  # of that match [s]
    gain: float  # measured over commanded velocity there [1]
    excited: bool  # commanded to move
    fails: str = ""  # kind of gate that it does not pass


def following(matched: Matched, names: Sequence[str]) -> Tuple[List[Following], List[FailedGate]]:
    """How each joint followed, and the gates that joints do not pass."""
    joints = range(len(names))
    known = matched.measured[matched.known]
    commanded, moved = matched.commanded.std(axis=0), known.std(axis=0)
    excited = commanded >= MIN_EXCITATION
    partners = _partners(matched, excited)
    found, wrong = [], []
    for joint in joints:
        correlation, lag = matched.best(joint, joint)
        against, lag_against = matched.best(joint, joint, -1.0)
        _, command, velocity = matched.pair(joint, lag)
        gain = _slope(command, velocity)
        fails, says = "", ""
        if not excited[joint]:
            if moved[joint] > _MOVES and commanded[joint] < 0.1 * moved[joint]:
                fails, says = UNCOMMANDED, "moved without being commanded to"
        elif moved[joint] < _STILL * commanded[joint]:
            fails, says = STOOD_STILL, "was commanded to move and stood still"
        elif (partner := partners[joint]) is not None:
            fails, says = SWAPPED, f"followed the commands of {names[partner]}"
        elif _is_reversed(correlation, lag, against, lag_against):
            fails = REVERSED
            says = f"moved against its commands (correlation {-against:.2f})"
        elif correlation < FOLLOWS and not _filters(matched, joint, lag):
            fails = NOT_FOLLOWING
            says = f"did not follow its commands (correlation {correlation:.2f} at best)"
        found.append(Following(correlation, lag, gain, bool(excited[joint]), fails))
        wrong.append(says)
    gates = _gates(names, found, wrong)
    if not excited.any() and not gates:
        gates = [
            FailedGate(
                NOT_EXCITED,
                (),
                "the commands hardly change "
                f"(by {commanded.max():.4f} rad/s at most, {MIN_EXCITATION:g} needed)",
                "Record a motion in which every joint moves.",
            )
        ]
    return found, gates


def _gates(
    names: Sequence[str], found: Sequence[Following], wrong: Sequence[str]
) -> List[FailedGate]:
    """One failed gate for each kind, in the words of its joints."""
    remedies = {
        SWAPPED: "Check the order of the joints in the controller's configuration against the "
        "order in the arm's file.",
        REVERSED: "Check the sign of that joint in the driver and in the arm's description.",
        STOOD_STILL: "Check that the controller that these commands are for was active and that "
        "the robot program ran.",
        UNCOMMANDED: "Record the topic that moved the arm.",
        NOT_FOLLOWING: "Check that commands and joint states are of one arm and of one time, and "
        "that nothing else moved it.",
    }
    gates = []
    for kind, remedy in remedies.items():
        mine = [index for index, one in enumerate(found) if one.fails == kind]
        if not mine:
            continue
        same = len({wrong[index] for index in mine}) == 1 or kind == NOT_FOLLOWING
        everyone = len(mine) == len(names)
        if same and everyone and len(mine) > 1:
            top = max(found[index].correlation for index in mine)
            said = "no joint followed its commands" if kind == NOT_FOLLOWING else ""
            said = f"{said} (correlation {top:.2f} at best)" if said else ""
            said = said or f"every joint {wrong[mine[0]]}"
        elif kind == SWAPPED:
            said = listed([f"{names[index]} {wrong[index]}" for index in mine])
        elif same and kind != NOT_FOLLOWING:
            said = f"{listed([names[index] for index in mine])} {wrong[mine[0]]}"
        else:
            said = listed([f"{names[index]} {wrong[index]}" for index in mine])
        gates.append(
            FailedGate(
                kind,
                tuple(names[index] for index in mine),
                said,
                remedy,
                {f"correlation_{names[i]}": found[i].correlation for i in mine},
            )
        )
    return gates


def _is_reversed(correlation: float, lag: float, against: float, lag_against: float) -> bool:
    if against < FOLLOWS:
        return False
    alike = abs(against - correlation) <= 0.02
    return abs(lag_against) < abs(lag) if alike else against > correlation


def _partners(matched: Matched, excited: np.ndarray) -> List[Optional[int]]:
    """The other joint whose commands each joint followed; None where it followed its own.

    Joints that move alike, as on the way to a goal, match each other's commands nearly as well as
    their own: only a much better match counts, and every command is followed by one joint.
    """
    n = len(excited)
    best = np.array([[matched.best(i, j)[0] for j in range(n)] for i in range(n)])
    best[~excited] = 0.0
    commands, joints = linear_sum_assignment(-best)
    left = 1.0 - best**2
    partners: List[Optional[int]] = [None] * n
    for command, joint in zip(commands, joints):
        better = left[joint, joint] > _TIMES_BETTER * left[command, joint]
        if command != joint and better and best[command, joint] >= _CLEARLY:
            partners[int(joint)] = int(command)
    return partners


def _filters(matched: Matched, joint: int, lag: float) -> bool:
    """Whether the commands of the last moments explain a joint's motion."""
    time, _, velocity = matched.pair(joint, lag)
    columns = []
    for more in _FILTER:
        then, command, _ = matched.pair(joint, lag + float(more))
        columns.append(np.interp(time, then, command))
    return unexplained(velocity, columns) < _BY_FILTER


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    x = x - x.mean()
    return float(x @ y / max(float(x @ x), 1e-300))
