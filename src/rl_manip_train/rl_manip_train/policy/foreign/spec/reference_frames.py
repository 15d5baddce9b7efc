"""Frames that a foreign network knows: fixed ones beside the arm's base, and its own tool."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rl_manip_description.kinematics.serial_chain import matrix_from_quaternion
from rl_manip_train.policy.foreign.spec.spec_values import SpecError, SpecValues

LENGTH_TOLERANCE = 1e-3


class Frame(NamedTuple):
    """A frame in another one."""

    position: np.ndarray  # (3,) of its origin [m]
    rotation: np.ndarray  # (3, 3) columns are its axes

    @property
    def is_moved(self) -> bool:
        """Whether its origin is elsewhere."""
        return bool(np.any(self.position))

    @property
    def is_turned(self) -> bool:
        """Whether its axes point elsewhere."""
        return not np.allclose(self.rotation, np.eye(3), rtol=0.0, atol=1e-9)


def read_frame(given: Any, path: str) -> Frame:
    """A frame of the spec: position [m], and quaternion_xyzw or rpy_deg, neither for no turn.

    Raises:
      SpecError: an unknown key, both orientations, or a quaternion that is not of length 1.
    """
    values = SpecValues(given, path, ("position", "quaternion_xyzw", "rpy_deg"))
    position = np.array(values.numbers("position", 3, (0.0, 0.0, 0.0)))
    if "quaternion_xyzw" in values and "rpy_deg" in values:
        raise SpecError(f"{path} has quaternion_xyzw and rpy_deg; give one of both")
    if "quaternion_xyzw" in values:
        quaternion = np.array(values.numbers("quaternion_xyzw", 4))
        length = float(np.linalg.norm(quaternion))
        if abs(length - 1.0) > LENGTH_TOLERANCE:
            raise SpecError(f"{path}.quaternion_xyzw has the length {length:g}, expected 1")
        return Frame(position, matrix_from_quaternion(quaternion / length))
    roll, pitch, yaw = np.deg2rad(values.numbers("rpy_deg", 3, (0.0, 0.0, 0.0)))
    return Frame(position, _about(2, yaw) @ _about(1, pitch) @ _about(0, roll))


def _about(axis: int, angle: float) -> np.ndarray:
    """Rotation about x, y or z by an angle [rad]."""
    c, s = np.cos(angle), np.sin(angle)
    first, second = [one for one in range(3) if one != axis]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = c
    sign = -1.0 if axis == 1 else 1.0
    matrix[first, second], matrix[second, first] = -sign * s, sign * s
    return matrix
