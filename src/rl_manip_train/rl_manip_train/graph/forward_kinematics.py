"""Forward kinematics in torch: batched, differentiable, and exportable to ONNX."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import KinematicChain


class ForwardKinematics(nn.Module):
    """Tool position from joint positions for a fixed serial chain.

    From the tool to the base each joint maps p to o + R (cos(q) C + sin(q) S + A) p, with its fixed
    origin (o, R) and Rodrigues' constant matrices of its axis a: A = a a^T, S = [a]x, C = I - A.
    R C, R S and R A one below the other make that one product of a matrix and a vector per joint;
    points are columns, so that sums and products run along what lies side by side in memory.

    Args:
      chain: the arm's fixed transforms and axes.
    """

    def __init__(self, chain: KinematicChain) -> None:
        super().__init__()
        # (joint, 9, 3): it times a column p is (R C p, R S p, R A p)
        maps = np.moveaxis(turns_of(chain), 0, 1).reshape(-1, 9, 3)
        origins = np.asarray(chain.origins)[:, :3, 3:]
        offsets = np.concatenate((np.zeros((len(origins), 6, 1)), origins), axis=1)
        for name, value in {
            "_maps": np.ascontiguousarray(maps),
            "_offsets": offsets,
            "_tool": np.asarray(chain.tool)[:3, 3:],
        }.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32), persistent=False)

    def forward(self, joint_position: Tensor) -> Tensor:
        """Tool position (N, 3) [m] in the base frame.

        Args:
          joint_position: (N, n) [rad].
        """
        angles = joint_position.t().contiguous()
        position = self._tool.expand(3, angles.shape[1])
        joints = zip(torch.sin(angles), torch.cos(angles), self._maps, self._offsets)
        for sine, cosine, turns, offset in reversed(list(joints)):
            by_cosine, by_sine, position = torch.addmm(offset, turns, position).chunk(3)
            position = torch.addcmul(position, cosine, by_cosine)
            position = torch.addcmul(position, sine, by_sine)
        return position.t()


def turns_of(chain: KinematicChain) -> np.ndarray:
    """R C, R S and R A of every joint, (3, n, 3, 3): by what cos(q), sin(q) and 1 are multiplied.

    R is the joint's fixed rotation; A = a a^T, S = [a]x and C = I - A are Rodrigues' matrices of
    its axis a.
    """
    axes = np.asarray(chain.axes, dtype=np.float64)
    parallel = axes[:, :, None] * axes[:, None, :]
    x, y, z = axes.T
    zero = np.zeros_like(x)
    cross = np.stack((zero, -z, y, z, zero, -x, -y, x, zero), axis=-1).reshape(-1, 3, 3)
    terms = np.stack((np.eye(3) - parallel, cross, parallel))
    return np.asarray(chain.origins, dtype=np.float64)[:, :3, :3] @ terms
