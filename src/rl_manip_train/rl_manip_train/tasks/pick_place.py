"""Pick and place: grip the object, carry it to a point on the table, put it down, let go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Dict

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import SuccessCriterion
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.tabletop import TabletopCfg, TabletopRewardWeights, TabletopTask

CARRY_HEIGHT = 0.05
"""Height of the object's lower side above the table while it is carried [m]."""
SET_DOWN = 0.015
"""From how near the goal the object counts as placed, so that letting go is what is left [m]."""


@dataclass(frozen=True)
class PickPlaceRewardWeights(TabletopRewardWeights):
    """Reward per control step and unit of each term; the first six are the phases, in order.

    Whoever is in a phase gets the full terms of those before it, so that going on always pays.
    """

    approach: float = 0.10
    """Closeness of tool and object, and fingers along its sides [1]."""
    grasp: float = 0.10
    """Both fingers press on the object [1]."""
    lift: float = 0.10
    """Clearance of the gripped object while it is away from the goal [1]."""
    transport: float = 0.30
    """Closeness of the gripped object to the goal, seen from above [1]."""
    place: float = 0.20
    """Closeness of the gripped object to the goal, once it is above it [1]."""
    release: float = 0.30
    """Opening of the fingers, over the largest, once the object is placed [1]."""
    success: float = 0.50
    """The goal is met [1]."""


@dataclass(frozen=True)
class PickPlaceCfg(TabletopCfg):
    """Everything about the task that is not the arm's."""

    episode_s: float = 8.0
    """Length of an episode [s]."""
    success: SuccessCriterion = field(
        default_factory=lambda: SuccessCriterion(distance_m=0.025, speed_m_s=0.02, released=True)
    )
    """When an episode counts as met."""
    reward: PickPlaceRewardWeights = field(default_factory=PickPlaceRewardWeights)
    """Reward weights."""


class PickPlaceTask(TabletopTask):
    """See ``Task``; success is an object at rest within 2.5 cm of the goal that nobody holds."""

    name: ClassVar[str] = "pick_place"
    learning: ClassVar[Dict[str, Any]] = {
        "max_env_steps": 12_000_000,
        "target_success": 0.94,
        "eval_interval": 400_000,
        "ppo": {
            "hidden": (128, 128),
            "horizon": 24,
            "discount": 0.985,
            "guided_steps": 600_000,
            "guide_weight": 10.0,
            "privileged_critic": True,
        },
        "sac": {
            "discount": 0.985,
            "n_step": 5,
            "update_ratio": 0.5,
            "policy_rate": 0.0005,
            "guided_steps": 51_200,
            "hindsight": 0.3,
        },
    }

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: PickPlaceCfg = PickPlaceCfg()
    ) -> None:
        super().__init__(self.name, arm, num_envs, rng, cfg)
        self.goal_region = self.table_region(0.005, 0.10)

    def guide(self, sim: BatchSim) -> Tensor:
        """See ``Task.guide``."""
        return self._guide.action(sim, self.goal_position, True, self.action_model)

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: anywhere on the table, at the height of the standing object.

        In training, some goals are right under or beside the object.
        """
        half_height = self.object_size[env_ids, 2].double().cpu().numpy()
        goal = self.draw_on_table(len(env_ids), half_height)
        if self.training:
            start = self._object_start[env_ids].double().cpu().numpy()
            near = self._rng.random(len(env_ids)) < 0.25
            beside = start[:, :2] + self._rng.normal(0.0, 0.03, (len(env_ids), 2))
            goal[near, :2] = beside[near]
        self.goal_position[env_ids] = torch.as_tensor(goal, dtype=torch.float32)

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        to_goal = self.goal_position - sim.object_pose[:, :3]
        aside, distance = to_goal[:, :2].norm(dim=1), to_goal.norm(dim=1)
        placed = (distance <= SET_DOWN).float()
        clearance = sim.object_pose[:, 2] - self.object_size[:, 2]
        above = rewards.closeness(aside, 0.03)
        lift = torch.maximum((clearance / CARRY_HEIGHT).clamp(0.0, 1.0), above)
        transport = rewards.closeness(aside, 0.25)
        place = above * rewards.closeness(to_goal[:, 2].abs(), 0.05)
        return {
            **self.phase_terms(sim, placed, lift, transport, place),
            **self.common_terms(sim, action, last_action),
        }

    def phase_terms(
        self, sim: BatchSim, placed: Tensor, lift: Tensor, transport: Tensor, place: Tensor
    ) -> Dict[str, Tensor]:
        """The terms of the phases, (N,) each; with the object placed all before release are full.

        Args:
          sim: with gripper and object.
          placed: (N,) 1 where the object is at its goal, else 0.
          lift, transport, place: (N,) how far each of these has come, where the object is gripped.
        """
        approach, near, aligned = self.reaching(sim)
        held = rewards.grasp_bonus(sim.grip_force, self._cfg.least_grip_force)
        phases = {
            "approach": 0.7 * approach + 0.3 * torch.maximum(near * aligned, held),
            "grasp": held,
            "lift": held * lift,
            "transport": held * transport,
            "place": held * place,
        }
        return {
            **{name: torch.maximum(value, placed) for name, value in phases.items()},
            "release": placed * sim.gripper_opening / self._gripper.max_opening,
        }

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_met``."""
        return self.near_and_slow(achieved, goal, extra) & (extra[..., 1] == 0.0)
