"""Forward kinematics in torch: batched, differentiable, and exportable to ONNX."""

from __future__ import annotations

from typing import Tuple

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import KinematicChain


class ForwardKinematics(nn.Module):
    """Tool pose from joint positions for a fixed serial chain.

    Each joint's rotation is linear in the sine and cosine of its angle (Rodrigues' formula):
    R(q) = a a^T + sin(q) [a]x + cos(q) (I - a a^T), so that its three constant matrices, already
    multiplied by the joint's fixed origin, are buffers.

    Args:
      chain: the arm's fixed transforms and axes.
    """

    def __init__(self, chain: KinematicChain) -> None:
        super().__init__()
        axes = np.asarray(chain.axes, dtype=np.float64)
        origins = np.asarray(chain.origins, dtype=np.float64)
        parallel = axes[:, :, None] * axes[:, None, :]
        x, y, z = axes.T
        zero = np.zeros_like(x)
        cross = np.stack((zero, -z, y, z, zero, -x, -y, x, zero), axis=-1).reshape(-1, 3, 3)
        rotation = origins[:, :3, :3]
        for name, value in {
            "_constant": rotation @ parallel,
            "_sine": rotation @ cross,
            "_cosine": rotation @ (np.eye(3) - parallel),
            "_offset": origins[:, :3, 3, None],
            "_tool_rotation": np.asarray(chain.tool)[:3, :3],
            "_tool_offset": np.asarray(chain.tool)[:3, 3, None],
        }.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32), persistent=False)

    def forward(self, joint_position: Tensor) -> Tuple[Tensor, Tensor]:
        """Tool position (N, 3) [m] and rotation matrix (N, 3, 3) in the base frame.

        Args:
          joint_position: (N, n) [rad].
        """
        sine = torch.sin(joint_position)[:, :, None, None]
        cosine = torch.cos(joint_position)[:, :, None, None]
        local = self._constant + sine * self._sine + cosine * self._cosine
        rotation, position = local[:, 0], self._offset[0].expand(len(local), 3, 1)
        for joint in range(1, local.shape[1]):
            position = position + rotation @ self._offset[joint]
            rotation = rotation @ local[:, joint]
        position = position + rotation @ self._tool_offset
        return position[:, :, 0], rotation @ self._tool_rotation
