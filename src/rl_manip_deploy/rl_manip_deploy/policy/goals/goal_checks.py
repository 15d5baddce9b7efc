"""When a goal is met: by the tool, or by the object that the tool put there."""

from __future__ import annotations

from collections import deque
from typing import Deque, NamedTuple, Optional, Protocol, Tuple

import numpy as np

from rl_manip_description import Arm, Gripper
from rl_manip_description.contract.policy_contract import SuccessCriterion

# The object's speed is the slope of its positions over so long, and over so many of them where the
# camera is slow or this process is late: a camera's noise of 2 mm at 30 Hz would look like 85 mm/s
# from one picture to the next, over half a second it is 4 mm/s.
SPEED_WINDOW = 0.5
FEWEST_POSES = 5
OUT_OF_SIGHT = 1.0  # [s] without a pose
# Fingers that have opened by this much since they were closest hold nothing any more, until they
# have closed by as much again [m].
LET_GO = 0.005


class Seen(NamedTuple):
    """What was measured last."""

    time: float  # [s] steady clock
    joint_position: np.ndarray  # (n,) [rad]
    joint_velocity: np.ndarray  # (n,) [rad/s]
    gripper_opening: Optional[float] = None  # [m]
    object_position: Optional[np.ndarray] = None  # (3,) [m] in the base frame
    object_time: float = 0.0  # [s] when that came


class Check(Protocol):
    """Judges one moment."""

    def look(self, seen: Seen) -> Tuple[float, bool]:
        """Distance to the goal [m], and whether everything that counts is so now."""


class ToolCheck:
    """The tool is at the goal, turned as the goal where that counts, and at rest."""

    def __init__(self, arm: Arm, goal: np.ndarray, criterion: SuccessCriterion) -> None:
        self._arm, self._goal, self._criterion = arm, goal, criterion

    def look(self, seen: Seen) -> Tuple[float, bool]:
        """See `Check`."""
        criterion = self._criterion
        tool = self._arm.forward_kinematics(seen.joint_position)
        distance = float(np.linalg.norm(tool.position - self._goal[:3]))
        linear = self._arm.jacobian(seen.joint_position)[:3]
        speed = float(np.linalg.norm(linear @ seen.joint_velocity))
        met = distance <= criterion.distance_m and speed <= criterion.speed_m_s
        if criterion.angle_rad is not None:
            # |<p, q>| is the cosine of half the angle, whichever sign the quaternions have
            half = abs(float(tool.quaternion @ self._goal[3:]))
            met = met and 2.0 * np.arccos(min(half, 1.0)) <= criterion.angle_rad
        return distance, met


class ObjectCheck:
    """The object is at the goal, at rest, and let go of, or still held where that is the task."""

    def __init__(self, gripper: Gripper, goal: np.ndarray, criterion: SuccessCriterion) -> None:
        self._goal, self._criterion = goal, criterion
        self._poses: Deque[Tuple[float, np.ndarray]] = deque()
        self._fully_open = gripper.max_opening - LET_GO
        self._open, self._turned_at = False, gripper.max_opening
        # policies of before this was asked put objects down
        self._released = criterion.released is not False

    def look(self, seen: Seen) -> Tuple[float, bool]:
        """See `Check`; infinitely far while nobody has seen the object."""
        if seen.object_position is not None and (
            not self._poses or seen.object_time > self._poses[-1][0]
        ):
            self._poses.append((seen.object_time, seen.object_position))
        if self._poses and self._poses[-1][0] < seen.time - OUT_OF_SIGHT:
            self._poses.clear()
        while len(self._poses) > FEWEST_POSES and self._poses[0][0] < seen.time - SPEED_WINDOW:
            self._poses.popleft()
        if not self._poses:
            return float("inf"), False
        # noise of single readings must not decide
        recent = np.mean([position for _, position in list(self._poses)[-FEWEST_POSES:]], axis=0)
        distance = float(np.linalg.norm(recent - self._goal[:3]))
        near = distance <= self._criterion.distance_m
        done = self._has_let_go(seen.gripper_opening) is self._released
        return distance, near and done and self._is_at_rest()

    def _is_at_rest(self) -> bool:
        if len(self._poses) < FEWEST_POSES:
            return False
        time = np.array([when for when, _ in self._poses])
        position = np.array([where for _, where in self._poses])
        time -= time.mean()
        # least squares: sum t (p - mean p) / sum t^2
        slope = time @ (position - position.mean(axis=0)) / (time @ time)
        return float(np.linalg.norm(slope)) <= self._criterion.speed_m_s

    def _has_let_go(self, opening: Optional[float]) -> Optional[bool]:
        """None where the opening is not known."""
        if opening is None:
            return None
        if self._open:
            self._turned_at = max(self._turned_at, opening)
            turned = opening <= self._turned_at - LET_GO
        else:
            self._turned_at = min(self._turned_at, opening)
            turned = opening >= min(self._turned_at + LET_GO, self._fully_open)
        if turned:
            self._open, self._turned_at = not self._open, opening
        return self._open


def goal_check(
    arm: Arm, goal: np.ndarray, criterion: SuccessCriterion, about_object: bool
) -> Check:
    """What tells whether a goal (7,) is met: by the object or by the tool."""
    if about_object and arm.gripper is not None:
        return ObjectCheck(arm.gripper, goal, criterion)
    return ToolCheck(arm, goal, criterion)
