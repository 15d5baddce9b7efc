"""The direction in which a tool's fingers close, from its pose."""

from __future__ import annotations

from typing import Tuple

import torch
from torch import Tensor


def heading(rotation: Tensor) -> Tuple[Tensor, Tensor]:
    """Cosine and sine (N, 1) of the angle about z from the base's x axis to that of (N, 3, 3)."""
    return _scaled(rotation[:, 0, :1], rotation[:, 1, :1])


def heading_of(quaternion: Tensor) -> Tuple[Tensor, Tensor]:
    """Cosine and sine (N, 1) of the angle about z from the base's x axis to that of xyzw (N, 4)."""
    x, y, z, w = quaternion.split(1, dim=1)
    return _scaled(1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + z * w))


def _scaled(c: Tensor, s: Tensor) -> Tuple[Tensor, Tensor]:
    """Of length 1; of none where the axis is vertical."""
    scale = torch.rsqrt(c * c + s * s + 1e-6)
    return c * scale, s * scale
