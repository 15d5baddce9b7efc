"""The hole before the simulated arm and how its wrist errs: drawn, and told to nobody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rl_manip_description.contract.settings import require_all, setting
from rl_manip_sim.models.scene import HOLE_SHAPES

ANY = ("any", *HOLE_SHAPES)


@dataclass(frozen=True)
class HiddenHole:
    """One hole, and the peg for it."""

    shape: str  # one of HOLE_SHAPES
    clearance: float  # [m] by which the peg is thinner
    error: np.ndarray  # (3,) [m] where it is said to be minus where it is, in the base frame's axes


@dataclass(frozen=True)
class HiddenWrist:
    """How what the wrist's sensor says differs from the truth."""

    latency: float  # [s]
    bias: np.ndarray  # (6,) [N, N m]
    noise: np.ndarray  # (6,) [N, N m] standard deviations


@dataclass(frozen=True)
class HoleChoice:
    """Given instead of drawn; parameters of the node have the same names."""

    hole_shape: str = setting("any", "Shape of the holes.", choices=ANY)
    hole_clearance: float = setting(
        -1.0, "By how much the peg is thinner; negative draws it.", "m", -1.0, 0.01
    )
    hole_error: float = setting(
        0.002, "Largest error of the place that is told, along each axis.", "m", 0.0, 0.01
    )

    def __post_init__(self) -> None:
        require_all(self)


def draw_hole(rng: np.random.Generator, choice: HoleChoice = HoleChoice()) -> HiddenHole:
    """The next hole; without a choice 0.5 to 2 mm wider than its peg."""
    shape, clearance = choice.hole_shape, choice.hole_clearance
    drawn_shape = HOLE_SHAPES[rng.integers(len(HOLE_SHAPES))]
    drawn_clearance = float(rng.uniform(5e-4, 2e-3))
    return HiddenHole(
        shape=drawn_shape if shape == "any" else shape,
        clearance=drawn_clearance if clearance < 0.0 else clearance,
        error=choice.hole_error * rng.uniform(-1.0, 1.0, 3),
    )


def draw_wrist(rng: np.random.Generator) -> HiddenWrist:
    """The sensor, for as long as the arm lives."""
    per_axis = np.repeat((1.0, 0.03), 3)  # [N] and [N m]
    return HiddenWrist(
        latency=float(rng.uniform(0.002, 0.012)),
        bias=0.25 * per_axis * rng.uniform(-1.0, 1.0, 6),
        noise=rng.uniform(0.05, 0.25) * per_axis,
    )
