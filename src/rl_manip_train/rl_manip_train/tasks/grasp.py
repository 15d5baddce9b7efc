"""Grasp: grip the object on the table, lift it to a point in the air, and hold it there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Dict, Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_description.policy_contract import SuccessCriterion
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.scene import OBJECT_SHAPES
from rl_manip_train import rewards
from rl_manip_train.tabletop_guide import guide
from rl_manip_train.tabletop_observation import quarter_turn
from rl_manip_train.tasks.tabletop import TabletopTask
from rl_manip_train.tool_heading import heading_of

LOWEST, HIGHEST = 0.10, 0.25
"""Heights of the goals [m]."""
ASIDE = 0.10
"""How far from above the object a goal may be, along x and y [m]."""


@dataclass(frozen=True)
class GraspRewardWeights:
    """Reward per control step and unit of each term."""

    approach: float = 0.10
    """Closeness of tool and object [1]."""
    align: float = 0.03
    """Fingers along the object's sides, as far as the tool is near it [1]."""
    grasp: float = 0.15
    """Both fingers press on the object [1]."""
    lift: float = 0.40
    """Closeness of the gripped object to its goal [1]."""
    success: float = 0.30
    """The goal is met [1]."""
    excess_grip_force: float = -0.05
    """Grip force beyond 1.5 times what the gripper is set to [1]."""
    action_rate: float = -0.02
    """Mean squared change of the normalised action [1]."""
    joint_speed: float = -0.02
    """Mean squared joint velocity over its limit [1]."""
    collision: float = -5.0
    """The arm touches the table or itself [1]."""


@dataclass(frozen=True)
class GraspCfg:
    """Everything about the grasp task that is not the arm's."""

    object_shapes: Tuple[str, ...] = OBJECT_SHAPES
    """Shapes that occur."""
    episode_s: float = 6.0
    """Length of an episode [s]."""
    velocity_limit: float = 1.5
    """Fastest joint velocity command [rad/s], bounded by the arm's own limits."""
    least_grip_force: float = 5.0
    """Force of both fingers from which the object counts as gripped [N]."""
    success: SuccessCriterion = field(
        default_factory=lambda: SuccessCriterion(distance_m=0.025, speed_m_s=0.05)
    )
    """When an episode counts as met."""
    reward: GraspRewardWeights = field(default_factory=GraspRewardWeights)
    """Reward weights."""


class GraspTask(TabletopTask):
    """See ``Task``; success is an object that is gripped, at rest, within 2.5 cm of the goal."""

    name: ClassVar[str] = "grasp"
    learning: ClassVar[Dict[str, Any]] = {
        "max_env_steps": 6_000_000,
        "target_success": 0.97,
        "eval_interval": 400_000,
        "ppo": {"hidden": (128, 128), "horizon": 24, "discount": 0.98, "guided_steps": 400_000},
    }

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: GraspCfg = GraspCfg()
    ) -> None:
        super().__init__(self.name, arm, num_envs, rng, cfg.object_shapes, cfg.velocity_limit)
        self._cfg = cfg
        self.episode_s, self.success_criterion = cfg.episode_s, cfg.success
        self.reward_weights: Dict[str, float] = asdict(cfg.reward)
        self.goal_region = self.table_region(LOWEST, HIGHEST)

    def guide(self, sim: BatchSim) -> Tensor:
        """See ``Task.guide``."""
        return guide(sim, self.goal_position, release=False)

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: above the object, give or take ``ASIDE``."""
        start = self._object_start[env_ids].double().numpy()
        goal = start + self._rng.uniform(-ASIDE, ASIDE, start.shape)
        goal[:, 2] = self._rng.uniform(LOWEST, HIGHEST, len(start))
        inside = self.goal_region.contains(goal)
        goal[~inside, :2] = start[~inside, :2]
        self.goal_position[env_ids] = torch.as_tensor(goal, dtype=torch.float32)

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        reach = (sim.object_pose[:, :3] - sim.tool_pose[:, :3]).norm(dim=1)
        near = rewards.closeness(reach, 0.05)
        gripped = rewards.grasp_bonus(sim.grip_force, self._cfg.least_grip_force)
        c, s = heading_of(sim.tool_pose[:, 3:])
        aligned = 0.5 + 0.5 * quarter_turn(sim.object_pose[:, 3:], c, s)[:, 0]
        allowed = 1.5 * self._gripper.grip_force
        return {
            "approach": rewards.closeness(reach, 0.2),
            "align": near * aligned,
            "grasp": gripped * near,
            "lift": gripped * near * rewards.closeness(self.goal_distance(sim), 0.15),
            "success": self.success(sim).float(),
            "excess_grip_force": rewards.excess_grip_force(sim.grip_force, allowed),
            "action_rate": rewards.action_rate(action, last_action),
            "joint_speed": rewards.relative_speed(sim.joint_velocity, self.velocity_limit),
            "collision": sim.collision.float(),
        }

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_met``."""
        near = (achieved - goal).norm(dim=-1) <= self.success_criterion.distance_m
        at_rest = extra[..., 0] <= self.success_criterion.speed_m_s
        return near & at_rest & (extra[..., 1] >= self._cfg.least_grip_force)
