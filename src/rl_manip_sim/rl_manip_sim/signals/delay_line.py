"""A delay of its own for each of many environments, in fractions of a period."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_sim.signals.stateful import Stateful


class DelayLine(Stateful):
    """Gives back what was put in some time ago.

    A delay of d periods is the interpolation between the values of floor(d) and floor(d) + 1
    periods ago.

    Args:
      num_envs: number of environments N.
      width: figures per environment w.
      period: time between two values [s].
      max_delay: longest delay that will be asked for [s].
      device: of every tensor.
    """

    def __init__(
        self, num_envs: int, width: int, period: float, max_delay: float, device: torch.device
    ) -> None:
        self._period = period
        length = int(max_delay / period) + 2
        # ring buffer: values of the last periods, newest at index _newest
        self._history = torch.zeros(length, num_envs, width, device=device)
        self._newest = 0
        self._whole_periods = torch.zeros(num_envs, dtype=torch.int64, device=device)
        self._fraction = torch.zeros(num_envs, 1, device=device)
        self._env = torch.arange(num_envs, device=device)

    @property
    def last(self) -> Tensor:
        """What was put in last (N, w)."""
        return self._history[self._newest]

    def reset(self, env_ids: Tensor, delay: Tensor, value: Tensor) -> None:
        """Give environments (k,) a new delay and the past of having stood at ``value`` for ever.

        Args:
          env_ids: (k,) int64.
          delay: (k,) [s], none longer than ``max_delay``; not looked at, the host would wait.
          value: (k, w), or one figure for all.
        """
        periods = delay / self._period
        whole = periods.floor()
        self._history[:, env_ids] = value
        self._whole_periods[env_ids] = whole.long()
        self._fraction[env_ids] = (periods - whole).unsqueeze(1)

    def push(self, value: Tensor) -> Tensor:
        """Put in this period's value (N, w); returns what comes out (N, w)."""
        last, length = self._newest, len(self._history)
        self._newest = (last + 1) % length
        self._history[self._newest] = value
        if length == 2:  # no delay reaches a whole period: nothing to look up
            return torch.lerp(value, self._history[last], self._fraction)
        newer = self._history[(self._newest - self._whole_periods) % length, self._env]
        older = self._history[(self._newest - self._whole_periods - 1) % length, self._env]
        return torch.lerp(newer, older, self._fraction)
