"""Tool pose and geometric Jacobian in torch: batched, differentiable, and exportable to ONNX."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import KinematicChain
from rl_manip_train.graph.forward_kinematics import turns_of


class ToolKinematics(NamedTuple):
    """Where the tool is and how the joints move it, in the base frame."""

    position: Tensor  # (N, 3) [m]
    rotation: Tensor  # (N, 3, 3) columns are the tool's axes
    jacobian: Tensor  # (N, 6, n) rows 0-2 linear [m/rad], rows 3-5 angular [1]


class ToolJacobian(nn.Module):
    """Pose and geometric Jacobian of a fixed serial chain.

    From the base to the tool each joint turns a frame by R (cos(q) C + sin(q) S + A), with its
    fixed rotation R and Rodrigues' constant matrices of its axis a: A = a a^T, S = [a]x, C = I - A.
    R C, R S and R A side by side make that one product of matrices per joint.

    Args:
      chain: the arm's fixed transforms and axes.
    """

    def __init__(self, chain: KinematicChain) -> None:
        super().__init__()
        for name, value in {
            "_turns": np.concatenate(turns_of(chain), axis=2),  # (n, 3, 9)
            "_offsets": np.asarray(chain.origins)[:, :3, 3],
            "_axes": np.asarray(chain.axes),
            "_tool_offset": np.asarray(chain.tool)[:3, 3],
            "_tool_rotation": np.asarray(chain.tool)[:3, :3],
        }.items():
            self.register_buffer(name, torch.tensor(value, dtype=torch.float32), persistent=False)

    def forward(self, joint_position: Tensor) -> ToolKinematics:
        """Kinematics at joint positions (N, n) [rad].

        Column i of the Jacobian is [z_i x (p_tool - p_i); z_i], z_i the axis and p_i the origin of
        joint i.
        """
        sines = torch.sin(joint_position).split(1, 1)
        cosines = torch.cos(joint_position).split(1, 1)
        rotation = torch.eye(3, device=joint_position.device).expand(len(joint_position), 3, 3)
        position = torch.zeros_like(joint_position[:, :3])
        axes, origins = [], []
        for joint in range(len(sines)):
            position = position + rotation @ self._offsets[joint]
            by_cosine, by_sine, constant = (rotation @ self._turns[joint]).split(3, 2)
            rotation = (
                cosines[joint][:, :, None] * by_cosine + sines[joint][:, :, None] * by_sine
            ) + constant
            origins.append(position)
            axes.append(rotation @ self._axes[joint])
        tool = position + rotation @ self._tool_offset
        axis = torch.stack(axes, dim=2)  # (N, 3, n)
        lever = tool[:, :, None] - torch.stack(origins, dim=2)
        jacobian = torch.cat((cross(axis, lever), axis), dim=1)
        return ToolKinematics(tool, rotation @ self._tool_rotation, jacobian)


def cross(first: Tensor, second: Tensor) -> Tensor:
    """Cross products along axis 1 of (N, 3, n), in operations that every exporter knows."""
    x, y, z = first.split(1, 1)
    u, v, w = second.split(1, 1)
    return torch.cat((y * w - z * v, z * u - x * w, x * v - y * u), dim=1)


def rotation_error(goal: Tensor, rotation: Tensor) -> Tensor:
    """How to turn from a rotation to a goal: sin(angle / 2) times the axis, in the base frame.

    With E = goal rotation^T the vector of E - E^T is 2 sin(angle) axis, and 1 + tr E is
    4 cos(angle / 2)^2. It falls towards zero only in the last degree before half a turn, where the
    axis is not defined.

    Args:
      goal, rotation: (N, 3, 3).

    Returns:
      (N, 3) [1].
    """
    rows = goal.split(1, 1)
    error = [[(row * other).sum(dim=2) for other in rotation.split(1, 1)] for row in rows]
    # E_ij = sum_k goal_ik rotation_jk
    skew = torch.cat(
        (error[2][1] - error[1][2], error[0][2] - error[2][0], error[1][0] - error[0][1]), dim=1
    )
    trace = error[0][0] + error[1][1] + error[2][2]
    return skew / (2.0 * (1.0 + trace).clamp(min=1e-4).sqrt())


def rotation_of(quaternion: Tensor) -> Tensor:
    """Rotation matrices (N, 3, 3) of unit quaternions (N, 4), xyzw."""
    x, y, z, w = quaternion.split(1, 1)
    rows = (
        1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w),
        2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w),
        2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y),
    )  # fmt: skip
    return torch.cat(rows, dim=1).reshape(-1, 3, 3)
