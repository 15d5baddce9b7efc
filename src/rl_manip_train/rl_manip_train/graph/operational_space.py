"""Actions in operational space: the policy says how the tool moves, the graph finds the joints.

The formulation is Khatib's (1987) at the level of velocities; the damped least squares are
Nakamura and Hanafusa's (1986).
"""

from __future__ import annotations

from typing import ClassVar, Tuple

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import Arm
from rl_manip_description.contract.action_kinds import LEVEL_TOOL, TOOL_TWIST
from rl_manip_train.graph.gripper_action import opening_of
from rl_manip_train.graph.tool_heading import heading
from rl_manip_train.graph.tool_jacobian import ToolJacobian

DAMPING = 0.05
"""Singular values of the Jacobian well above this are followed, those below are not [m, 1]."""
HOMING_RATE, HOMING_SPEED = 2.0, 0.5
"""Share of the way home that a joint of an arm with more than six takes back per second, where the
tool does not mind, and how fast at the most [1/s, rad/s]."""
LINEAR_SPEED, ANGULAR_SPEED = 0.6, 2.0
"""Of the tool along and about one axis at an action of 1, unless a task says [m/s, rad/s]."""


def damped_joint_velocity(jacobian: Tensor, twist: Tensor, damping: float = DAMPING) -> Tensor:
    """Joint velocities (N, n) that come nearest to a twist without growing near singularities.

    (J^T J + damping^2 I) v = J^T twist, solved by Gauss-Jordan elimination: the matrix is positive
    definite, so no pivot is sought, and every operation can be exported.

    Args:
      jacobian: (N, 6, n).
      twist: (N, 6) linear [m/s], angular [rad/s].
      damping: lambda.
    """
    n = jacobian.shape[2]
    # products by hand: onnxruntime 1.32 computes J^T J of a transposed J wrongly
    normal = (jacobian[:, :, :, None] * jacobian[:, :, None, :]).sum(dim=1)
    right = (jacobian * twist[:, :, None]).sum(dim=1)
    identity = torch.eye(n, device=jacobian.device, dtype=jacobian.dtype)
    system = torch.cat((normal + damping**2 * identity, right[:, :, None]), dim=2)
    for k in range(n):
        row = system[:, k : k + 1] / system[:, k : k + 1, k : k + 1]
        # every row loses its share of row k; row k itself becomes `row`
        system = system - (system[:, :, k : k + 1] - identity[:, k : k + 1]) * row
    return system[:, :, n]


def slowed_to(velocity: Tensor, limit: Tensor) -> Tensor:
    """Joint velocities (N, n) slowed down together, so that each keeps its limit (n,) [rad/s]."""
    excess = (velocity.abs() / limit).amax(dim=1, keepdim=True)
    return velocity / excess.clamp(min=1.0)


class ToolTwistAction(nn.Module):
    """Six actions: linear and angular velocity of the tool, in axes that point ahead of the arm.

    Ahead is the direction from the base's axis to the tool. The angular velocity is relative to
    it: without one the tool goes round the base as if it were held out, and the last joint does
    not wind up while the arm swings from side to side.

    Args:
      arm: which arm.
      velocity_limit: (n,) fastest joint velocity command [rad/s].
      linear_speed: tool speed along one axis at an action of 1 [m/s].
      angular_speed: turning speed about one axis at an action of 1 [rad/s].
    """

    kind: ClassVar[str] = TOOL_TWIST
    width: ClassVar[int] = 6
    """Actions, however many joints there are."""

    def __init__(
        self, arm: Arm, velocity_limit: Tensor, linear_speed: float, angular_speed: float
    ) -> None:
        super().__init__()
        self._kinematics = ToolJacobian(arm.chain)
        scale = torch.tensor([linear_speed] * 3 + [angular_speed] * 3)
        self.register_buffer("_scale", scale, persistent=False)
        self.register_buffer("_velocity_limit", velocity_limit.clone(), persistent=False)

    def forward(self, action: Tensor, joint_position: Tensor) -> Tuple[Tensor, ...]:
        """Joint velocity command (N, n) [rad/s] for actions (N, 6) in [-1, 1]."""
        kinematics = self._kinematics(joint_position)
        direction = ahead(kinematics.position)
        linear, angular = (action * self._scale).split(3, 1)
        round_base = linear[:, 1:2] / reach_of(kinematics.position)
        angular = torch.cat((angular[:, :2], angular[:, 2:] + round_base), dim=1)
        twist = torch.cat((turned(linear, direction), turned(angular, direction)), dim=1)
        velocity = damped_joint_velocity(kinematics.jacobian, twist)
        return (slowed_to(velocity, self._velocity_limit),)

    def action_for(self, joint_velocity: Tensor, joint_position: Tensor) -> Tensor:
        """Actions (N, 6) in [-1, 1] that move the joints like (N, n) [rad/s], slower if need be."""
        kinematics = self._kinematics(joint_position)
        direction = ahead(kinematics.position)
        twist = (kinematics.jacobian * joint_velocity[:, None, :]).sum(dim=2)
        linear, angular = (turned_back(part, direction) for part in twist.split(3, 1))
        round_base = linear[:, 1:2] / reach_of(kinematics.position)
        angular = torch.cat((angular[:, :2], angular[:, 2:] - round_base), dim=1)
        action = torch.cat((linear, angular), dim=1) / self._scale
        return slowed_to(action, torch.ones_like(self._scale))


