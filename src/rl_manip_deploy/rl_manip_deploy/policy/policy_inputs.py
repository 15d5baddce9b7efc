"""Where a policy's inputs come from: one class per source, which judges its own freshness.

All times are the receiver's steady clock, in [s].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Optional, Protocol, Sequence, Tuple

import numpy as np

from rl_manip_description import Arm, Gripper
from rl_manip_description.model.joint_order import JointNamesError, JointOrder

XYZ, XYZW = 3, 4


def input_sizes(arm: Arm) -> Dict[str, int]:
    """Every input that can be served to this arm's policies, with its number of elements."""
    sizes = {
        "joint_position": arm.num_joints,
        "joint_velocity": arm.num_joints,
        "goal_position": XYZ,
        "goal_orientation": XYZW,
        "object_position": XYZ,
        "object_pose": XYZ + XYZW,
        "wrench": 2 * XYZ,
    }
    return {**sizes, "gripper_opening": 1} if arm.gripper else sizes


@dataclass(frozen=True)
class InputTimeouts:
    """Ages above which an input is too old to act on, all in [s]."""

    joint_state: float = 0.05
    gripper: float = 0.25
    object_pose: float = 0.25  # seven frames of a camera at 30 Hz
    wrench: float = 0.1  # ten messages of a sensor at 100 Hz

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.0 < value <= 10.0:  # written so that a NaN fails it
                raise ValueError(f"{name} time-out is {value} s: give a time above 0 up to 10 s.")


DEFAULT_TIMEOUTS = InputTimeouts()


class InputSource(Protocol):
    """One thing that is heard of, and the inputs that come from it."""

    def trouble(self, now: float) -> str:
        """Why it cannot be acted on, in a few words; empty where it can."""

    def values(self) -> Dict[str, np.ndarray]:
        """The inputs by name, once there is no trouble."""


class GripperState:
    """The gripper's joint, in the arm's messages or in its own: `gripper_opening` [m]."""

    def __init__(self, gripper: Gripper, prefix: str, timeout: float) -> None:
        self._gripper, self._timeout = gripper, timeout
        self._order = JointOrder((gripper.joint_name,), prefix)
        self._opening = np.zeros(1)
        self._received = -math.inf

    def on_joint_state(self, names: Sequence[str], position: Sequence[float], now: float) -> None:
        """Takes a joint state by name; one without a finite position of the joint is no news."""
        if not self._order.concerns(names):
            return
        try:
            measured = self._order.pick(names, position, "positions")
        except (JointNamesError, TypeError, ValueError):
            return
        if np.all(np.isfinite(measured)):
            self._opening, self._received = self._gripper.opening(measured), now

    def trouble(self, now: float) -> str:
        """See `InputSource`."""
        return _too_old(f"{self._order.names[0]}", now - self._received, self._timeout)

    def values(self) -> Dict[str, np.ndarray]:
        """See `InputSource`."""
        return {"gripper_opening": self._opening}


class GoalPose:
    """The goal, good until it is forgotten: `goal_position` [m] and `goal_orientation` xyzw."""

    def __init__(self, base_frame: str, with_orientation: bool) -> None:
        self._base_frame, self._with_orientation = base_frame, with_orientation
        self._pose: Optional[np.ndarray] = None

    def refusal(self, frame: str, pose: Sequence[float]) -> str:
        """Why a pose (7,), xyz [m] and xyzw, cannot be a goal; empty where it can."""
        return checked_pose("goal", self._base_frame, frame, pose, self._with_orientation)[1]

    def take(self, frame: str, pose: Sequence[float]) -> str:
        """Takes a pose; says why it was refused, else nothing."""
        good, refusal = checked_pose("goal", self._base_frame, frame, pose, self._with_orientation)
        self._pose = self._pose if refusal else good
        return refusal

    def forget(self) -> None:
        """There is no goal any more."""
        self._pose = None

    @property
    def position(self) -> Optional[np.ndarray]:
        """(3,) [m] in the base frame; None without a goal."""
        return None if self._pose is None else self._pose[:XYZ]

    def trouble(self, now: float) -> str:
        """See `InputSource`."""
        return "no goal" if self._pose is None else ""

    def values(self) -> Dict[str, np.ndarray]:
        """See `InputSource`; nothing without a goal."""
        if self._pose is None:
            return {}
        return {"goal_position": self._pose[:XYZ], "goal_orientation": self._pose[XYZ:]}


