"""What the arm carries: how large it is, and where; its mass is for `stop_deceleration`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Tuple

import numpy as np

from rl_manip_deploy.written import known_keys, numbers
from rl_manip_description.kinematics.link_shapes import SIZES, solid
from rl_manip_description.kinematics.serial_chain import pose_of


@dataclass(frozen=True)
class Payload:
    """A body that is fixed to the tool, in the tool's axes: those of `Arm.own_tool` where a person
    gave it."""

    kind: str  # box, cylinder, capsule or sphere
    size: Tuple[float, ...]  # [m] as `SIZES` of link_shapes says for that kind
    center: Tuple[float, ...] = (0.0, 0.0, 0.0)  # [m]
    rpy: Tuple[float, ...] = (0.0, 0.0, 0.0)  # [rad] about the tool's x, y, z, in turn

    def __post_init__(self) -> None:
        solid(0, self.kind, self.size)

    @property
    def pose(self) -> np.ndarray:
        """Body's axes seen from the tool, (4, 4), lengths in [m]."""
        return pose_of(self.center, self.rpy)


def payload_from(values: Mapping[str, Any]) -> Payload:
    """The payload that a mapping describes: `kind` and `size`, and `center`, `rpy`.

    Raises:
        ValueError: a key is missing or unknown, or a value is none that it can have.
    """
    known_keys(values, required=("kind", "size"), optional=("center", "rpy"))
    kind = values["kind"]
    if kind not in SIZES:
        raise ValueError(f"kind is {kind!r}: choose one of {', '.join(SIZES)}.")
    size = values["size"]
    return Payload(
        kind=kind,
        size=numbers("size", size if isinstance(size, (list, tuple)) else [size]),
        center=numbers("center", values.get("center", (0.0, 0.0, 0.0)), 3),
        rpy=numbers("rpy", values.get("rpy", (0.0, 0.0, 0.0)), 3),
    )
