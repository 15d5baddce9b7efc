"""Simulator backends by name."""

from __future__ import annotations

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim, UnknownBackendError

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
) -> BatchSim:
    """A batched simulator of ``num_envs`` copies of ``arm``.

    Args:
      backend: one of ``BACKENDS``.
      arm: which arm.
      num_envs: number of environments, >= 1.
      control_dt: time that one ``step`` simulates [s].
      physics_dt: simulation step [s]; divides ``control_dt``.
      num_threads: threads that step the simulations; 0 for one per core.

    Raises:
      UnknownBackendError: no backend of that name.
      SimCfgError: a count or time step that cannot be used.
    """
    resolve_backend(backend)
    from rl_manip_sim.backends.mujoco_batch import MujocoBatchSim

    return MujocoBatchSim(arm, num_envs, control_dt, physics_dt, num_threads)
