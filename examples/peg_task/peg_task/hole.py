"""Where a peg is in its hole, seen from the tool that holds it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.linalg import vector_norm

from rl_manip_train.graph.tool_jacobian import rotation_of

LENGTH = 0.10
"""Tool to the peg's tip, along the tool's z axis [m]."""
DEPTH = 0.03
"""Of the hole [m]."""
PLAY = 0.006
"""How far the tip may be off the hole's axis inside the hole, chamfer included [m]."""
BLOCK = 0.05
"""Radius of the block round the hole [m]."""


class Fit(NamedTuple):
    """A peg beside, over or in its hole."""

    offset: Tensor  # (..., 3) of the tip from the hole's bottom, base frame's axes [m]
    aside: Tensor  # (...) distance of the tip from the hole's axis [m]
    height: Tensor  # (...) of the tip over the hole's bottom, along the axis [m]

    @property
    def jammed(self) -> Tensor:
        """(...) bool: the tip is where the block is."""
        below = (self.height < DEPTH) & (self.height > -DEPTH)
        return below & (self.aside > PLAY) & (self.aside < BLOCK)


def fit(tool: Tensor, goal: Tensor) -> Fit:
    """How a peg stands to its hole.

    Args:
      tool: (..., 7) pose of the tool [m], xyzw.
      goal: (..., 7) pose of the tool with the peg at the bottom of the hole.
    """
    axis = pointing(goal[..., 3:])
    tip = tool[..., :3] + LENGTH * pointing(tool[..., 3:])
    offset = tip - goal[..., :3] - LENGTH * axis
    height = -(offset * axis).sum(dim=-1)
    return Fit(offset, vector_norm(offset + height[..., None] * axis, dim=-1), height)


def pointing(quaternion: Tensor) -> Tensor:
    """z axes (..., 3) of rotations (..., 4), xyzw: where a tool points."""
    rotation = rotation_of(quaternion.reshape(-1, 4))
    return rotation[:, :, 2].reshape((*quaternion.shape[:-1], 3))


def turned(quaternion: Tensor, axis: Tensor, angle: Tensor) -> Tensor:
    """Rotations (N, 4), xyzw, turned about unit axes (N, 3) of the base frame by (N,) [rad]."""
    vector = torch.sin(angle / 2.0)[:, None] * axis
    scalar = torch.cos(angle / 2.0)[:, None]
    own, own_scalar = quaternion[:, :3], quaternion[:, 3:]
    across = torch.linalg.cross(vector, own)
    return torch.cat(
        (
            scalar * own + own_scalar * vector + across,
            scalar * own_scalar - (vector * own).sum(dim=1, keepdim=True),
        ),
        dim=1,
    )
