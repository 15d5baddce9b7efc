"""What happens to a gripper's commands on their way and to readings of its opening."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_sim.signals.delay_line import DelayLine
from rl_manip_sim.signals.signal_path import SignalSample
from rl_manip_sim.signals.stateful import Stateful


class GripperPath(Stateful):
    """Delay of the commands, noise of the readings.

    Args:
      num_envs: number of environments N.
      control_dt: control period [s].
      max_delay: longest delay that will be asked for [s].
      generator: draws the noise; its device is the tensors' device.
    """

    def __init__(
        self, num_envs: int, control_dt: float, max_delay: float, generator: torch.Generator
    ) -> None:
        device = generator.device
        self._generator = generator
        self.opening = torch.zeros(num_envs, 1, device=device)
        """The last reading [m]."""
        self._delayed = DelayLine(num_envs, 1, control_dt, max_delay, device)
        self._noise = torch.zeros(num_envs, 1, device=device)  # [m]

    def reset(self, env_ids: Tensor, sample: SignalSample, opening: Tensor) -> None:
        """Give environments (k,), which stand at openings (k,) [m], a new delay and noise."""
        self._delayed.reset(env_ids, sample.gripper_delay, opening[:, None])
        self._noise[env_ids, 0] = sample.gripper_opening_noise
        self.opening[env_ids] = opening[:, None]

    def apply(self, command: Tensor) -> Tensor:
        """The opening (N,) [m] that the gripper is told now, where (N, 1) was computed."""
        return self._delayed.push(command)[:, 0]

    def read(self, opening: Tensor) -> None:
        """Take the next reading of the true openings (N,) [m]."""
        noise = torch.empty_like(self.opening).normal_(generator=self._generator)
        self.opening = torch.addcmul(opening[:, None], noise, self._noise)
