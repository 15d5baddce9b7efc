"""Forward kinematics and Jacobian of a serial chain of revolute joints, vectorised in numpy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Sequence, Tuple, TypeVar, Union

import numpy as np

T = TypeVar("T", bound=Any)


_IDENTITY = np.eye(4)


@dataclass(frozen=True)
class KinematicChain:
    """A serial chain of n revolute joints from the base frame to the tool frame."""

    origins: np.ndarray
    """Parent link to joint frame with the joint at zero, shape (n, 4, 4); lengths in [m]."""
    axes: np.ndarray
    """Unit rotation axis in the joint's own frame, shape (n, 3)."""
    tool: np.ndarray
    """Last link to tool frame, shape (4, 4); lengths in [m]."""

    @property
    def first_axis(self) -> np.ndarray:
        """Unit axis of the first joint, seen from the base frame, shape (3,)."""
        return self.origins[0, :3, :3] @ self.axes[0]

    def joint_frames(self, joint_position: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Frames of every link and of the tool, seen from the base frame.

        Args:
            joint_position: [rad], shape (..., n).

        Returns:
            Link frames after their joint's rotation, shape (..., n, 4, 4), and the tool frame,
            shape (..., 4, 4).

        Raises:
            ValueError: the last axis does not have n elements.
        """
        joint_position = np.asarray(joint_position, dtype=np.float64)
        n = len(self.axes)
        if joint_position.shape[-1:] != (n,):
            raise ValueError(
                f"joint_position has shape {joint_position.shape}; give (..., {n}), "
                f"one angle per joint."
            )
        constant, sine, cosine = self._turning_terms
        angle = joint_position[..., None, None]
        frames = constant + np.sin(angle) * sine - np.cos(angle) * cosine
        for i in range(1, n):
            frames[..., i, :, :] = frames[..., i - 1, :, :] @ frames[..., i, :, :]
        return frames, frames[..., n - 1, :, :] @ self.tool

    def link_frames(self, joint_position: np.ndarray) -> np.ndarray:
        """Frames of every link, seen from the base frame, and the base's own last.

        Args:
            joint_position: [rad], shape (..., n).

        Returns:
            Shape (..., n + 1, 4, 4): number -1, as `link_shapes.BASE`, is the base's.
        """
        links, _ = self.joint_frames(joint_position)
        n = links.shape[-3]
        frames = np.empty((*links.shape[:-3], n + 1, 4, 4))
        frames[..., :n, :, :] = links
        frames[..., n, :, :] = _IDENTITY
        return frames

    @cached_property
    def _turning_terms(self) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Parent to turned joint frame, origin R with Rodrigues' R = I + s K + (1 - c) K^2, split.

        Returns:
            The constant term, the factor of sin(angle) and that of -cos(angle), each (n, 4, 4).
        """
        cross = np.zeros((len(self.axes), 4, 4))
        cross[:, :3, :3] = [[[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]] for x, y, z in self.axes]
        square = self.origins @ cross @ cross
        return self.origins + square, self.origins @ cross, square

    def jacobian(self, joint_position: np.ndarray) -> np.ndarray:
        """Geometric Jacobian of the tool frame's origin, in the base frame.

        Column i is [z_i x (p_tool - p_i); z_i], z_i the axis and p_i the origin of joint i.

        Args:
            joint_position: [rad], shape (..., n).

        Returns:
            Shape (..., 6, n): rows 0-2 linear [m/rad], rows 3-5 angular [1].
        """
        frames, tool = self.joint_frames(joint_position)
        axes = np.einsum("...nij,nj->...ni", frames[..., :3, :3], self.axes)
        lever = tool[..., None, :3, 3] - frames[..., :3, 3]
        columns = np.concatenate([np.cross(axes, lever), axes], axis=-1)
        return np.swapaxes(columns, -1, -2)


def slightly_turned(quaternion: Sequence[T], turn: Sequence[T]) -> Tuple[T, T, T, T]:
    """A quaternion turned about the base frame's axes; not brought back to length 1.

    Args:
        quaternion: x, y, z, w; numbers, arrays or tensors.
        turn: small rotation vector about x, y, z [rad].
    """
    x, y, z, w = quaternion
    a, b, c = (0.5 * angle for angle in turn)
    # (a, b, c, 1) times (x, y, z, w)
    return (
        x + a * w + b * z - c * y,
        y + b * w + c * x - a * z,
        z + c * w + a * y - b * x,
        w - a * x - b * y - c * z,
    )


def rotation_about(axis: np.ndarray, angle: Union[float, np.ndarray]) -> np.ndarray:
    """Rotation matrices about one unit axis: R = I + sin(a) K + (1 - cos(a)) K^2 (Rodrigues).

    Args:
        axis: shape (3,), unit length.
        angle: [rad], shape (...).

    Returns:
        Shape (..., 3, 3).
    """
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.asarray(angle, dtype=np.float64)[..., None, None]
    return np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)


