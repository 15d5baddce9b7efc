"""Features of policies that put a peg into a hole from above."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rl_manip_description import Arm
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_train.graph.tool_heading import heading
from rl_manip_train.graph.tool_jacobian import ToolJacobian
from rl_manip_train.tasks.from_above.grip_turn import quarter_turn
from rl_manip_train.tasks.from_above.tabletop_observation import turned

FAR, NEAR = 0.05, 0.004
"""Scales of the features that tell distances apart, on the way and at the hole [m]."""
FORCE, LIGHT_FORCE = 10.0, 3.0
"""Scales of forces, of those that are felt at all [N]."""
TORQUE, LIGHT_TORQUE = 0.2, 0.05
"""Scales of torques about the peg's tip [N m]."""
SPEED = 0.02
"""Scale of the tool's speed [m/s]."""


class InsertObservation(nn.Module):
    """Where the hole is said to be as seen from the peg's tip, and what the wrist feels there.

    Vectors are in axes turned with the tool's heading, z upwards, so that what is learned at one
    place of the table holds at all. Torques are about the tip: there they tell on which side of it
    the peg stands on the hole's edge, where about the flange each force across the peg would hide
    that. Turns about the vertical are given modulo a quarter turn, as a square peg fits so.

    Args:
      arm: which arm.
    """

    width = 29

    def __init__(self, arm: Arm) -> None:
        super().__init__()
        self._kinematics = ToolJacobian(arm.chain)
        self._reach = arm.workspace.outer_radius

    def forward(
        self,
        joint_position: Tensor,
        joint_velocity: Tensor,
        goal_position: Tensor,
        goal_orientation: Tensor,
        wrench: Tensor,
    ) -> Tensor:
        """Features (N, width).

        Args:
          joint_position: (N, n) [rad].
          joint_velocity: (N, n) [rad/s].
          goal_position: (N, 3) of the tool with the peg at the hole's bottom [m].
          goal_orientation: (N, 4) of it, xyzw.
          wrench: (N, 6) on the tool, in its axes [N] and [N m].
        """
        tool = self._kinematics(joint_position)
        c, s = heading(tool.rotation)
        velocity = (tool.jacobian * joint_velocity[:, None, :]).sum(dim=2)
        tip = tool.position + PEG_LENGTH * tool.rotation[:, :, 2]
        aside, z = turned(goal_position - tip, c, s).split((2, 1), dim=1)
        over_bottom = -z - PEG_LENGTH
        height = over_bottom - HOLE_DEPTH
        # y and z of a tool that points down are against those of its heading
        upright = torch.tensor([[1.0, -1.0, -1.0]], device=wrench.device)
        force, torque = wrench.split(3, 1)
        fx, fy, _ = force.split(1, 1)
        # about the tip: torque - r x force with r = (0, 0, PEG_LENGTH)
        lever = torch.cat((-PEG_LENGTH * fy, PEG_LENGTH * fx, torch.zeros_like(fx)), dim=1)
        force, torque = upright * force, upright * (torque - lever)
        radius = (tool.position[:, :2].square().sum(dim=1, keepdim=True) + 1e-8).sqrt()
        return torch.cat(
            (
                torch.tanh(aside / FAR),
                torch.tanh(aside / NEAR),
                torch.tanh(height / FAR),
                torch.tanh(height / NEAR),
                torch.tanh(over_bottom / NEAR),
                quarter_turn(goal_orientation, c, s),
                turned(velocity[:, :3], c, s) / SPEED,
                velocity[:, 5:] / 0.3,
                force / FORCE,
                torch.tanh(force / LIGHT_FORCE),
                torque / TORQUE,
                torch.tanh(torque / LIGHT_TORQUE),
                tool.rotation[:, :2, 2] * 50.0,
                radius / self._reach,
                tool.position[:, 2:] / self._reach,
            ),
            dim=1,
        )
