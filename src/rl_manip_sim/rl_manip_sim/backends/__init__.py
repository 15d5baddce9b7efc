"""Simulator backends by name."""

from __future__ import annotations

from typing import Optional

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim, UnknownBackendError
from rl_manip_sim.scene import EMPTY, Scene

BACKENDS = ("auto", "mujoco")
"""Names that ``make_sim`` takes."""


def resolve_backend(name: str) -> str:
    """The backend that ``name`` stands for on this machine; ``auto`` takes the fastest there is.

    Raises:
      UnknownBackendError: no backend of that name.
    """
    if name not in BACKENDS:
        raise UnknownBackendError(f"backend is {name!r}, expected one of {', '.join(BACKENDS)}")
    return "mujoco" if name == "auto" else name


def make_sim(
    backend: str,
    arm: Arm,
    num_envs: int,
    control_dt: float,
    physics_dt: float,
    num_threads: int = 0,
    scene: Optional[Scene] = None,
) -> BatchSim:
    """A batched simulator of ``num_envs`` copies of ``arm``.

    Args:
      backend: one of ``BACKENDS``.
      arm: which arm.
      num_envs: number of environments, >= 1.
      control_dt: time that one ``step`` simulates [s].
      physics_dt: simulation step [s]; divides ``control_dt``.
      num_threads: threads that step the simulations; 0 for one per core.
      scene: what stands on the table; None for nothing.

    Raises:
      UnknownBackendError: no backend of that name.
      SceneError: an object, and no gripper.
      SimCfgError: a count or time step that cannot be used.
    """
    resolve_backend(backend)
    from rl_manip_sim.backends.mujoco_batch import MujocoBatchSim

    return MujocoBatchSim(arm, num_envs, control_dt, physics_dt, num_threads, scene or EMPTY)