class LevelToolAction(nn.Module):
    """Actions for work from above: tool velocity along three axes, yaw rate, and the gripper.

    The tool's z axis is held straight down by feedback. Directions are in axes turned with the
    tool's heading: x is where its fingers close. The fifth action is the wanted opening; there are
    but four of an arm without a gripper.

    An arm with more joints than six would wind up, elbow first, while its tool goes to and fro: its
    joints but the first and the last, which turn with the tool, strive home in the null space
    (Liegeois, 1977).

    Args:
      arm: which arm.
      velocity_limit: (n,) fastest joint velocity command [rad/s].
      linear_speed: tool speed along one axis at an action of 1 [m/s].
      yaw_rate: turning speed about the vertical at an action of 1 [rad/s].
      levelling_rate: share of the tilt taken back per second [1/s].
      fine: speeds go by the actions' squares: half an action is a quarter of the speed, a tenth a
        hundredth. What presses by tenths of a millimetre a second can be learned like what hurries.
    """

    kind: ClassVar[str] = LEVEL_TOOL

    def __init__(
        self,
        arm: Arm,
        velocity_limit: Tensor,
        linear_speed: float,
        yaw_rate: float,
        levelling_rate: float = 4.0,
        fine: bool = False,
    ) -> None:
        super().__init__()
        self._kinematics = ToolJacobian(arm.chain)
        self._linear_speed, self._yaw_rate = linear_speed, yaw_rate
        self._levelling_rate, self._fine = levelling_rate, fine
        self._max_opening = None if arm.gripper is None else arm.gripper.max_opening
        self.width = 4 if arm.gripper is None else 5
        """Actions, however many joints there are."""
        self.register_buffer("_velocity_limit", velocity_limit.clone(), persistent=False)
        self._redundant = arm.num_joints > 6
        if self._redundant:
            homing = torch.full((arm.num_joints,), HOMING_RATE)
            homing[0] = homing[-1] = 0.0
            self.register_buffer("_homing", homing, persistent=False)
            home = torch.as_tensor(np.array(arm.home), dtype=torch.float32)
            self.register_buffer("_home", home, persistent=False)

    def forward(self, action: Tensor, joint_position: Tensor) -> Tuple[Tensor, ...]:
        """Joint velocities (N, n) [rad/s] for actions (N, a) in [-1, 1].

        With a gripper also its opening (N, 1) [m].
        """
        tool = self._kinematics(joint_position)
        motion, opening = action[:, :4], action[:, 4:]
        if self._fine:
            motion = motion * motion.abs()
        x, y, z = (motion[:, :3] * self._linear_speed).split(1, 1)
        c, s = heading(tool.rotation)
        # turning about (z axis of the tool) x (straight down) brings the one onto the other
        down = tool.rotation[:, :, 2]
        twist = torch.cat(
            (
                c * x - s * y,
                s * x + c * y,
                z,
                -down[:, 1:2] * self._levelling_rate,
                down[:, :1] * self._levelling_rate,
                motion[:, 3:] * self._yaw_rate,
            ),
            dim=1,
        )
        if self._redundant:
            homing = self._homing * (self._home - joint_position)
            homing = homing.clamp(-HOMING_SPEED, HOMING_SPEED)
            twist = twist - (tool.jacobian * homing[:, None, :]).sum(dim=2)
            velocity = damped_joint_velocity(tool.jacobian, twist) + homing
        else:
            velocity = damped_joint_velocity(tool.jacobian, twist)
        velocity = slowed_to(velocity, self._velocity_limit)
        if self._max_opening is None:
            return (velocity,)
        return velocity, opening_of(opening, self._max_opening)

    def of_speed(self, linear: Tensor, yaw_rate: Tensor) -> Tensor:
        """Actions (N, 4) in [-1, 1], an opening aside, by which the tool moves so, or slower.

        Args:
          linear: velocity (N, 3) in axes turned with the tool's heading [m/s].
          yaw_rate: (N, 1) [rad/s].
        """
        action = torch.cat((linear / self._linear_speed, yaw_rate / self._yaw_rate), dim=1)
        action = action.clamp(-1.0, 1.0)
        return action.sign() * action.abs().sqrt() if self._fine else action


def reach_of(position: Tensor) -> Tensor:
    """Distance (N, 1) [m] of points (N, 3) [m] from the base's axis, not below 5 cm."""
    return position[:, :2].square().sum(dim=1, keepdim=True).clamp(min=0.0025).sqrt()


def ahead(position: Tensor) -> Tuple[Tensor, Tensor]:
    """Cosine and sine (N, 1) of the direction from the base's axis to points (N, 3) [m]."""
    x, y = (position[:, :2] / reach_of(position)).split(1, 1)
    return x, y


def turned(vector: Tensor, direction: Tuple[Tensor, Tensor]) -> Tensor:
    """Vectors (N, 3) turned about z by an angle, given by its cosine and sine (N, 1)."""
    cosine, sine = direction
    x, y, z = vector.split(1, 1)
    return torch.cat((cosine * x - sine * y, sine * x + cosine * y, z), dim=1)


def turned_back(vector: Tensor, direction: Tuple[Tensor, Tensor]) -> Tensor:
    """The vectors (N, 3) that ``turned`` would turn into these."""
    cosine, sine = direction
    return turned(vector, (cosine, -sine))
