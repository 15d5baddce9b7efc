"""Simulator backends by name."""

from __future__ import annotations

from typing import Optional

from rl_manip_description import Arm
from rl_manip_sim.backends.availability import warp_device, what_is_missing
from rl_manip_sim.batch_sim import BackendError, BatchSim, UnknownBackendError
from rl_manip_sim.models.scene import EMPTY, Scene

BACKENDS = ("auto", "mujoco", "mujoco_warp", "isaacgym")
"""Names that ``make_sim`` takes."""


def resolve_backend(name: str) -> str:
    """The backend that ``name`` stands for on this machine; ``auto`` takes the fastest there is.

    Raises:
      UnknownBackendError: no backend of that name.
      BackendError: a backend that this machine or interpreter lacks; the message says what.
    """
    if name not in BACKENDS:
        raise UnknownBackendError(f"backend is {name!r}, expected one of {', '.join(BACKENDS)}")
    if name == "auto":
        import torch

        # Warp's CPU device can run, and is slower than MuJoCo there
        faster = ("isaacgym", "mujoco_warp") if torch.cuda.is_available() else ()
        return next((backend for backend in faster if not what_is_missing(backend)), "mujoco")
    missing = what_is_missing(name)
    if missing:
        raise BackendError(f"backend is {name!r}, which cannot run here: {missing}")
    return name


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
      num_threads: threads that step the simulations on a CPU; 0 for one per core.
      scene: what stands on the table; None for nothing.

    Raises:
      UnknownBackendError: no backend of that name.
      BackendError: a backend that this machine or interpreter lacks.
      SceneError: an object, and no gripper.
      SimCfgError: a count or time step that cannot be used.
    """
    backend, scene = resolve_backend(backend), scene or EMPTY
    if backend == "isaacgym":
        from rl_manip_sim.backends.isaacgym.isaacgym_batch import IsaacGymBatchSim

        return IsaacGymBatchSim(arm, num_envs, control_dt, physics_dt, scene)
    if backend == "mujoco_warp":
        from rl_manip_sim.backends.mujoco.mujoco_warp_batch import MujocoWarpBatchSim

        return MujocoWarpBatchSim(arm, num_envs, control_dt, physics_dt, scene, warp_device())
    from rl_manip_sim.backends.mujoco.mujoco_batch import MujocoBatchSim

    return MujocoBatchSim(arm, num_envs, control_dt, physics_dt, num_threads, scene)
