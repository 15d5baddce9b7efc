"""What a force-torque sensor at the wrist says, how late it says so, and how it errs."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_sim.signals.delay_line import DelayLine
from rl_manip_sim.signals.signal_path import SignalSample
from rl_manip_sim.signals.stateful import Stateful


class WrenchSensor(Stateful):
    """Delay, bias and noise between the true wrench and the reading.

    Args:
      num_envs: number of environments N.
      control_dt: time between two readings [s].
      max_delay: oldest wrench that will be read [s].
      generator: draws the noise; its device is the tensors' device.
    """

    def __init__(
        self, num_envs: int, control_dt: float, max_delay: float, generator: torch.Generator
    ) -> None:
        device = generator.device
        self._generator = generator
        self.wrench = torch.zeros(num_envs, 6, device=device)
        """The last reading: force [N], torque [N m]."""
        self._delayed = DelayLine(num_envs, 6, control_dt, max_delay, device)
        self._bias = torch.zeros(num_envs, 6, device=device)
        self._noise = torch.zeros(num_envs, 6, device=device)

    def reset(self, env_ids: Tensor, sample: SignalSample, wrench: Tensor) -> None:
        """Give environments (k,) new sensors and a first reading, without noise, of (k, 6)."""
        self._delayed.reset(env_ids, sample.wrench_delay, wrench)
        self._bias[env_ids, :3] = sample.wrench_force_bias
        self._bias[env_ids, 3:] = sample.wrench_torque_bias
        self._noise[env_ids, :3] = sample.wrench_force_noise.unsqueeze(1)
        self._noise[env_ids, 3:] = sample.wrench_torque_noise.unsqueeze(1)
        self.wrench[env_ids] = wrench + self._bias[env_ids]

    def read(self, wrench: Tensor) -> None:
        """Take the next reading of the true wrenches (N, 6)."""
        noise = torch.empty_like(self.wrench).normal_(generator=self._generator)
        self.wrench = torch.addcmul(self._delayed.push(wrench) + self._bias, noise, self._noise)
