"""Which recorded values an arm can have had; the others come from damaged bytes.

An sqlite3 bag has no checksums, so a flipped bit gives another number. One that no motion can have
made, there and back again between its neighbours, is seen; a smaller one is not.
"""

from __future__ import annotations

from typing import Dict

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.irregularities import Irregularities

# Larger magnitudes come from damaged bytes, no arm reaches them [rad, rad/s].
_IMPOSSIBLE = 100.0
_FARTHEST_GOAL = 10.0  # no arm reaches farther [m]
_UNIT = 0.01  # a quaternion's length differs from 1 by more only where it is damaged [1]
# What a lone value must exceed: this share of the change that the arm's acceleration limit allows
# from one message to the next (to go there and back would take more jerk than any arm has), and
# what hardly shows in any figure, as the ripple of a control cycle that comes late.
_ISOLATED_CHANGE = 0.1
_MOVED = 0.01  # a joint that covers more has moved [rad]
_FEW_EFFORTS = 0.05  # a larger share of states without efforts: the driver has none [1]
_ISOLATED_VELOCITY = 0.03  # [rad/s]
_ISOLATED_POSITION = 5e-4  # [rad]
_NOISE = 5.0  # times what 99 of 100 values deviate from their neighbours [1]
# A lone value pulls the deviations beside it the other way by half its own; a corner, a step or a
# staircase does not [1].
_PULL = (0.3, 0.7)
_SAMPLE = 5000  # values that the noise is judged by
_FEWEST = 5


