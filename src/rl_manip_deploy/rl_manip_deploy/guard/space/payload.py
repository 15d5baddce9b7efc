"""What the arm carries: how heavy it is, and how large."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Mapping, Tuple

import numpy as np

from rl_manip_deploy.guard.space.written import known_keys, number, numbers, pose_of
from rl_manip_description.kinematics.link_shapes import SIZES, solid


@dataclass(frozen=True)
class Payload:
    """A body that is fixed to the tool, in the tool's axes."""

    kind: str  # box, cylinder, capsule or sphere
    size: Tuple[float, ...]  # [m] as `SIZES` of link_shapes says for that kind
    center: Tuple[float, ...] = (0.0, 0.0, 0.0)  # [m]
    rpy: Tuple[float, ...] = (0.0, 0.0, 0.0)  # [rad] about the tool's x, y, z, in turn
    mass: float = 0.0  # [kg]

    def __post_init__(self) -> None:
        solid(0, self.kind, self.size)
        if not (math.isfinite(self.mass) and self.mass >= 0.0):
            raise ValueError(f"mass is {self.mass} kg: give 0 or more.")

    @property
    def pose(self) -> np.ndarray:
        """Body's axes seen from the tool, (4, 4), lengths in [m]."""
        return pose_of(self.center, self.rpy)


def payload_from(values: Mapping[str, Any]) -> Payload:
    """The payload that a mapping describes: `kind`, `size`, and `center`, `rpy`, `mass`.

    Raises:
        ValueError: a key is missing or unknown, or a value is none that it can have.
    """
    known_keys(values, required=("kind", "size"), optional=("center", "rpy", "mass"))
    kind = values["kind"]
    if kind not in SIZES:
        raise ValueError(f"kind is {kind!r}: choose one of {', '.join(SIZES)}.")
    size = values["size"]
    return Payload(
        kind=kind,
        size=numbers("size", size if isinstance(size, (list, tuple)) else [size]),
        center=numbers("center", values.get("center", (0.0, 0.0, 0.0)), 3),
        rpy=numbers("rpy", values.get("rpy", (0.0, 0.0, 0.0)), 3),
        mass=number("mass", values.get("mass", 0.0)),
    )
