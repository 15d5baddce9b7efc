"""Simulator backends by name: those of this workspace and those that other packages offer."""

from __future__ import annotations

from typing import Optional

from rl_manip_description import Arm
from rl_manip_sim.backends.backend import Backend
from rl_manip_sim.batch_sim import BackendError, BatchSim
from rl_manip_sim.known_backends import AUTO, BACKENDS
from rl_manip_sim.models.scene import EMPTY, Scene

__all__ = ["BACKENDS", "device_of_backend", "make_sim", "resolve_backend"]


def resolve_backend(name: str) -> str:
    """The backend that ``name`` stands for on this machine; ``auto`` takes the fastest of ours.

    Raises:
      UnknownBackendError: no backend of that name.
      RegistryError: the package that offers it is broken, or several offer it.
      BackendError: a backend that this machine or interpreter lacks; the message says what.
    """
    if name == AUTO:
        import torch

        # Warp's CPU device can run, and is slower than MuJoCo there
        faster = ("isaacgym", "mujoco_warp") if torch.cuda.is_available() else ()
        return next((one for one in faster if not BACKENDS.load(one).what_is_missing()), "mujoco")
    missing = BACKENDS.load(name).what_is_missing()
    if missing:
        raise BackendError(f"backend is {name!r}, which cannot run here: {missing}")
    return name


def device_of_backend(name: str) -> str:
    """Where the tensors of the backend ``name`` are, "cuda" or "cpu"; not for ``auto``."""
    return BACKENDS.load(name).device()


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
      RegistryError: the package that offers it is broken, or several offer it.
      BackendError: a backend that this machine or interpreter lacks.
      SceneError: an object, and no gripper.
      SimCfgError: a count or time step that cannot be used.
    """
    offered: Backend = BACKENDS.load(resolve_backend(backend))
    return offered.make(arm, num_envs, control_dt, physics_dt, num_threads, scene or EMPTY)
