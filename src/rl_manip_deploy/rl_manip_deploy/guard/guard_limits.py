"""What the velocity guard keeps the arm within, and the check that refuses unsafe figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Union

import numpy as np

from rl_manip_deploy.guard.braking import Numbers
from rl_manip_description import Arm


class GuardLimitsError(ValueError):
    """A limit is not finite, not positive, or looser than the arm's own."""


# A table's top is z = 0 of the base frame; the flange stays this far above it [m].
FLOOR_HEIGHT = 0.02
TOOL_MARGIN = 0.01  # [m]


@dataclass(frozen=True)
class GuardLimits:
    """Bounds of motion; joint arrays in the arm's order, tool lengths in the base frame."""

    position_lower: np.ndarray  # (n,) [rad]
    position_upper: np.ndarray  # (n,) [rad]
    velocity: np.ndarray  # (n,) [rad/s]
    acceleration: np.ndarray  # (n,) [rad/s^2]
    jerk: np.ndarray  # (n,) [rad/s^3]
    stop_deceleration: np.ndarray  # (n,) [rad/s^2] of a stop; no less than `acceleration`
    stop_jerk: np.ndarray  # (n,) [rad/s^3] of a stop; no less than `jerk`
    tool_lower: np.ndarray  # (3,) [m] lowest corner of the box for the tool; z is the floor
    tool_upper: np.ndarray  # (3,) [m] highest corner
    floor: float = 0.0  # [m] height that no part of the arm goes below
    tool_deceleration: float = 2.0  # [m/s^2] at which faces of the box and floor are approached
    tool_jerk: float = 50.0  # [m/s^3] likewise
    position_margin: float = 0.02  # [rad] kept free before each position limit
    tool_margin: float = TOOL_MARGIN  # [m] kept free before each face and above the floor
    link_margin: float = 0.008  # [m] that two parts of the robot never come nearer than
    # [s] from a command until a state shows it, at most: delays of both and the arm's lag
    response_time: float = 0.05
    hold_time: float = 0.05  # [s] that a command stands until the next one, at most
    settling_time: float = 0.1  # [s] time constant of the last approach to a bound


# Overrides that may only tighten: name -> +1 where smaller is tighter, -1 where larger is.
_TIGHTER = {
    "position_lower": -1,
    "position_upper": 1,
    "velocity": 1,
    "acceleration": 1,
    "jerk": 1,
    "stop_deceleration": 1,
    "stop_jerk": 1,
    "tool_deceleration": 1,
    "tool_jerk": 1,
    "position_margin": -1,
    "tool_margin": -1,
    "link_margin": -1,
    "response_time": -1,
    "hold_time": -1,
    "settling_time": -1,
}
_TOOL_BOX = ("tool_lower", "tool_upper")
_POSITIVE = (
    "velocity",
    "acceleration",
    "jerk",
    "stop_deceleration",
    "stop_jerk",
    "tool_deceleration",
    "tool_jerk",
)
_LONGEST = 1.0  # [s] of any time
_WIDEST = 0.5  # [m or rad] of any margin


def arm_limits(arm: Arm) -> GuardLimits:
    """The arm's own limits; the box holds everything that the tool can reach above the floor.

    With a gripper the tool is between its fingertips, which may come down to the table and, by
    `tool_margin`, no further. A tool that a person gave comes as low as the one whose place it
    takes.
    """
    reach = np.full(3, tool_levers(arm)[0])
    lower, upper = -reach, reach
    upper[2] += arm.chain.origins[0, 2, 3]
    gripper = arm.gripper
    lower[2] = FLOOR_HEIGHT if gripper is None else gripper.fingertip_reach - TOOL_MARGIN
    limits = arm.limits
    return GuardLimits(
        position_lower=limits.position_lower,
        position_upper=limits.position_upper,
        velocity=limits.velocity,
        acceleration=limits.acceleration,
        jerk=limits.jerk,
        stop_deceleration=limits.stop_deceleration,
        stop_jerk=limits.stop_jerk,
        tool_lower=lower,
        tool_upper=upper,
    )


