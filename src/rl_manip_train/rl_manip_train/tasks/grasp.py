"""Grasp: grip the object on the table, lift it to a point in the air, and hold it there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Dict

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.tabletop import TabletopCfg, TabletopRewardWeights, TabletopTask

LOWEST, HIGHEST = 0.10, 0.25
"""Heights of the goals [m]."""
ASIDE = 0.10
"""How far from above the object a goal may be, along x and y [m]."""


@dataclass(frozen=True)
class GraspRewardWeights(TabletopRewardWeights):
    """Reward per control step and unit of each term."""

    approach: float = 0.10
    """Closeness of tool and object [1]."""
    align: float = 0.03
    """Fingers along the object's sides, as far as the tool is near it [1]."""
    grasp: float = 0.15
    """Both fingers press on the object [1]."""
    lift: float = 0.40
    """Closeness of the gripped object to its goal [1]."""


@dataclass(frozen=True)
class GraspCfg(TabletopCfg):
    """Everything about the grasp task that is not the arm's."""

    reward: GraspRewardWeights = field(default_factory=GraspRewardWeights)
    """Reward weights."""


class GraspTask(TabletopTask):
    """See ``Task``; success is an object that is gripped, at rest, within 2.5 cm of the goal."""

    name: ClassVar[str] = "grasp"
    learning: ClassVar[Dict[str, Any]] = {
        "max_env_steps": 6_000_000,
        "target_success": 0.97,
        "eval_interval": 400_000,
        "ppo": {
            "hidden": (128, 128),
            "horizon": 24,
            "discount": 0.98,
            "guided_steps": 400_000,
            "privileged_critic": True,
        },
        "sac": {
            "discount": 0.98,
            "n_step": 5,
            "update_ratio": 0.5,
            "policy_rate": 0.0005,
            "guided_steps": 51_200,
            "hindsight": 0.3,
        },
    }

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: GraspCfg = GraspCfg()
    ) -> None:
        super().__init__(self.name, arm, num_envs, rng, cfg)
        self.goal_region = self.table_region(LOWEST, HIGHEST)

    def guide(self, sim: BatchSim) -> Tensor:
        """See ``Task.guide``."""
        return self._guide.action(sim, self.goal_position, False, self.action_model)

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: above the object, give or take ``ASIDE``."""
        start = self._object_start[env_ids].double().cpu().numpy()
        goal = start + self._rng.uniform(-ASIDE, ASIDE, start.shape)
        goal[:, 2] = self._rng.uniform(LOWEST, HIGHEST, len(start))
        inside = self.goal_region.contains(goal)
        goal[~inside, :2] = start[~inside, :2]
        self.goal_position[env_ids] = torch.as_tensor(goal, dtype=torch.float32)

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        approach, near, aligned = self.reaching(sim)
        gripped = rewards.grasp_bonus(sim.grip_force, self._cfg.least_grip_force)
        return {
            "approach": approach,
            "align": near * aligned,
            "grasp": gripped * near,
            "lift": gripped * near * rewards.closeness(self.goal_distance(sim), 0.15),
            **self.common_terms(sim, action, last_action),
        }

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_met``."""
        gripped = extra[..., 1] >= self._cfg.least_grip_force
        return self.near_and_slow(achieved, goal, extra) & gripped
