"""What a foreign network says, as joint velocities that the arm can do."""

from __future__ import annotations

from typing import List

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_train.graph.operational_space import damped_joint_velocity, slowed_to
from rl_manip_train.graph.tool_jacobian import ToolJacobian, cross
from rl_manip_train.policy.foreign.observation import Shaped
from rl_manip_train.policy.foreign.orientation_forms import turned_by, turned_into
from rl_manip_train.policy.foreign.spec.foreign_spec import BASE, TOOL, ForeignSpec


class JointAction(nn.Module):
    """Velocities or positions of the joints.

    A position is to be reached within ``reach_in`` at constant velocity; each joint by itself keeps
    its limit, as each servo would.

    Args:
      spec: whose action.
      velocity_limit: (n,) [rad/s].
    """

    def __init__(self, spec: ForeignSpec, velocity_limit: Tensor) -> None:
        super().__init__()
        action = spec.action
        self.shaped = Shaped(action.shaping)
        self._kind, self._rate = action.kind, 1.0 / action.reach_in
        self._per_unit = action.per_unit
        self._arms_order: List[int] = np.argsort(spec.joints).tolist()
        default = torch.tensor(spec.default_position, dtype=torch.float32)
        self.register_buffer("_default", default, persistent=False)
        self.register_buffer("_limit", velocity_limit.clone(), persistent=False)

    def forward(self, action: Tensor, joint_position: Tensor) -> Tensor:
        """Joint velocities (N, n) [rad/s] of actions (N, n) at joint positions (N, n) [rad]."""
        value = self.shaped(action) / self._per_unit
        if self._arms_order != list(range(len(self._arms_order))):
            value = torch.cat([value[:, index : index + 1] for index in self._arms_order], dim=1)
        if self._kind == "joint_velocity":
            return self._bounded(value)
        if self._kind == "joint_position_relative":
            value = value + self._default
        if self._kind != "joint_position_delta":
            value = value - joint_position
        return self._bounded(value * self._rate)

    def _bounded(self, velocity: Tensor) -> Tensor:
        return torch.minimum(torch.maximum(velocity, -self._limit), self._limit)


class ToolAction(nn.Module):
    """Motion of the tool, found for the joints by damped least squares, all slowed down together.

    Args:
      spec: whose action.
      velocity_limit: (n,) [rad/s].
    """

    def __init__(self, spec: ForeignSpec, velocity_limit: Tensor) -> None:
        super().__init__()
        action = spec.action
        self.shaped = Shaped(action.shaping)
        self._kinematics = ToolJacobian(spec.arm.chain)
        self._rate = 1.0 / action.reach_in if action.kind == "tool_delta" else 1.0
        self._moves_only = action.width == 3
        self._keeps_orientation = action.keep_orientation
        self._in_base, self._in_tool = action.frame == BASE, action.frame == TOOL
        axes = spec.frames[action.frame].rotation if action.frame in spec.frames else np.eye(3)
        for name, value in {
            "_per_unit": np.array([action.per_unit] * 3 + [1.0] * (action.width - 3)),
            # v = R u is R^T with rows and columns exchanged
            "_axes": axes.T[None],
            "_tool_turn": spec.tool.rotation[None],
            "_tool_offset": spec.tool.position[None],
        }.items():
            tensor = torch.tensor(np.array(value), dtype=torch.float32)
            self.register_buffer(name, tensor, persistent=False)
        self._tool_moved = spec.tool.is_moved
        self.register_buffer("_limit", velocity_limit.clone(), persistent=False)

    def forward(self, action: Tensor, joint_position: Tensor) -> Tensor:
        """Joint velocities (N, n) [rad/s] of actions (N, 3 or 6) at joint positions (N, n)."""
        value = self.shaped(action) / self._per_unit * self._rate
        tool = self._kinematics(joint_position)
        linear = self._in_base_axes(value[:, :3], tool.rotation)
        if self._moves_only:
            angular = torch.zeros_like(linear)
        else:
            angular = self._in_base_axes(value[:, 3:], tool.rotation)
        if self._tool_moved:
            lever = turned_by(tool.rotation, self._tool_offset)
            linear = linear - cross(angular, lever)
        if self._moves_only and not self._keeps_orientation:
            velocity = damped_joint_velocity(tool.jacobian[:, :3], linear)
        else:
            twist = torch.cat((linear, angular), dim=1)
            velocity = damped_joint_velocity(tool.jacobian, twist)
        return slowed_to(velocity, self._limit)

    def _in_base_axes(self, vector: Tensor, rotation: Tensor) -> Tensor:
        if self._in_base:
            return vector
        if not self._in_tool:
            return turned_into(self._axes, vector)
        return turned_by(rotation, turned_by(self._tool_turn, vector))


RETURN = 2.0
"""Speed at which joints come back, per distance beyond what is known [1/s]."""


class KnownPoses(nn.Module):
    """Keeps joints where the network was trained: v within RETURN (bound - q), for both bounds.

    A network that is asked beyond what it knows may drive on to the end of the joints, for this
    goal and every one after it: from there it knows the way to none. So no joint is driven further
    out than it was in training, and one that is further out is brought back.

    Args:
      lowest, highest: joint positions in training (n,) [rad].
      velocity_limit: (n,) [rad/s].
    """

    def __init__(self, lowest: np.ndarray, highest: np.ndarray, velocity_limit: Tensor) -> None:
        super().__init__()
        for name, value in {"_lowest": lowest, "_highest": highest}.items():
            tensor = torch.tensor(value, dtype=torch.float32)
            self.register_buffer(name, tensor, persistent=False)
        self.register_buffer("_limit", velocity_limit.clone(), persistent=False)

    def forward(self, velocity: Tensor, joint_position: Tensor) -> Tensor:
        """Joint velocities (N, n) [rad/s] of those wanted, at joint positions (N, n) [rad]."""
        velocity = torch.maximum(velocity, RETURN * (self._lowest - joint_position))
        velocity = torch.minimum(velocity, RETURN * (self._highest - joint_position))
        return torch.minimum(torch.maximum(velocity, -self._limit), self._limit)


def velocity_action(spec: ForeignSpec, velocity_limit: Tensor) -> nn.Module:
    """What turns actions (N, a) at joint positions (N, n) into joint velocities (N, n) [rad/s]."""
    of_tool = spec.action.kind.startswith("tool_")
    return (ToolAction if of_tool else JointAction)(spec, velocity_limit)
