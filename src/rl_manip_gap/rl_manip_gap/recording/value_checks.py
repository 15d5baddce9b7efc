"""Which recorded values an arm can have had; the others come from damaged bytes."""

from __future__ import annotations

from typing import Dict

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.irregularities import Irregularities
from rl_manip_gap.recording.isolated_values import isolated_values

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


def possible_states(
    values: Dict[str, np.ndarray], readable: np.ndarray, name: str, noted: Irregularities
) -> np.ndarray:
    """Rows whose positions and velocities an arm can have, shape (N,)."""
    position, velocity = values["position"], values["velocity"]
    # A driver that sends no velocities leaves them empty, which is no damage.
    silent = np.isnan(velocity[readable]).all()
    finite = np.isfinite(position).all(axis=1) & (silent | np.isfinite(velocity).all(axis=1))
    noted.add("non_finite_states", name, readable & ~finite, "left out: NaN or infinite")
    with np.errstate(invalid="ignore"):
        small = (np.abs(position) < _IMPOSSIBLE).all(axis=1)
        small &= silent | (np.abs(velocity) < _IMPOSSIBLE).all(axis=1)
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
    arm: Arm,
    noted: Irregularities,
) -> np.ndarray:
    """Which states (k,) at rows, in order of time, no motion of the arm leads to and from."""
    period = _period(time)
    change = _ISOLATED_CHANGE * arm.limits.acceleration * period
    lone = isolated_values(values["position"][rows], _ISOLATED_POSITION + change * period)
    velocity = values["velocity"][rows]
    if np.isfinite(velocity).all():
        lone |= _isolated_velocities(velocity, period, arm)
    noted.add(
        "lone_states",
        arm.controller.joint_state_topic,
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
    velocity: np.ndarray, time: np.ndarray, arm: Arm, noted: Irregularities
) -> np.ndarray:
    """Which commands (k, n) [rad/s], in order of time, no guard would have let through."""
    lone = _isolated_velocities(velocity, _period(time), arm)
    noted.add(
        "lone_commands",
        arm.controller.command_topic,
        lone,
        "left out: one command alone, unlike those before and behind it",
    )
    return lone


def _period(time: np.ndarray) -> float:
    """Usual time from one message to the next, 0 for a single one [s]."""
    return float(np.median(np.diff(time))) if len(time) > 1 else 0.0


def _isolated_velocities(velocity: np.ndarray, period: float, arm: Arm) -> np.ndarray:
    """Which rows of velocities (k, n) [rad/s], a period [s] apart, are not of one motion."""
    change = _ISOLATED_CHANGE * arm.limits.acceleration * period
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
