"""The smallest motion that shows whether a joint is the one that is meant: there, and back."""

from __future__ import annotations

import numpy as np

from rl_manip_description import Arm

EXCURSION = 0.05  # of the joint [rad]: 3 degrees
HALF = 1.0  # time there, and time back [s]
REST = 0.5  # before, between and after [s]


class ProbePulse:
    """Velocities of one joint that moves by `EXCURSION` and back, slowly and smoothly.

    It sets out towards the middle of the joint's range. The rests show where the arm comes to.

    Args:
        arm: which arm.
        start: (n,) joint positions from which it sets out [rad].
        joint: which.
        share: of the excursion and the speed [1].
    """

    duration = 2.0 * HALF + 3.0 * REST
    turn = 1.5 * REST + HALF
    """When the joint is away, at rest [s]."""

    def __init__(self, arm: Arm, start: np.ndarray, joint: int, share: float = 1.0) -> None:
        self.joint = joint
        lower, upper = arm.limits.one_turn
        middle = 0.5 * (lower[joint] + upper[joint])
        self.asked = share * EXCURSION * (-1.0 if start[joint] > middle else 1.0)
        """How far the joint is to be away, with its sign [rad]."""
        self._start = np.asarray(start, dtype=float)

    def velocity(self, time: np.ndarray) -> np.ndarray:
        """Joint velocities (k, n) [rad/s] at times (k,) [s]."""
        time = np.asarray(time, dtype=float)
        velocity = np.zeros((len(time), len(self._start)))
        for begin, way in ((REST, 1.0), (2.0 * REST + HALF, -1.0)):
            phase = np.clip((time - begin) / HALF, 0.0, 1.0)
            # an integral of 1 over the half, and no jump of the acceleration
            velocity[:, self.joint] += way * 2.0 / HALF * np.sin(np.pi * phase) ** 2
        return self.asked * velocity

    def path(self) -> np.ndarray:
        """Joint positions (k, n) [rad] on the way there."""
        path = np.repeat(self._start[None], 6, axis=0)
        path[:, self.joint] += np.linspace(0.0, self.asked, len(path))
        return path


class Creep:
    """Velocities of one joint that sets out and goes on, until nobody asks any more.

    Args:
        joints: how many the arm has.
        joint: which.
        speed: in the end, with its sign [rad/s].
    """

    duration = HALF

    def __init__(self, joints: int, joint: int, speed: float) -> None:
        self._joints, self._joint, self._speed = joints, joint, speed

    def velocity(self, time: np.ndarray) -> np.ndarray:
        """Joint velocities (k, n) [rad/s] at times (k,) [s]."""
        velocity = np.zeros((len(time), self._joints))
        velocity[:, self._joint] = self._speed * np.clip(np.asarray(time) / (0.5 * HALF), 0.0, 1.0)
        return velocity
