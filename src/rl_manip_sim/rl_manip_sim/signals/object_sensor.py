"""What a camera says about the object, and how it errs."""

from __future__ import annotations

import torch
from torch import Tensor

from rl_manip_description.kinematics.serial_chain import slightly_turned
from rl_manip_sim.signals.signal_path import SignalSample
from rl_manip_sim.signals.stateful import Stateful


class ObjectSensor(Stateful):
    """Noise between the object's true pose and the reading.

    One part stays for an episode, as of a camera that is not quite where it is thought to be; one
    of the same size changes with each reading.

    Args:
      num_envs: number of environments N.
      generator: draws the noise; its device is the tensors' device.
    """

    def __init__(self, num_envs: int, generator: torch.Generator) -> None:
        device = generator.device
        self._generator = generator
        self.object_pose = torch.zeros(num_envs, 7, device=device)
        """The last reading: position [m], quaternion xyzw, in the base frame."""
        self._spread = torch.zeros(num_envs, 6, device=device)  # [m] and [rad]
        self._offset = torch.zeros(num_envs, 6, device=device)

    def reset(self, env_ids: Tensor, sample: SignalSample, object_pose: Tensor) -> None:
        """Give environments (k,) new noise and a first reading of the poses (k, 7)."""
        self._spread[env_ids, :3] = sample.object_position_noise.unsqueeze(1)
        self._spread[env_ids, 3:] = sample.object_orientation_noise.unsqueeze(1)
        self._offset[env_ids] = self._normal(len(env_ids)) * self._spread[env_ids]
        self.object_pose[env_ids] = self._disturbed(object_pose, self._offset[env_ids])

    def read(self, object_pose: Tensor) -> None:
        """Take the next reading of the true poses (N, 7)."""
        noise = self._normal(len(object_pose)) * self._spread
        self.object_pose = self._disturbed(object_pose, self._offset + noise)

    def _normal(self, count: int) -> Tensor:
        return torch.randn(count, 6, generator=self._generator, device=self._generator.device)

    @staticmethod
    def _disturbed(pose: Tensor, error: Tensor) -> Tensor:
        """Poses (k, 7) moved and turned by errors (k, 6), small rotation vectors [rad]."""
        turned = slightly_turned(pose[:, 3:].unbind(dim=1), error[:, 3:].unbind(dim=1))
        turned = torch.stack(turned, dim=1)
        quaternion = turned / turned.norm(dim=1, keepdim=True)
        return torch.cat((pose[:, :3] + error[:, :3], quaternion), dim=1)
