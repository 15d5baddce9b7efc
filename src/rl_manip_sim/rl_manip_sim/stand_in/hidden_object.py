"""What stands before the simulated arm and how its camera errs: drawn, and told to nobody."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Sequence, Tuple

import numpy as np

from rl_manip_sim.models.scene import OBJECT_SHAPES


@dataclass(frozen=True)
class HiddenObject:
    """One object; its frame is in its middle, a cylinder's axis along its z."""

    shape: str  # one of OBJECT_SHAPES
    half_extent: np.ndarray  # (3,) [m] along the object's axes
    mass: float  # [kg]
    friction: float  # sliding friction coefficient on whatever touches it [1]


@dataclass(frozen=True)
class HiddenCamera:
    """How what perception says of the object differs from the truth."""

    latency: float  # [s] from the picture to the pose's publication
    position_noise: float  # [m] standard deviation of each reading, along each axis
    orientation_noise: float  # [rad] likewise, about each axis
    position_offset: np.ndarray  # (3,) [m] that stays: it is not quite where it is thought to be


@dataclass(frozen=True)
class ObjectChoice:
    """Given instead of drawn; parameters of the node have the same names."""

    object_shape: str = ""  # one of OBJECT_SHAPES; empty draws one each time
    object_half_extent: float = -1.0  # [m] along every axis; negative draws
    object_mass: float = -1.0  # [kg] likewise
    object_friction: float = -1.0  # [1] likewise
    object_latency: float = -1.0  # [s] likewise, of the camera
    object_noise: float = -1.0  # [m] likewise, of its readings and of its offset

    def __post_init__(self) -> None:
        if self.object_shape not in ("", *OBJECT_SHAPES):
            raise ValueError(
                f"object_shape is {self.object_shape!r}: give {', '.join(OBJECT_SHAPES)}, "
                "or nothing to draw one."
            )
        highest = {"object_half_extent": 0.1, "object_mass": 10.0, "object_friction": 10.0}
        for field in fields(self)[1:]:
            value, limit = getattr(self, field.name), highest.get(field.name, 1.0)
            lowest = 1e-3 if field.name in highest else 0.0
            if not (value < 0.0 or lowest <= value <= limit):  # false for a NaN
                raise ValueError(
                    f"{field.name} is {value}: give {lowest:g} to {limit:g}; less than 0 draws it."
                )


def draw_object(
    rng: np.random.Generator,
    choice: ObjectChoice = ObjectChoice(),
    shapes: Sequence[str] = OBJECT_SHAPES,
) -> HiddenObject:
    """The next object, of one of the shapes unless another is chosen."""
    shape = choice.object_shape or shapes[rng.integers(len(shapes))]
    x, y, z = _or(choice.object_half_extent, rng.uniform(0.017, 0.031, 3))
    half_extent = {"box": (x, y, z), "cylinder": (x, x, z), "sphere": (x, x, x)}[shape]
    return HiddenObject(
        shape=shape,
        half_extent=np.array(half_extent),
        mass=float(_or(choice.object_mass, rng.uniform(0.05, 0.45))),
        friction=float(_or(choice.object_friction, rng.uniform(0.6, 1.1))),
    )


def draw_camera(rng: np.random.Generator, choice: ObjectChoice = ObjectChoice()) -> HiddenCamera:
    """The camera, for as long as the arm lives."""
    noise = float(_or(choice.object_noise, rng.uniform(5e-4, 1.5e-3)))
    return HiddenCamera(
        latency=float(_or(choice.object_latency, rng.uniform(0.02, 0.06))),
        position_noise=noise,
        orientation_noise=rng.uniform(5e-3, 0.02),
        position_offset=noise * rng.standard_normal(3),
    )


def draw_place(
    rng: np.random.Generator, reach: Tuple[float, float], max_azimuth: float
) -> Tuple[float, float, float]:
    """Where to put an object on the table: x, y [m] and its angle about the vertical [rad].

    Args:
      reach: least and largest distance from the base's z axis [m], uniform over the ring's area.
      max_azimuth: largest angle from straight ahead, to either side [rad].
    """
    radius = math.sqrt(rng.uniform(reach[0] ** 2, reach[1] ** 2))
    azimuth = rng.uniform(-max_azimuth, max_azimuth)
    return radius * math.cos(azimuth), radius * math.sin(azimuth), rng.uniform(-math.pi, math.pi)


def _or(given: float, drawn):
    """What is given, where it is no draw."""
    return drawn if given < 0.0 else np.broadcast_to(given, np.shape(drawn))
