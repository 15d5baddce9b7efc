"""Reach a pose: bring the tool to a point and turn it as the goal says, and hold it there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Dict, Tuple

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import Arm
from rl_manip_description.contract.action_kinds import (
    JOINT_POSITION_DELTA,
    JOINT_VELOCITY,
    TOOL_TWIST,
)
from rl_manip_description.contract.policy_contract import SuccessCriterion, TensorSpec
from rl_manip_description.goals.goal_poses import GoalPoseCfg, GoalPoses
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.graph.operational_space import (
    ANGULAR_SPEED,
    LINEAR_SPEED,
    ToolTwistAction,
    ahead,
    slowed_to,
    turned_back,
)
from rl_manip_train.graph.tool_jacobian import ToolJacobian, rotation_error, rotation_of
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.reach import ReachCfg, ReachRewardWeights, ReachTask
from rl_manip_train.tasks.task import Readings, float32

GUIDE_GAIN = 4.0
"""Joint velocity of the guide per joint distance [1/s]."""


@dataclass(frozen=True)
class ReachPoseRewardWeights(ReachRewardWeights):
    """As for reach, ``at_goal`` being for position and rotation together, and of the rotation:"""

    angle: float = -0.3
    """Angle between tool and goal [1/rad]."""
    aligned: float = 0.5
    """Rotation of the goal, falling off over half a radian [1]."""


@dataclass(frozen=True)
class ReachPoseCfg(ReachCfg):
    """As for reach, and of the rotation:"""

    linear_speed: float = LINEAR_SPEED
    """Tool speed along one axis at an action of 1 [m/s]."""
    angular_speed: float = ANGULAR_SPEED
    """Turning speed of the tool about one axis at an action of 1 [rad/s]."""
    goals: GoalPoseCfg = field(default_factory=GoalPoseCfg)
    """Which poses are goals."""
    success: SuccessCriterion = field(default_factory=lambda: SuccessCriterion(angle_rad=0.1))
    """When an episode counts as met."""
    reward: ReachPoseRewardWeights = field(default_factory=ReachPoseRewardWeights)
    """Reward weights."""


class ReachPoseTask(ReachTask):
    """See ``Task``; goals are poses that the arm can take with its tool in the half-shell."""

    name: ClassVar[str] = "reach_pose"
    actions: ClassVar[Tuple[str, ...]] = (TOOL_TWIST, JOINT_VELOCITY, JOINT_POSITION_DELTA)
    learning: ClassVar[Dict[str, Any]] = {
        "ppo": {"hidden": (128, 128), "guided_steps": 600_000},
    }

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: ReachPoseCfg = ReachPoseCfg()
    ) -> None:
        super().__init__(arm, num_envs, rng, cfg)
        self._goals = GoalPoses(arm, cfg.goals, rng)
        self.goal_orientation = torch.zeros(num_envs, 4)
        self._goal_joint_position = torch.zeros(num_envs, arm.num_joints)
        self.goal_inputs = ("goal_position", "goal_orientation")
        self.action_width = ToolTwistAction.width
        self.action_model = ToolTwistAction(
            arm, self.velocity_limit, cfg.linear_speed, cfg.angular_speed
        )
        self.observation_model = ReachPoseObservation(arm, self.velocity_limit)

    def start_spread(self, arm: Arm) -> np.ndarray:
        """As for reach, but that the last joint never has to turn by more than half a turn."""
        return arm.practice.start_spread

    def _input_specs(self, arm: Arm) -> Tuple[TensorSpec, ...]:
        rotation = TensorSpec("goal_orientation", (1, 4), "1", arm.base_frame, None, None)
        return (*super()._input_specs(arm), rotation)

    def goal_rows(self, count: int) -> Tensor:
        """(count, 7 + n) poses [m] and xyzw, and joints [rad] that take the tool there."""
        return float32(np.concatenate(self._goals.draw(count), axis=1))

    def take_goals(self, env_ids: Tensor, rows: Tensor) -> None:
        """Give environments (k,) the goals in ``rows`` (k, 7 + n)."""
        n = rows.shape[1] - 7
        position, orientation, joint_position = rows.split((3, 4, n), dim=1)
        self.goal_position[env_ids], self.goal_orientation[env_ids] = position, orientation
        self._goal_joint_position[env_ids] = joint_position

    def guide(self, sim: BatchSim) -> Tensor:
        """See ``Task.guide``: every joint goes to where it was when the goal was drawn.

        Going there in a straight line of the tool would end on the table or the arm itself in two
        of a hundred episodes, bent the other way.
        """
        wanted = GUIDE_GAIN * (self._goal_joint_position - sim.joint_position)
        wanted = slowed_to(wanted, self.velocity_limit)
        return self.action_model.action_for(wanted, sim.joint_position)

    def inputs(self, readings: Readings) -> Tuple[Tensor, ...]:
        """See ``Task.inputs``."""
        return (*super().inputs(readings), self.goal_orientation)

    def goal(self) -> Tensor:
        return torch.cat((self.goal_position, self.goal_orientation), dim=1)

    def goal_terms(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Dict[str, Tensor]:
        terms = super().goal_terms(achieved, goal, extra)
        angle = angle_between(achieved[..., 3:], goal[..., 3:])
        terms["at_goal"] = terms["at_goal"] * rewards.tolerance(angle, bound=0.0, margin=0.2)
        terms["angle"] = angle
        terms["aligned"] = rewards.tolerance(angle, bound=0.0, margin=0.5)
        return terms

    def achieved_goal(self, sim: BatchSim) -> Tensor:
        """See ``Task.achieved_goal``: the tool's pose [m], xyzw."""
        return sim.tool_pose

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_met``."""
        angle = angle_between(achieved[..., 3:], goal[..., 3:])
        near = super().goal_met(achieved[..., :3], goal[..., :3], extra)
        return near & (angle <= self.success_criterion.angle_rad)


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Angle (...) [rad] of the turn between unit quaternions (..., 4): 2 acos |p . q|."""
    # |p . q| is off by 1e-7 in single precision, which acos turns into 5e-4 rad at most
    return 2.0 * torch.acos((first * second).sum(dim=-1).abs().clamp(max=1.0))


