"""How fast things move on average over the last moments: what success is judged by."""

from __future__ import annotations

from typing import Any, Optional

import torch
from torch import Tensor

from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.signals.stateful import Stateful

WINDOW = 0.2
"""[s] over which it is averaged, as long as a goal must stay met on the real arm."""


class SettledMotion(Stateful):
    """Mean velocities of tool and object over the last ``WINDOW``, in N environments.

    An arm whose actuators are noisy has a speed at every instant and yet stays where it is.

    Args:
      sim: whose environments.
      control_dt: time between two states [s].
      has_object: whether it simulates one.
    """

    def __init__(self, sim: BatchSim, control_dt: float, has_object: bool) -> None:
        length = max(1, round(WINDOW / control_dt))
        shape = length, sim.num_envs
        self._has_object = has_object
        # ring buffers, and from which state on each environment's count
        self._tool = torch.zeros(*shape, 3, device=sim.device)
        self._object: Optional[Tensor] = None
        if has_object:
            self._object = torch.zeros(*shape, 6, device=sim.device)
        self._newest = 0
        self._count = torch.zeros(sim.num_envs, 1, device=sim.device)

    def reset(self, env_ids: Tensor) -> None:
        """Forget the states of environments (k,)."""
        self._tool[:, env_ids] = 0.0
        if self._object is not None:
            self._object[:, env_ids] = 0.0
        self._count[env_ids] = 0.0

    def take(self, sim: BatchSim) -> None:
        """Take note of the state just reached."""
        self._newest = (self._newest + 1) % len(self._tool)
        self._tool[self._newest] = sim.tool_velocity
        if self._object is not None:
            self._object[self._newest] = sim.object_velocity
        self._count = (self._count + 1.0).clamp(max=len(self._tool))

    def seen_in(self, sim: BatchSim) -> BatchSim:
        """The simulator as it is, but for its velocities: those are the mean ones."""
        return _Settled(sim, self._mean(self._tool), self._mean(self._object))

    def _mean(self, states: Optional[Tensor]) -> Optional[Tensor]:
        return None if states is None else states.sum(dim=0) / self._count.clamp(min=1.0)


class _Settled:
    """A simulator's state with other velocities."""

    def __init__(
        self, sim: BatchSim, tool_velocity: Optional[Tensor], object_velocity: Optional[Tensor]
    ) -> None:
        self._sim = sim
        self.tool_velocity, self.object_velocity = tool_velocity, object_velocity

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sim, name)
