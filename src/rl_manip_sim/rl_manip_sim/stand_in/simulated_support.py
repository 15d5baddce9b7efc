"""The block that the stand-in robot's object is to be stacked on."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from rl_manip_sim.models.support_model import SUPPORT, shape_support


@dataclass(frozen=True)
class HiddenSupport:
    """One block, as high as a goal asks for."""

    half_width: float  # [m] of its square top
    mass: float  # [kg]


def draw_support(rng: np.random.Generator) -> HiddenSupport:
    """The next block."""
    return HiddenSupport(float(rng.uniform(0.032, 0.043)), float(rng.uniform(0.25, 0.7)))


class SimulatedSupport:
    """The block: what it is, and where; free to be pushed and to fall over.

    Args:
      model: of an arm with an object and a support, which is changed in place.
      data: of that model.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._model, self._data = model, data
        joint = model.joint(SUPPORT)
        self._start, self._speed = int(joint.qposadr[0]), int(joint.dofadr[0])

    def become(self, hidden: HiddenSupport, height: float) -> None:
        """Turns into another block of that height [m], in the same place."""
        shape_support(self._model, hidden.half_width, height / 2.0, hidden.mass)

    def place(self, x: float, y: float, yaw: float) -> None:
        """Puts it upright on the table, at rest: x, y [m], turned about the vertical [rad]."""
        at, half_height = self._start, self._model.geom(SUPPORT).size[2]
        self._data.qpos[at : at + 3] = x, y, half_height
        self._data.qpos[at + 3 : at + 7] = np.cos(yaw / 2.0), 0.0, 0.0, np.sin(yaw / 2.0)
        self._data.qvel[self._speed : self._speed + 6] = 0.0

    @property
    def position(self) -> np.ndarray:
        """True place of its middle in the base frame, (3,) [m]."""
        return self._data.qpos[self._start : self._start + 3].copy()

    @property
    def height(self) -> float:
        """Of a block that stands upright [m]."""
        return 2.0 * float(self._model.geom(SUPPORT).size[2])
