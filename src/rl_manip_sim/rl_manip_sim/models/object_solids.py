"""Solids that objects are made of: their inertia, and their size as MuJoCo takes it."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_sim.models.scene import OBJECT_SHAPES

BOX, CYLINDER, SPHERE = map(OBJECT_SHAPES.index, ("box", "cylinder", "sphere"))
"""As ``PhysicsSample.object_shape`` has them."""


def solid_inertia(shape: Tensor, half_extent: Tensor, mass: Tensor) -> Tensor:
    """Moments of inertia (k, 3) about a solid's own axes [kg m^2], a cylinder's along z.

    Args:
      shape: (k,) index into ``OBJECT_SHAPES``.
      half_extent: (k, 3) [m].
      mass: (k,) [kg].
    """
    x, y, z = half_extent.square().unbind(dim=1)
    box = torch.stack((y + z, x + z, x + y), dim=1) / 3.0
    across = x / 4.0 + z / 3.0
    cylinder = torch.stack((across, across, x / 2.0), dim=1)
    sphere = (0.4 * x)[:, None].expand_as(box)
    return mass[:, None] * _by_shape(shape, box, cylinder, sphere)


def geom_size(shape: Tensor, half_extent: Tensor) -> Tensor:
    """A geom's ``size`` (k, 3): half extents, radius and half length, or radius [m]; 0 beyond."""
    x, _, z = half_extent.unbind(dim=1)
    none = torch.zeros_like(x)
    cylinder, sphere = (torch.stack(size, dim=1) for size in ((x, z, none), (x, none, none)))
    return _by_shape(shape, half_extent, cylinder, sphere)


def bounding_radius(shape: Tensor, half_extent: Tensor) -> Tensor:
    """Radius (k,) of the ball round a solid [m]."""
    x, _, z = half_extent.unbind(dim=1)
    radii = half_extent.norm(dim=1), torch.hypot(x, z), x
    return _by_shape(shape, *(radius[:, None] for radius in radii))[:, 0]


def _by_shape(shape: Tensor, box: Tensor, cylinder: Tensor, sphere: Tensor) -> Tensor:
    row = shape[:, None]
    return torch.where(row == BOX, box, torch.where(row == CYLINDER, cylinder, sphere))
