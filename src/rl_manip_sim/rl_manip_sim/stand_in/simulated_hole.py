"""The stand-in robot's peg, the block with the hole for it, and the sensor at its wrist."""

from __future__ import annotations

from collections import deque
from typing import Deque

import mujoco
import numpy as np

from rl_manip_sim.models.peg_model import BLOCK, WRIST_FORCE, WRIST_TORQUE, shape_peg_and_hole
from rl_manip_sim.stand_in.hidden_hole import HiddenHole, HiddenWrist


class SimulatedHole:
    """Peg and hole: what they are, where the block stands, and what the peg does to the arm.

    Args:
      model: of an arm with a peg; peg and hole are changed in place.
      data: of that model.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._model, self._data = model, data
        self._block: int = int(model.body(BLOCK).mocapid[0])
        self._sensed = [int(model.sensor(name).adr[0]) for name in (WRIST_FORCE, WRIST_TORQUE)]

    def become(self, hidden: HiddenHole) -> None:
        """Turns into another hole, with another peg for it."""
        shape_peg_and_hole(self._model, hidden.shape, hidden.clearance)

    def place(self, mouth: np.ndarray, yaw: float) -> None:
        """Puts the block with the middle of its hole's mouth at (3,) [m], turned by yaw [rad]."""
        self._data.mocap_pos[self._block] = mouth
        self._data.mocap_quat[self._block] = np.cos(yaw / 2.0), 0.0, 0.0, np.sin(yaw / 2.0)

    @property
    def wrench(self) -> np.ndarray:
        """True force [N] and torque [N m] that contact does to the tool, in its axes, (6,)."""
        # the sensor has what the arm does to the peg
        return -np.concatenate([self._data.sensordata[at : at + 3] for at in self._sensed])


class WristSensor:
    """Says what the wrist feels: late, noisy, and off by a little that stays."""

    def __init__(self, hidden: HiddenWrist, cycle: float, rng: np.random.Generator) -> None:
        self._hidden, self._rng = hidden, rng
        length = round(hidden.latency / cycle) + 1
        self._on_the_way: Deque[np.ndarray] = deque([np.zeros(6)] * length, maxlen=length)

    def feel(self, wrench: np.ndarray) -> None:
        """Takes the true wrench (6,) of a cycle."""
        self._on_the_way.append(wrench)

    def reading(self) -> np.ndarray:
        """What it says now (6,) [N, N m]."""
        noise = self._hidden.noise * self._rng.standard_normal(6)
        return self._on_the_way[0] + self._hidden.bias + noise
