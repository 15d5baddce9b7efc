"""Features of policies that handle an object from above."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rl_manip_description import Arm
from rl_manip_train.graph.tool_heading import heading
from rl_manip_train.graph.tool_jacobian import ToolJacobian
from rl_manip_train.tasks.from_above.grip_turn import GripTurn, quarter_turn

NEAR = 0.04
"""Scale of the features that tell small distances apart [m]."""


class TabletopObservation(nn.Module):
    """Where object and goal are as seen from the tool, turned with its heading.

    So what is learned at one place of the table holds at all. The object's turn about z is given
    modulo a quarter turn, as a box can be gripped by either pair of sides; where the last joint is
    bounded, so is the turn that leads to the pair it gets to.

    Args:
      arm: with a gripper.
    """

    def __init__(self, arm: Arm) -> None:
        super().__init__()
        self._kinematics, self._grip_turn = ToolJacobian(arm.chain), GripTurn(arm)
        self.width = 26 if self._grip_turn.is_bounded else 25
        self._max_opening = arm.gripper.max_opening
        self._fingertip_reach = arm.gripper.fingertip_reach
        self._reach = arm.workspace.outer_radius

    def forward(
        self,
        joint_position: Tensor,
        joint_velocity: Tensor,
        goal_position: Tensor,
        gripper_opening: Tensor,
        object_pose: Tensor,
    ) -> Tensor:
        """Features (N, width).

        Args:
          joint_position: (N, n) [rad].
          joint_velocity: (N, n) [rad/s].
          goal_position: (N, 3) [m].
          gripper_opening: (N, 1) [m].
          object_pose: (N, 7) [m] and xyzw.
        """
        tool = self._kinematics(joint_position)
        c, s = heading(tool.rotation)
        velocity = (tool.jacobian * joint_velocity[:, None, :]).sum(dim=2)
        to_object = turned(object_pose[:, :3] - tool.position, c, s)
        to_goal = turned(goal_position - object_pose[:, :3], c, s)
        turn = quarter_turn(object_pose[:, 3:], c, s)
        radius = (tool.position[:, :2].square().sum(dim=1, keepdim=True) + 1e-8).sqrt()
        features = torch.cat(
            (
                to_object / 0.2,
                torch.tanh(to_object / NEAR),
                to_goal / 0.2,
                torch.tanh(to_goal / NEAR),
                turn,
                tool.position[:, 2:] / 0.2,
                torch.tanh((tool.position[:, 2:] - self._fingertip_reach) / NEAR),
                torch.tanh(object_pose[:, 2:3] / NEAR),
                gripper_opening / self._max_opening,
                turned(velocity[:, :3], c, s) / 0.2,
                velocity[:, 5:],
                radius / self._reach,
                tool.rotation[:, :2, 2] * 5.0,
            ),
            dim=1,
        )
        if not self._grip_turn.is_bounded:
            return features
        last_joint, thing = joint_position[:, -1:], object_pose[:, :3]
        to_grip = self._grip_turn(last_joint, tool.position, thing, turn)
        return torch.cat((features, 2.0 * to_grip), dim=1)


def turned(vector: Tensor, c: Tensor, s: Tensor) -> Tensor:
    """Vectors (N, 3) of the base frame seen from a heading."""
    x, y, z = vector.split(1, dim=1)
    return torch.cat((c * x + s * y, c * y - s * x, z), dim=1)