def pose_of(
    position: Union[Sequence[float], np.ndarray],
    rpy: Union[Sequence[float], np.ndarray] = (0.0, 0.0, 0.0),
) -> np.ndarray:
    """Transform (4, 4) [m]: R = Rz(yaw) Ry(pitch) Rx(roll), as in a URDF's origin."""
    roll, pitch, yaw = rpy
    x, y, z = np.eye(3)
    pose = np.eye(4)
    pose[:3, :3] = rotation_about(z, yaw) @ rotation_about(y, pitch) @ rotation_about(x, roll)
    pose[:3, 3] = position
    return pose


def roll_pitch_yaw(rotation: np.ndarray) -> Tuple[float, float, float]:
    """Angles [rad] of R = Rz(yaw) Ry(pitch) Rx(roll), shape (3, 3), as `pose_of` takes them."""
    r = rotation
    level = np.hypot(r[0, 0], r[1, 0])
    pitch = np.arctan2(-r[2, 0], level)
    if level > 1e-9:
        roll, yaw = np.arctan2(r[2, 1], r[2, 2]), np.arctan2(r[1, 0], r[0, 0])
    else:  # looking along z, only the sum of both counts
        roll, yaw = 0.0, np.arctan2(-r[0, 1], r[1, 1])
    return float(roll), float(pitch), float(yaw)


def quaternion_from_matrix(rotation: np.ndarray) -> np.ndarray:
    """Unit quaternions, xyzw with w >= 0, of rotation matrices.

    The outer product of the quaternion with itself is linear in the matrix; its row with the
    largest diagonal element is divided by that element's root (Shepperd 1978).

    Args:
        rotation: shape (..., 3, 3).

    Returns:
        Shape (..., 4).
    """
    r = np.asarray(rotation, dtype=np.float64)
    r00, r01, r02 = r[..., 0, 0], r[..., 0, 1], r[..., 0, 2]
    r10, r11, r12 = r[..., 1, 0], r[..., 1, 1], r[..., 1, 2]
    r20, r21, r22 = r[..., 2, 0], r[..., 2, 1], r[..., 2, 2]
    # Four times the outer product, order xyzw.
    outer = np.stack(
        [
            np.stack([1 + r00 - r11 - r22, r01 + r10, r02 + r20, r21 - r12], axis=-1),
            np.stack([r01 + r10, 1 - r00 + r11 - r22, r12 + r21, r02 - r20], axis=-1),
            np.stack([r02 + r20, r12 + r21, 1 - r00 - r11 + r22, r10 - r01], axis=-1),
            np.stack([r21 - r12, r02 - r20, r10 - r01, 1 + r00 + r11 + r22], axis=-1),
        ],
        axis=-2,
    )
    largest = np.argmax(np.diagonal(outer, axis1=-2, axis2=-1), axis=-1)
    row = np.take_along_axis(outer, largest[..., None, None], axis=-2)[..., 0, :]
    quaternion = row / np.linalg.norm(row, axis=-1, keepdims=True)
    return np.where(quaternion[..., 3:] < 0.0, -quaternion, quaternion)


def matrix_from_quaternion(quaternion: np.ndarray) -> np.ndarray:
    """Rotation matrix (3, 3) of a unit quaternion xyzw (4,)."""
    x, y, z, w = quaternion
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    # R = I + 2 w K + 2 K^2, Rodrigues' formula in half angles
    return np.eye(3) + 2.0 * w * cross + 2.0 * cross @ cross