class ObjectPose:
    """The object as perception sees it: `object_pose` [m] and xyzw, `object_position` [m]."""

    def __init__(self, base_frame: str, with_orientation: bool, timeout: float) -> None:
        self._base_frame, self._with_orientation = base_frame, with_orientation
        self._timeout = timeout
        self._pose = np.zeros(XYZ + XYZW)
        self.received = -math.inf
        self._refusal = ""

    def take(self, frame: str, pose: Sequence[float], now: float) -> str:
        """Takes a pose (7,), xyz [m] and xyzw; says why it was refused, else nothing."""
        good, refusal = checked_pose(
            "object", self._base_frame, frame, pose, self._with_orientation
        )
        if not refusal:
            self._pose, self.received = good, now
        self._refusal = refusal
        return refusal

    def refuse(self, refusal: str) -> None:
        """A pose came that cannot be taken, and why: it explains what is missing."""
        self._refusal = refusal

    def trouble(self, now: float) -> str:
        """See `InputSource`; the last refusal explains why nothing fresh is there."""
        stale = _too_old("object poses", now - self.received, self._timeout)
        return self._refusal if stale and self._refusal else stale

    def values(self) -> Dict[str, np.ndarray]:
        """See `InputSource`."""
        return {"object_pose": self._pose, "object_position": self._pose[:XYZ]}


class Wrench:
    """What the wrist feels: `wrench`, force [N] and torque [N m] on the tool, in its frame."""

    def __init__(self, tool_frame: str, timeout: float) -> None:
        self._tool_frame, self._timeout = tool_frame, timeout
        self._wrench = np.zeros(2 * XYZ)
        self._received = -math.inf
        self._refusal = ""

    def take(self, frame: str, wrench: Sequence[float], now: float) -> str:
        """Takes a wrench (6,) [N] and [N m]; says why it was refused, else nothing."""
        measured = np.array(wrench, dtype=float)
        self._refusal = ""
        if frame != self._tool_frame:
            self._refusal = f"wrench in frame {frame!r} refused: give it in {self._tool_frame!r}"
        elif not np.all(np.isfinite(measured)):
            self._refusal = f"wrench {measured.tolist()} refused: it is not finite"
        else:
            self._wrench, self._received = measured, now
        return self._refusal

    def trouble(self, now: float) -> str:
        """See `InputSource`; a refusal explains why nothing fresh is there."""
        stale = _too_old("wrenches of the wrist", now - self._received, self._timeout)
        return self._refusal if stale and self._refusal else stale

    def values(self) -> Dict[str, np.ndarray]:
        """See `InputSource`."""
        return {"wrench": self._wrench}


def troubles(sources: Sequence[InputSource], now: float) -> List[str]:
    """What keeps the policy from acting, in a few words each."""
    return [trouble for source in sources if (trouble := source.trouble(now))]


def _too_old(what: str, age: float, timeout: float) -> str:
    if age <= timeout:
        return ""
    return f"no {what} yet" if math.isinf(age) else f"{what} are {age:.2f} s old"


def checked_pose(
    what: str, base_frame: str, frame: str, given: Sequence[float], with_orientation: bool
) -> Tuple[np.ndarray, str]:
    """The pose with a quaternion of length 1, and why it is refused, if it is.

    Where nobody looks at the orientation any will do.
    """
    pose = np.array(given, dtype=float)
    if frame != base_frame:
        return pose, (
            f"{what} in frame {frame!r} refused: give it in {base_frame!r} "
            "(the pendant's 'base' is that frame turned by 180 degrees about z)"
        )
    position, quaternion = pose[:XYZ], pose[XYZ:]
    if not np.all(np.isfinite(position)):
        return pose, f"{what} {position.tolist()} refused: its position is not finite"
    length = float(np.linalg.norm(quaternion))
    if abs(length - 1.0) < 0.1:  # false for a NaN
        return np.concatenate((position, quaternion / length)), ""
    if with_orientation:
        return pose, f"{what} orientation {quaternion.tolist()} refused: it is no unit quaternion"
    return np.concatenate((position, (0.0, 0.0, 0.0, 1.0))), ""
