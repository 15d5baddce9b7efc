"""The half-shell above the table in which goals are drawn."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np


@dataclass(frozen=True)
class HalfShell:
    """A spherical shell in front of the arm: cut off below a height, inside a cylinder round the
    base's z axis, and beyond an angle to either side of the base's x axis.

    While it spans less than 90 degrees to either side, the short way between two goals never leads
    round the back, so an arm that is sent goal after goal does not wind itself up.

    All lengths in [m], in the base frame, whose plane z = 0 is the table's top.
    """

    center: Tuple[float, float, float]
    """Centre of both spheres [m]: the shoulder."""
    inner_radius: float
    """Radius of the inner sphere [m]."""
    outer_radius: float
    """Radius of the outer sphere [m]."""
    min_height: float
    """Lowest z of the region [m]."""
    min_axis_distance: float
    """Radius of the keep-out cylinder round the base's z axis [m]."""
    max_azimuth: float
    """Largest angle about the z axis from straight ahead, to either side [rad]; pi for no limit."""
    max_height: Optional[float] = None
    """Highest z of the region [m]; None for no limit."""

    def __post_init__(self) -> None:
        center = tuple(float(c) for c in self.center)
        object.__setattr__(self, "center", center)
        sizes = (self.inner_radius, self.outer_radius, self.min_axis_distance, self.max_azimuth)
        if len(center) != 3 or not all(map(math.isfinite, center + sizes + (self.min_height,))):
            raise ValueError(f"{self} must have a centre of three numbers, and all finite.")
        if not (0.0 <= self.inner_radius < self.outer_radius and self.min_axis_distance >= 0.0):
            raise ValueError(
                f"{self} is empty: give 0 <= inner_radius < outer_radius and "
                f"min_axis_distance >= 0."
            )
        if not 0.0 < self.max_azimuth <= math.pi + 1e-9:
            raise ValueError(f"{self} must have 0 < max_azimuth <= pi rad.")
        if self.max_height is not None and not self.min_height < self.max_height < math.inf:
            raise ValueError(f"{self} is empty: give a finite max_height above min_height.")
        top = center[2] + self.outer_radius
        radius_below_top = self.outer_radius**2 - max(self.min_height - center[2], 0.0) ** 2
        widest = math.hypot(center[0], center[1]) + math.sqrt(max(radius_below_top, 0.0))
        if self.min_height >= top or self.min_axis_distance >= widest:
            raise ValueError(f"{self} is empty: nothing of the shell lies above and outside.")

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Whether points [m] of shape (..., 3) lie in the region; bool of shape (...)."""
        points = np.asarray(points, dtype=np.float64)
        distance = np.linalg.norm(points - np.asarray(self.center), axis=-1)
        axis_distance = np.hypot(points[..., 0], points[..., 1])
        return (
            (distance >= self.inner_radius)
            & (distance <= self.outer_radius)
            & (points[..., 2] >= self.min_height)
            & (points[..., 2] <= (math.inf if self.max_height is None else self.max_height))
            & (axis_distance >= self.min_axis_distance)
            & (np.abs(np.arctan2(points[..., 1], points[..., 0])) <= self.max_azimuth)
        )

    def sample(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Points [m] drawn uniformly over the region's volume, shape (count, 3).

        Draws from the bounding box and keeps what lies inside, so the density is even everywhere.
        """
        center = np.asarray(self.center)
        low, high = center - self.outer_radius, center + self.outer_radius
        low[2] = max(low[2], self.min_height)
        if self.max_height is not None:
            high[2] = min(high[2], self.max_height)
        points = np.empty((0, 3))
        while len(points) < count:
            # Thrice what is missing: in front of the arm the region fills about a third of its box.
            drawn = rng.uniform(low, high, size=(3 * (count - len(points)) + 8, 3))
            points = np.concatenate([points, drawn[self.contains(drawn)]])
        return points[:count]

    def to_dict(self) -> Dict[str, Any]:
        """A dictionary of plain numbers and a list, as YAML and JSON hold it."""
        values = {**asdict(self), "center": list(self.center)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_dict(cls, values: Dict[str, Any]) -> HalfShell:
        """The region that `to_dict` wrote.

        Raises:
            ValueError: a key is missing or unknown, or a value is no finite number.
        """
        expected = set(cls.__dataclass_fields__)
        if not isinstance(values, dict) or set(values) | {"max_height"} != expected:
            raise ValueError(f"half-shell {values!r} must have the keys {sorted(expected)}.")
        try:
            numbers: Dict[str, Any] = {k: float(v) for k, v in values.items() if k != "center"}
            center = tuple(float(c) for c in values["center"])
        except (TypeError, ValueError):
            raise ValueError(
                f"half-shell {values!r} must hold numbers and a list of three."
            ) from None
        return cls(**{"center": center, **numbers})