class ReachPoseObservation(nn.Module):
    """Features of the policy, from raw inputs, in axes that point ahead of the arm.

    Tool and goal are each turned back by their own direction from the base before their rotations
    are compared: what is left is what the wrist has to do.

    Args:
      arm: which arm.
      velocity_limit: (n,) that joint velocities are scaled by [rad/s].
    """

    def __init__(self, arm: Arm, velocity_limit: Tensor) -> None:
        super().__init__()
        self.width = 2 * arm.num_joints + 16
        self._kinematics = ToolJacobian(arm.chain)
        lower, upper = arm.limits.one_turn
        reach = (upper - lower) / 2.0
        for name, value in {
            "_center": torch.tensor(np.array(arm.home), dtype=torch.float32),
            "_reach": torch.tensor(reach, dtype=torch.float32),
            "_velocity_limit": velocity_limit,
        }.items():
            self.register_buffer(name, value, persistent=False)

    def forward(
        self,
        joint_position: Tensor,
        joint_velocity: Tensor,
        goal_position: Tensor,
        goal_orientation: Tensor,
    ) -> Tensor:
        """Features (N, width) of (N, n) [rad], (N, n) [rad/s], (N, 3) [m], (N, 4) xyzw."""
        tool = self._kinematics(joint_position)
        to_goal = goal_position - tool.position
        direction = ahead(tool.position)
        rotation = _turned_back(tool.rotation, direction)
        goal = _turned_back(rotation_of(goal_orientation), ahead(goal_position))
        return torch.cat(
            (
                (joint_position - self._center) / self._reach,
                joint_velocity / self._velocity_limit,
                turned_back(tool.position, direction),
                turned_back(to_goal, direction),
                rotation_error(goal, rotation),
                rotation[:, :, 0],
                rotation[:, :, 2],
                (to_goal.square().sum(dim=1, keepdim=True) + 1e-8).sqrt(),
            ),
            dim=1,
        )


def _turned_back(rotation: Tensor, direction: Tuple[Tensor, Tensor]) -> Tensor:
    """Rotations (N, 3, 3), each column turned back about z."""
    columns = [turned_back(column[:, :, 0], direction) for column in rotation.split(1, 2)]
    return torch.stack(columns, dim=2)
