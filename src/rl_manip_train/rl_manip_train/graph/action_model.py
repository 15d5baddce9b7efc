"""From what a policy says to what the joints are told, inside the exported graph."""

from __future__ import annotations

from typing import ClassVar, Tuple

import torch
from torch import Tensor, nn

from rl_manip_description.contract.action_kinds import JOINT_POSITION_DELTA, JOINT_VELOCITY
from rl_manip_train.graph.operational_space import slowed_to


class JointVelocityAction(nn.Module):
    """Each action is one joint's velocity.

    Args:
      velocity_limit: (n,) velocity at an action of 1 [rad/s].
    """

    kind: ClassVar[str] = JOINT_VELOCITY

    def __init__(self, velocity_limit: Tensor) -> None:
        super().__init__()
        self.width = len(velocity_limit)
        self.register_buffer("_velocity_limit", velocity_limit.clone(), persistent=False)

    def forward(self, action: Tensor, joint_position: Tensor) -> Tuple[Tensor, ...]:
        """Joint velocity command (N, n) [rad/s] for actions (N, n) in [-1, 1]."""
        return (action * self._velocity_limit,)

    def action_for(self, joint_velocity: Tensor, joint_position: Tensor) -> Tensor:
        """Actions (N, n) in [-1, 1] that move the joints like (N, n) [rad/s], slower if need be."""
        return slowed_to(
            joint_velocity / self._velocity_limit, torch.ones_like(self._velocity_limit)
        )


class JointPositionDeltaAction(JointVelocityAction):
    """Each action is how far one joint is to be from its measured position one control step later.

    At an action of 1 that is as far as the joint comes within a step, ``velocity_limit`` times
    ``control_dt`` [rad per control step]; its velocity is the distance over ``control_dt``. No
    target lies beyond a position limit, and a joint beyond one is brought back. A target counted
    from the one before would have to be remembered, and would run ahead of an arm that is held.

    Args:
      velocity_limit: (n,) fastest joint velocity command [rad/s].
      control_dt: control step [s].
      lower, upper: (n,) position limits [rad].
    """

    kind: ClassVar[str] = JOINT_POSITION_DELTA

    def __init__(
        self, velocity_limit: Tensor, control_dt: float, lower: Tensor, upper: Tensor
    ) -> None:
        super().__init__(velocity_limit)
        self._rate = 1.0 / control_dt
        self.register_buffer("_lower", lower.clone(), persistent=False)
        self.register_buffer("_upper", upper.clone(), persistent=False)

    def forward(self, action: Tensor, joint_position: Tensor) -> Tuple[Tensor, ...]:
        """Joint velocity command (N, n) [rad/s] for actions (N, n) in [-1, 1].

        min(max(action limit, (lower - q) / dt), (upper - q) / dt), within the limit.
        """
        velocity = action * self._velocity_limit
        velocity = torch.maximum(velocity, self._rate * (self._lower - joint_position))
        velocity = torch.minimum(velocity, self._rate * (self._upper - joint_position))
        limit = self._velocity_limit
        return (torch.minimum(torch.maximum(velocity, -limit), limit),)
