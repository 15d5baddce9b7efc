"""From what a policy says to what the arm and its gripper are told, inside the exported graph."""

from __future__ import annotations

from typing import Tuple

from torch import Tensor, nn


class JointVelocityAction(nn.Module):
    """Each action is one joint's velocity.

    Args:
      velocity_limit: (n,) velocity at an action of 1 [rad/s].
    """

    def __init__(self, velocity_limit: Tensor) -> None:
        super().__init__()
        self.register_buffer("_velocity_limit", velocity_limit.clone(), persistent=False)

    def forward(self, action: Tensor, joint_position: Tensor) -> Tuple[Tensor, ...]:
        """Joint velocity command (N, n) [rad/s] for actions (N, n) in [-1, 1]."""
        return (action * self._velocity_limit,)
