"""From ranges to figures: what is drawn at once, and how shapes are drawn."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, NamedTuple, Sequence, Tuple

import torch

from rl_manip_sim.models.scene import OBJECT_SHAPES, Scene
from rl_manip_sim.randomization.ranges import bound_tensor

OF_A_HOLE, OF_A_SUPPORT = ("hole_", "wrench_"), ("support_",)
"""How names of figures begin that are drawn only where there is a hole, or a support."""


def absent_from(scene: Scene) -> Tuple[str, ...]:
    """How names of figures begin that mean nothing in a scene."""
    without_hole = () if scene.has_hole else OF_A_HOLE
    return without_hole + (() if scene.support else OF_A_SUPPORT)


def drawn_shapes(
    occurring: Sequence[str], known: Sequence[str], count: int, generator: torch.Generator
) -> torch.Tensor:
    """``count`` of the occurring shapes, as indices (count,) into the known ones."""
    device = generator.device
    shapes = torch.tensor([known.index(name) for name in occurring])
    drawn = torch.randint(len(shapes), (count,), generator=generator, device=device)
    return shapes.to(device)[drawn]


def as_shaped(size: torch.Tensor, shape: torch.Tensor) -> torch.Tensor:
    """Half extents (k, 3): a cylinder is as wide as deep, a sphere also as high."""
    x, y, z = size.unbind(dim=1)
    y = torch.where(shape == OBJECT_SHAPES.index("box"), y, x)
    z = torch.where(shape == OBJECT_SHAPES.index("sphere"), x, z)
    return torch.stack((x, y, z), dim=1)


class Bounds(NamedTuple):
    """Every range side by side, in the order of the fields."""

    low: torch.Tensor  # (sum of widths,)
    span: torch.Tensor  # (sum of widths,) high - low
    varying: torch.Tensor  # (v,) places of the figures whose span is not zero
    widths: Tuple[int, ...]  # figures of each field


@functools.lru_cache(maxsize=64)  # asked for at every reset
def bounds_of(
    cfg: Any, num_joints: int, num_links: int, absent: Tuple[str, ...], device: torch.device
) -> Bounds:
    """Bounds of a ``RandomizationCfg`` for an arm of so many joints and moving links.

    Args:
      absent: how names of figures begin that are not drawn, see ``absent_from``.
    """
    width_per = {"environment": 1, "joint": num_joints, "link": num_links, "axis": 3}
    items = dataclasses.fields(cfg)
    widths = tuple(width_per[item.metadata["per"]] for item in items)
    low, high = (
        torch.cat(
            [
                bound_tensor(item.name, getattr(cfg, item.name)[end], width)
                for item, width in zip(items, widths)
            ]
        )
        for end in (0, 1)
    )
    wanted = torch.cat(
        [
            torch.full((width,), not item.name.startswith(absent))
            for item, width in zip(items, widths)
        ]
    )
    varying = torch.nonzero((high != low) & wanted)[:, 0]
    return Bounds(low.to(device), (high - low).to(device), varying.to(device), widths)
