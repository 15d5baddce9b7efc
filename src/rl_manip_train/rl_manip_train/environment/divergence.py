"""Simulations that diverge: found, counted, and the end of it where they become many."""

from __future__ import annotations

from collections import deque
from typing import Deque

import torch
from torch import Tensor

from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.scene import Scene

JOINT_SPEED = 100.0
"""Faster than this no arm moves [rad/s]: thirty times the limit of a UR."""
OBJECT_SPEED = 100.0
"""Faster than this no object flies [m/s]."""
TOLERATED_SHARE = 0.01
"""Share of the environments that may diverge within an episode's time [1]."""


class SimulationDivergedError(RuntimeError):
    """Too many simulations diverge; the message says how many and what to change."""


def diverged(sim: BatchSim, scene: Scene) -> Tensor:
    """(N,) bool: a state without finite values, or faster than anything real."""
    # written so that a NaN fails it
    sound = (sim.joint_velocity.abs() < JOINT_SPEED).all(dim=1)
    if scene.has_object:
        sound &= (sim.object_velocity[:, :3].abs() < OBJECT_SPEED).all(dim=1)
        sound &= torch.isfinite(sim.object_pose).all(dim=1)
    if scene.support:
        sound &= torch.isfinite(sim.support_pose).all(dim=1)
    return ~sound


class DivergenceCount:
    """How many of N simulations have diverged, in all and within the last steps.

    Args:
      num_envs: N.
      window: control steps that are looked back on.
      physics_dt: simulation step, for the message [s].
    """

    def __init__(self, num_envs: int, window: int, physics_dt: float) -> None:
        self.total = 0
        self._num_envs, self._physics_dt = num_envs, physics_dt
        self._recent: Deque[int] = deque(maxlen=window)

    def add(self, count: int) -> None:
        """Take one control step's number.

        Raises:
          SimulationDivergedError: more than ``TOLERATED_SHARE`` within the window, and more than
            one.
        """
        self.total += count
        self._recent.append(count)
        recent = sum(self._recent) if count else 0
        if recent > max(1.0, TOLERATED_SHARE * self._num_envs):
            raise SimulationDivergedError(
                f"{recent} of {self._num_envs} simulations diverged within "
                f"{len(self._recent)} control steps (a state that is not finite, or joints faster "
                f"than {JOINT_SPEED:g} rad/s), expected at most {TOLERATED_SHARE:.0%}; give a "
                f"physics_dt below {self._physics_dt:g} s or narrower ranges of randomization"
            )
