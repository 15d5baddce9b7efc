"""Kinematics of many copies of an arm at once, for simulators that do not report them exactly."""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import KinematicChain
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix


class ToolMotion(NamedTuple):
    """Where N tools are and how they move, in the base frame."""

    pose: Tensor  # (N, 7) position [m], quaternion xyzw
    velocity: Tensor  # (N, 3) [m/s]


def quaternion_product(first: Tensor, second: Tensor) -> Tensor:
    """Turn by ``second``, then by ``first``; quaternions (..., 4) xyzw."""
    u, v = first[..., :3], second[..., :3]
    a, b = first[..., 3:], second[..., 3:]
    vector = a * v + b * u + torch.cross(u, v, dim=-1)
    return torch.cat((vector, a * b - (u * v).sum(dim=-1, keepdim=True)), dim=-1)


def rotated(quaternion: Tensor, vector: Tensor) -> Tensor:
    """Vectors (..., 3) turned by quaternions (..., 4) xyzw."""
    u = quaternion[..., :3]
    twice = 2.0 * torch.cross(u, vector, dim=-1)
    return vector + quaternion[..., 3:] * twice + torch.cross(u, twice, dim=-1)


class TorchKinematics:
    """Pose and velocity of the tool from positions and velocities of the joints.

    Args:
      chain: the arm's fixed transforms and axes.
      device: of every tensor.
    """

    def __init__(self, chain: KinematicChain, device: torch.device) -> None:
        frames = np.concatenate((chain.origins, chain.tool[None]))

        def tensor(values: np.ndarray) -> Tensor:
            return torch.tensor(np.asarray(values), dtype=torch.float32, device=device)

        self._positions = tensor(frames[:, :3, 3])
        self._turns = tensor(quaternion_from_matrix(frames[:, :3, :3]))
        self._axes = tensor(chain.axes)

    def frames(self, joint_position: Tensor) -> Tuple[Tensor, Tensor]:
        """Where the n links and then the tool are, for joints (N, n) [rad], in the base frame.

        Returns:
          Positions (N, n + 1, 3) [m] and quaternions (N, n + 1, 4) xyzw.
        """
        count, n = joint_position.shape
        sine, cosine = torch.sin(joint_position / 2.0), torch.cos(joint_position / 2.0)
        position = self._positions[:1].expand(count, 3)
        turn = self._turns[:1].expand(count, 4)
        positions, turns = [], []
        for joint in range(n):
            axis = self._axes[joint]
            own = torch.cat((sine[:, joint, None] * axis, cosine[:, joint, None]), dim=1)
            turn = quaternion_product(turn, own)
            positions.append(position)
            turns.append(turn)
            position = position + rotated(turn, self._positions[joint + 1].expand(count, 3))
            turn = quaternion_product(turn, self._turns[joint + 1].expand(count, 4))
        return torch.stack((*positions, position), dim=1), torch.stack((*turns, turn), dim=1)

    def __call__(self, joint_position: Tensor, joint_velocity: Tensor) -> ToolMotion:
        """Motion of the tools for (N, n) [rad] and (N, n) [rad/s]."""
        positions, turns = self.frames(joint_position)
        position, turn = positions[:, -1], turns[:, -1]
        # v = sum of z_i x (p - o_i) times the joint's velocity; turning about it moves no axis
        axes = rotated(turns[:, :-1], self._axes.expand(len(turns), -1, -1))
        columns = torch.cross(axes, position[:, None] - positions[:, :-1], dim=-1)
        velocity = (columns * joint_velocity[:, :, None]).sum(dim=1)
        return ToolMotion(torch.cat((position, turn), dim=1), velocity)
