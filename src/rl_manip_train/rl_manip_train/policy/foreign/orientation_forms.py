"""Rotation matrices in the forms that networks take, in operations that can be exported."""

from __future__ import annotations

import torch
from torch import Tensor


def in_form(rotation: Tensor, form: str, positive: str = "w") -> Tensor:
    """Rotations (N, 3, 3) as (N, w) in a form of ``quantities.FORMS``.

    Args:
      rotation: which.
      form: which.
      positive: element of a quaternion that is not below 0.
    """
    if form == "matrix":
        return rotation.reshape(-1, 9)
    if form == "rows_6d":
        return rotation[:, :2].reshape(-1, 6)
    if form == "columns_6d":
        return torch.cat((rotation[:, :, 0], rotation[:, :, 1]), dim=1)
    if form == "axis_angle":
        return axis_angle_of(quaternion_of(rotation))
    quaternion = quaternion_of(rotation, positive)
    if form == "quaternion_wxyz":
        return torch.cat((quaternion[:, 3:], quaternion[:, :3]), dim=1)
    return quaternion


def quaternion_of(rotation: Tensor, positive: str = "w") -> Tensor:
    """Unit quaternions (N, 4), xyzw with one element >= 0, of rotations (N, 3, 3).

    The products of a quaternion's elements, 4 q_i q_j, are linear in the matrix; the row of the
    largest element, divided by its root, is the quaternion up to its sign.
    """
    (a, b, c), (d, e, f), (g, h, i) = (
        [rotation[:, row, column] for column in range(3)] for row in range(3)
    )
    products = torch.stack(
        (
            1.0 + a - e - i, b + d, c + g, h - f,
            b + d, 1.0 - a + e - i, f + h, c - g,
            c + g, f + h, 1.0 - a - e + i, d - b,
            h - f, c - g, d - b, 1.0 + a + e + i,
        ),
        dim=1,
    ).reshape(-1, 4, 4)  # fmt: skip
    squares = torch.cat([products[:, index, index : index + 1] for index in range(4)], dim=1)
    largest = squares.argmax(dim=1).reshape(-1, 1, 1).expand(-1, 1, 4)
    row = products.gather(1, largest).reshape(-1, 4)
    quaternion = row / row.square().sum(dim=1, keepdim=True).sqrt()
    index = "xyzw".index(positive)
    return quaternion * torch.where(quaternion[:, index : index + 1] < 0.0, -1.0, 1.0)


def axis_angle_of(quaternion: Tensor) -> Tensor:
    """Rotation vectors (N, 3) [rad] of unit quaternions (N, 4), xyzw with w >= 0."""
    vector, w = quaternion[:, :3], quaternion[:, 3:]
    length = vector.square().sum(dim=1, keepdim=True).clamp(min=1e-16).sqrt()
    # the angle is below half a turn, since w >= 0
    return vector * (2.0 * torch.atan(length / w.clamp(min=1e-12)) / length)


def turned_by(rotation: Tensor, vector: Tensor) -> Tensor:
    """Vectors (N or 1, 3) turned by rotations (N or 1, 3, 3): R v."""
    return (rotation * vector[:, None, :]).sum(dim=2)


def turned_into(rotation: Tensor, vector: Tensor) -> Tensor:
    """Vectors (N, 3) in the axes (N, 3, 3) or (1, 3, 3): R^T v."""
    return (rotation * vector[:, :, None]).sum(dim=1)


def relative_to(rotation: Tensor, other: Tensor) -> Tensor:
    """R^T Q of rotations (N or 1, 3, 3) and (N, 3, 3)."""
    return (rotation[:, :, :, None] * other[:, :, None, :]).sum(dim=1)