def tool_levers(arm: Arm) -> np.ndarray:
    """Distances that the tool never exceeds from each joint, links stretched, (n,) [m]."""
    links = np.linalg.norm(arm.chain.origins[:, :3, 3], axis=-1)
    links = np.append(links[1:], np.linalg.norm(arm.chain.tool[:3, 3]))
    return np.cumsum(links[::-1])[::-1]


def tightened(arm: Arm, overrides: Mapping[str, object]) -> GuardLimits:
    """The arm's limits with some replaced: {field of `GuardLimits`: number or n numbers}.

    A single number counts for all joints. The tool box may be any box that is not empty, and the
    floor any height within the arm's reach: they are where the arm stands.

    Raises:
        GuardLimitsError: a field is unknown, or its value is not finite, not positive where it
            must be, of the wrong length, or looser than the arm's own.
    """
    own = arm_limits(arm)
    values = {name: _as_field(own, name, value) for name, value in overrides.items()}
    limits = GuardLimits(**{**vars(own), **values})
    for name in _POSITIVE:
        _require_each(getattr(limits, name) > 0.0, name, getattr(limits, name), "more than 0")
    for name in vars(limits):
        most = {"time": _LONGEST, "margin": _WIDEST}.get(name.rpartition("_")[2], np.inf)
        _require_each(getattr(limits, name) <= most, name, getattr(limits, name), f"up to {most}")
    _require_floor(limits, tool_levers(arm)[0])
    for name, sign in _TIGHTER.items():
        bound = getattr(own, name)
        tight = sign * getattr(limits, name) <= sign * bound
        _require_each(tight, name, getattr(limits, name), f"no looser than the arm's {bound}")
    for hard, soft in (("stop_deceleration", "acceleration"), ("stop_jerk", "jerk")):
        least = getattr(limits, soft)
        enough = getattr(limits, hard) >= least
        _require_each(enough, hard, getattr(limits, hard), f"no less than {soft}, {least}")
    _require_room(limits)
    return limits


def _as_field(own: GuardLimits, name: str, value: object) -> Numbers:
    if name not in GuardLimits.__dataclass_fields__:
        known = ", ".join(GuardLimits.__dataclass_fields__)
        raise GuardLimitsError(f"unknown guard limit {name!r}: choose one of {known}.")
    like = np.asarray(getattr(own, name))
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise GuardLimitsError(f"{name} is {value!r}: give numbers.") from None
    if array.ndim > 1 or (array.size != like.size and (array.size != 1 or name in _TOOL_BOX)):
        raise GuardLimitsError(f"{name} has {array.size} numbers: give {like.size}.")
    # joints that turn without end have no limits, and may keep it so
    if not np.all(np.isfinite(array) | (array == like)):
        raise GuardLimitsError(f"{name} is {value!r}: give finite numbers.")
    return float(array) if like.ndim == 0 else np.broadcast_to(array, like.shape).copy()


def _require_floor(limits: GuardLimits, reach: float) -> None:
    _require_each(
        abs(limits.floor) <= reach,
        "floor",
        limits.floor,
        f"within the arm's reach, {-reach:.2f} to {reach:.2f} m",
    )


def _require_room(limits: GuardLimits) -> None:
    margin = 2.0 * limits.position_margin
    _require_each(
        limits.position_upper - limits.position_lower > margin,
        "position_upper",
        limits.position_upper,
        f"above position_lower {limits.position_lower} by more than two margins",
    )
    _require_each(
        limits.tool_upper - limits.tool_lower > 2.0 * limits.tool_margin,
        "tool_upper",
        limits.tool_upper,
        f"above tool_lower {limits.tool_lower} by more than two margins",
    )


def _require_each(holds: Union[bool, np.ndarray], name: str, value: Numbers, expected: str) -> None:
    if not np.all(holds):
        raise GuardLimitsError(f"{name} is {value}: it must be {expected}.")