def isolated_values(values: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Which rows of a series hold a value unlike the one before and the one behind it.

    Args:
        values: (N, n), finite.
        floor: (n,) smallest deviation from the neighbours' mean that counts.

    Returns:
        (N,) bool; false of the first and the last two rows, and where there are fewer than five:
        what lies only on one side of them does not tell a lone value from a step.
    """
    lone = np.zeros(len(values), dtype=bool)
    if len(values) < _FEWEST:
        return lone
    deviation = values[1:-1] - (values[:-2] + values[2:]) / 2.0
    usual = np.quantile(
        np.abs(deviation[:: max(1, len(deviation) // _SAMPLE)]), 0.99, axis=0, method="lower"
    )
    bound = floor + _NOISE * usual
    row, column = np.nonzero(np.abs(deviation) > bound)
    size = deviation[row, column]
    alone = np.ones(len(row), dtype=bool)
    for side in (-1, 1):
        beside = row + side
        there = (beside >= 0) & (beside < len(deviation))
        pull = np.zeros(len(row))
        pull[there] = -deviation[beside[there], column[there]] / size[there]
        alone &= (pull > _PULL[0]) & (pull < _PULL[1])
    lone[row[alone] + 1] = True
    return lone


def possible_states(
    values: Dict[str, np.ndarray], readable: np.ndarray, name: str, noted: Irregularities
) -> np.ndarray:
    """Rows whose positions and velocities an arm can have, shape (N,)."""
    position, velocity = values["position"], values["velocity"]
    # A velocity that a driver does not know is NaN or left out: differences of positions tell it.
    finite = np.isfinite(position).all(axis=1) & ~np.isinf(velocity).any(axis=1)
    noted.add("non_finite_states", name, readable & ~finite, "left out: NaN or infinite")
    with np.errstate(invalid="ignore"):
        small = ~(np.abs(position) >= _IMPOSSIBLE).any(axis=1)
        small &= ~(np.abs(velocity) >= _IMPOSSIBLE).any(axis=1)
    noted.add(
        "implausible_states",
        name,
        readable & finite & ~small,
        f"left out: beyond {_IMPOSSIBLE:g} rad or rad/s",
    )
    return finite & small


def isolated_states(
    values: Dict[str, np.ndarray],
    rows: np.ndarray,
    time: np.ndarray,
    name: str,
    arm: Arm,
    noted: Irregularities,
) -> np.ndarray:
    """Which states (k,) at rows, in order of time, no motion of the arm leads to and from."""
    period = _period(time)
    change = _ISOLATED_CHANGE * arm.limits.acceleration * period
    lone = isolated_values(values["position"][rows], _ISOLATED_POSITION + change * period)
    velocity = values["velocity"][rows]
    told = np.isfinite(velocity).all(axis=0)
    lone |= _isolated_velocities(velocity[:, told], period, arm.limits.acceleration[told])
    noted.add(
        "lone_states",
        name,
        lone,
        "left out: one reading alone, unlike those before and behind it",
    )
    return lone


def usable_efforts(
    effort: np.ndarray, position: np.ndarray, name: str, noted: Irregularities
) -> np.ndarray:
    """Which states (k,) have efforts (k, n) that can be used; none where the driver has none.

    A driver without current sensing publishes zeros, or nothing.
    """
    finite = np.isfinite(effort).all(axis=1)
    none = np.zeros(len(effort), dtype=bool)
    if not np.isfinite(effort).any():
        return none
    moved = np.ptp(position, axis=0) > _MOVED
    filled = (np.nan_to_num(effort) == 0.0).all(axis=0)
    if filled.all() or (filled & moved).any():
        noted.add("effort_missing", name, int(finite.sum()), "efforts are all zero: taken as none")
        return none
    if finite.mean() < 1.0 - _FEW_EFFORTS:
        noted.add("effort_missing", name, ~finite, "too many without efforts: taken as none")
        return none
    noted.add("non_finite_efforts", name, ~finite, "left out: NaN or infinite effort")
    return finite


def possible_commands(
    velocity: np.ndarray, readable: np.ndarray, name: str, noted: Irregularities
) -> np.ndarray:
    """Rows (N,) of commands (N, n) [rad/s] that can have been sent."""
    with np.errstate(invalid="ignore"):
        possible = (np.abs(velocity) < _IMPOSSIBLE).all(axis=1)
    noted.add(
        "implausible_commands",
        name,
        readable & ~possible,
        f"left out: not finite or beyond {_IMPOSSIBLE:g} rad/s",
    )
    return possible


def isolated_commands(
    velocity: np.ndarray, time: np.ndarray, name: str, arm: Arm, noted: Irregularities
) -> np.ndarray:
    """Which commands (k, n) [rad/s], in order of time, no guard would have let through."""
    lone = _isolated_velocities(velocity, _period(time), arm.limits.acceleration)
    noted.add(
        "lone_commands",
        name,
        lone,
        "left out: one command alone, unlike those before and behind it",
    )
    return lone


def _period(time: np.ndarray) -> float:
    """Usual time from one message to the next, 0 for a single one [s]."""
    return float(np.median(np.diff(time))) if len(time) > 1 else 0.0


def _isolated_velocities(
    velocity: np.ndarray, period: float, acceleration: np.ndarray
) -> np.ndarray:
    """Which rows of velocities (k, n) [rad/s], a period [s] apart, are not of one motion.

    Args:
        velocity: (k, n) [rad/s].
        period: between two rows [s].
        acceleration: (n,) limits [rad/s^2].
    """
    change = _ISOLATED_CHANGE * acceleration * period
    return isolated_values(velocity, _ISOLATED_VELOCITY + change)


def possible_goals(pose: np.ndarray, name: str, noted: Irregularities) -> np.ndarray:
    """Rows (K,) of poses (K, 7) that can be goals."""
    finite = np.isfinite(pose).all(axis=1)
    noted.add("non_finite_goals", name, ~finite, "left out")
    length = np.linalg.norm(pose[:, 3:], axis=1)
    # A sender that means only a position may leave the quaternion empty.
    sound = (np.abs(length - 1.0) < _UNIT) | (length == 0.0)
    sound &= (np.abs(pose[:, :3]) < _FARTHEST_GOAL).all(axis=1)
    noted.add(
        "implausible_goals",
        name,
        finite & ~sound,
        f"left out: beyond {_FARTHEST_GOAL:g} m, or a quaternion that is not of length 1",
    )
    return finite & sound
