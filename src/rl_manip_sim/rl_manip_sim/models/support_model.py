"""The block that an object is to be stacked on, as a part of the MuJoCo model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mujoco
import numpy as np

from rl_manip_sim.models.gripper_model import MEETS

if TYPE_CHECKING:
    from mujoco import MjSpec

SUPPORT = "support"
HALF_WIDTH, HALF_HEIGHT, MASS = 0.035, 0.03, 0.4
"""Of the nominal support [m, m, kg]."""
PLACE = (0.5, -0.3)
"""Where it stands until it is put somewhere, away from where the object stands at first [m]."""
LEAST_FRICTION = 0.01
"""MuJoCo takes the larger friction of two shapes: whatever touches the support decides [1]."""


def add_support(spec: MjSpec) -> None:
    """Put a free block, body, joint and geom SUPPORT, on the table behind everything else.

    It meets what an object meets, and the object; like there, what touches it is no collision.
    """
    body = spec.worldbody.add_body(name=SUPPORT, pos=[*PLACE, HALF_HEIGHT])
    body.add_freejoint(name=SUPPORT)
    body.mass, body.ipos, body.explicitinertial = MASS, [0.0, 0.0, 0.0], True
    body.inertia = _inertia(HALF_WIDTH, HALF_HEIGHT, MASS)
    body.add_geom(
        name=SUPPORT,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[HALF_WIDTH, HALF_WIDTH, HALF_HEIGHT],
        friction=[LEAST_FRICTION, 0.01, 0.001],
        contype=MEETS["object"][0],
        conaffinity=MEETS["object"][1],
        condim=4,
        solref=[2.0 * spec.option.timestep, 1.0],
        rgba=[0.25, 0.42, 0.60, 1.0],
        group=1,
    )


def shape_support(
    model: mujoco.MjModel, half_width: float, half_height: float, mass: float
) -> None:
    """Turn a compiled model's support into another one [m, m, kg]."""
    geom, body = model.geom(SUPPORT).id, model.body(SUPPORT).id
    half = np.array((half_width, half_width, half_height))
    model.geom_size[geom] = model.geom_aabb[geom, 3:] = half
    model.geom_rbound[geom] = np.linalg.norm(half)
    model.body_mass[body] = mass
    model.body_inertia[body] = _inertia(half_width, half_height, mass)
    mujoco.mj_setConst(model, mujoco.MjData(model))


def _inertia(half_width: float, half_height: float, mass: float) -> np.ndarray:
    """Of a solid block about its axes (3,) [kg m^2]."""
    across = (half_width**2 + half_height**2) / 3.0
    return mass * np.array((across, across, 2.0 * half_width**2 / 3.0))
