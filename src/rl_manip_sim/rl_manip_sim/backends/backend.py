"""What a package offers as a simulator backend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.scene import Scene

Make = Callable[[Arm, int, float, float, int, Scene], BatchSim]
"""Takes arm, number of environments, control and simulation step [s], threads (0 for one per core)
and what stands on the table; may raise SimCfgError and SceneError."""


@dataclass(frozen=True)
class Backend:
    """A simulator that can be asked for by name.

    Functions import what they need when they are called: the backend is known where it cannot run.
    """

    make: Make
    """Makes a simulator."""
    what_is_missing: Callable[[], str] = lambda: ""
    """What this machine or interpreter lacks for it, as a clause; empty for nothing."""
    device: Callable[[], str] = lambda: "cpu"
    """Where its tensors are, "cpu" or "cuda"."""
    one_at_a_time: bool = False
    """Whether a process can have but one simulator of it: training is judged in its own, then."""
    promise: Optional[Any] = None
    """How exact it is, a ``rl_manip_sim.contract.Promise``; None for the strictest. ``python -m
    rl_manip_sim.check --backend NAME`` holds it against that."""
