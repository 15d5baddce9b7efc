"""What a camera says about the object, how late it says so, and how it errs."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_description.kinematics.serial_chain import slightly_turned
from rl_manip_sim.signals.delay_line import DelayLine
from rl_manip_sim.signals.signal_path import SignalSample
from rl_manip_sim.signals.stateful import Stateful


class ObjectSensor(Stateful):
    """Latency, noise and drop-out between the object's true pose and the reading.

    One part of the noise stays for an episode, as of a camera that is not quite where it is thought
    to be; one of the same size changes with each reading.

    Args:
      num_envs: number of environments N.
      control_dt: time between two readings [s].
      max_delay: oldest pose that will be read [s].
      generator: draws noise and drop-outs; its device is the tensors' device.
    """

    def __init__(
        self, num_envs: int, control_dt: float, max_delay: float, generator: torch.Generator
    ) -> None:
        device = generator.device
        self._generator = generator
        self.object_pose = torch.zeros(num_envs, 7, device=device)
        """The last reading: position [m], quaternion xyzw, in the base frame."""
        self._delayed = DelayLine(num_envs, 7, control_dt, max_delay, device)
        self._spread = torch.zeros(num_envs, 6, device=device)  # [m] and [rad]
        self._offset = torch.zeros(num_envs, 6, device=device)
        self._dropout = torch.zeros(num_envs, 1, device=device)

    def reset(self, env_ids: Tensor, sample: SignalSample, object_pose: Tensor) -> None:
        """Give environments (k,) new noise and a first reading of the poses (k, 7)."""
        self._delayed.reset(env_ids, sample.object_delay, object_pose)
        self._spread[env_ids, :3] = sample.object_position_noise.unsqueeze(1)
        self._spread[env_ids, 3:] = sample.object_orientation_noise.unsqueeze(1)
        self._offset[env_ids] = self._normal(len(env_ids)) * self._spread[env_ids]
        self._dropout[env_ids, 0] = sample.object_dropout
        self.object_pose[env_ids] = _disturbed(object_pose, self._offset[env_ids])

    def read(self, object_pose: Tensor) -> None:
        """Take the next reading of the true poses (N, 7)."""
        # of the two quaternions of an orientation the one next to the last: between them lie others
        apart = (object_pose[:, 3:] * self._delayed.last[:, 3:]).sum(dim=1, keepdim=True) < 0.0
        turned = torch.where(apart, -object_pose[:, 3:], object_pose[:, 3:])
        true = self._delayed.push(torch.cat((object_pose[:, :3], turned), dim=1))
        noise = self._normal(len(object_pose)) * self._spread
        read = _disturbed(true, self._offset + noise)
        lost = torch.empty_like(self._dropout).uniform_(generator=self._generator) < self._dropout
        self.object_pose = torch.where(lost, self.object_pose, read)

    def _normal(self, count: int) -> Tensor:
        return torch.randn(count, 6, generator=self._generator, device=self._generator.device)


def _disturbed(pose: Tensor, error: Tensor) -> Tensor:
    """Poses (k, 7) moved and turned by errors (k, 6), small rotation vectors [rad]."""
    turned = slightly_turned(pose[:, 3:].unbind(dim=1), error[:, 3:].unbind(dim=1))
    turned = torch.stack(turned, dim=1)
    quaternion = turned / turned.norm(dim=1, keepdim=True)
    return torch.cat((pose[:, :3] + error[:, :3], quaternion), dim=1)
