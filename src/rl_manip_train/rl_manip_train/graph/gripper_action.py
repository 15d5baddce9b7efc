"""How an action says what the gripper is to do, whatever the others say of the arm."""

from __future__ import annotations

from typing import Tuple

import torch
from torch import Tensor, nn


def opening_of(action: Tensor, max_opening: float) -> Tensor:
    """Wanted opening (N, 1) [m] for actions (N, 1) in [-1, 1].

    Both ends are reached at two thirds, so that an action that wavers there does not move the
    fingers.
    """
    return (0.5 + 0.75 * action).clamp(0.0, 1.0) * max_opening


def action_for_opening(opening: Tensor, max_opening: float) -> Tensor:
    """Actions (N, 1) in [-1, 1] that ask for an opening (N, 1) [m]; 1 and -1 for its ends."""
    share = opening / max_opening
    beyond = torch.where(share >= 1.0, torch.ones_like(share), (share - 0.5) / 0.75)
    return torch.where(share <= 0.0, -torch.ones_like(share), beyond)


class WithGripperAction(nn.Module):
    """Actions that move the arm, and one more at the end for the gripper's wanted opening.

    Args:
      arm_action: what the others mean.
      max_opening: of the gripper [m].
    """

    def __init__(self, arm_action: nn.Module, max_opening: float) -> None:
        super().__init__()
        self.kind, self.width = arm_action.kind, arm_action.width + 1
        self._arm_action, self._max_opening = arm_action, max_opening

    def forward(self, action: Tensor, joint_position: Tensor) -> Tuple[Tensor, ...]:
        """Joint velocities (N, n) [rad/s] and opening (N, 1) [m] for actions (N, a) in [-1, 1]."""
        arm, gripper = action.split((self.width - 1, 1), 1)
        return (*self._arm_action(arm, joint_position), opening_of(gripper, self._max_opening))

    def action_for(self, joint_velocity: Tensor, opening: Tensor, joint_position: Tensor) -> Tensor:
        """Actions (N, a) in [-1, 1] that move the joints like (N, n) [rad/s], slower if need be."""
        arm = self._arm_action.action_for(joint_velocity, joint_position)
        return torch.cat((arm, action_for_opening(opening, self._max_opening)), dim=1)
