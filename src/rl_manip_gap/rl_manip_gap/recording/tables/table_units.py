"""In which units a table was logged: found by what can be true of an arm."""

from __future__ import annotations

from typing import List, Optional, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.irregularities import BagError

TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
ANGLE_UNITS = {"rad": 1.0, "deg": np.pi / 180.0}
# Logs have 4 to 4000 rows a second: the largest unit in which rows are no further apart is meant.
_LONGEST_PERIOD = 0.25  # [s]
_RARELY = 10.0  # between rows that are further apart, where an arm cannot have moved faster [s]
_OVER = 0.2  # [rad] by which a logged joint may be beyond its limit
_FASTER = 1.5  # times its highest speed that a logged joint may seem to move
_FEW = 0.01  # share of the rows in which more is forgiven
_FACTOR = 1.3  # by which a logged velocity may differ from the positions' change


def time_units_of(time: np.ndarray, name: str) -> List[str]:
    """The units that a time (rows,) may be in by the distance of its rows, the likeliest first.

    Raises:
        BagError: it stands still.
    """
    steps = np.abs(np.diff(time))
    period = float(np.median(steps[steps > 0.0])) if np.any(steps > 0.0) else 0.0
    if period <= 0.0:
        raise BagError(f"{name} does not rise: name the column of the time, or give --rate.")
    likely = [u for u, scale in TIME_UNITS.items() if period * scale <= _LONGEST_PERIOD] or ["ns"]
    rare = [
        unit for unit, scale in TIME_UNITS.items() if _LONGEST_PERIOD < period * scale <= _RARELY
    ]
    return [likely[0], *rare]


def angle_unit_of(position: np.ndarray, time: np.ndarray, arm: Arm, given: str = "") -> str:
    """The unit of positions (rows, n) at times (rows,) [s], which a person may have given.

    Raises:
        BagError: the arm cannot have been there; says which joint and why.
    """
    beyond = _beyond_limits(position, arm)
    if not given and beyond and not _wrong_with(ANGLE_UNITS["deg"] * position, time, arm):
        return "deg"
    unit = given or "rad"
    if wrong := _wrong_with(ANGLE_UNITS[unit] * position, time, arm):
        hint = "" if given else ", or give --time-unit or --angle-unit"
        raise BagError(
            f"these cannot be positions of the {arm.name} in {unit}: {wrong}; check --position, "
            f"--time and --arm{hint}."
        )
    return unit


def _wrong_with(position: np.ndarray, time: np.ndarray, arm: Arm) -> str:
    """Why an arm cannot have been at positions (rows, n) [rad]; empty where it can."""
    return _beyond_limits(position, arm) or _too_fast(position, time, arm)


def velocity_scale(
    velocity: np.ndarray, position: np.ndarray, time: np.ndarray, what: str
) -> Tuple[float, str]:
    """What turns logged velocities (rows, n) into [rad/s], and their unit.

    Args:
        velocity: as logged.
        position: [rad].
        time: [s].
        what: the columns, for a sentence.

    Raises:
        BagError: they do not belong to these positions in any unit.
    """
    ratio = _ratio(velocity, np.gradient(position, time, axis=0))
    if ratio is None:
        return 1.0, "rad"  # nothing moves: there is nothing to tell
    for unit, scale in ANGLE_UNITS.items():
        if 1.0 / _FACTOR <= ratio * scale <= _FACTOR:
            return scale, unit
    raise BagError(
        f"{what} is {ratio:.3g} times as large as the change of the positions: check --{what}, "
        "--position and --time."
    )


def _ratio(velocity: np.ndarray, change: np.ndarray) -> Optional[float]:
    """Size of velocities against the positions' change; None where hardly anything moves."""
    size = np.sqrt(np.mean(change**2))
    if not size > 1e-3:
        return None
    return float(np.sqrt(np.nanmean(velocity**2)) / size)


def _beyond_limits(position: np.ndarray, arm: Arm) -> str:
    limits = arm.limits
    beyond = (position < limits.position_lower - _OVER) | (position > limits.position_upper + _OVER)
    joint = int(np.argmax(beyond.mean(axis=0)))
    if beyond[:, joint].mean() <= _FEW:
        return ""
    reached = position[:, joint]
    return (
        f"{arm.joint_names[joint]} would be at {reached.min():.4g} to {reached.max():.4g} rad, its "
        f"limits are {limits.position_lower[joint]:.4g} and {limits.position_upper[joint]:.4g}"
    )


def _too_fast(position: np.ndarray, time: np.ndarray, arm: Arm) -> str:
    speed = np.abs(np.diff(position, axis=0)) / np.diff(time)[:, None]
    highest = arm.limits.velocity
    fast = (speed > _FASTER * highest).mean(axis=0)
    joint = int(np.argmax(fast))
    if fast[joint] <= _FEW:
        return ""
    often = np.quantile(speed[:, joint], 0.99)
    return (
        f"{arm.joint_names[joint]} would move at {often:.3g} rad/s, it can do {highest[joint]:.3g}"
    )
