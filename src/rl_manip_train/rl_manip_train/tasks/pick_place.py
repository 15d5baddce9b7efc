"""Pick and place: grip the object, carry it to a point on the table, put it down, let go."""

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

CARRY_HEIGHT = 0.05
"""Height of the object's lower side above the table while it is carried [m]."""
SET_DOWN = 0.015
"""From how near the goal the object counts as placed, so that letting go is what is left [m]."""


@dataclass(frozen=True)
class PickPlaceRewardWeights:
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
    excess_grip_force: float = -0.05
    """Grip force beyond 1.5 times what the gripper is set to [1]."""
    action_rate: float = -0.02
    """Mean squared change of the normalised action [1]."""
    joint_speed: float = -0.02
    """Mean squared joint velocity over its limit [1]."""
    collision: float = -5.0
    """The arm touches the table or itself [1]."""


@dataclass(frozen=True)
class PickPlaceCfg:
    """Everything about the task that is not the arm's."""

    object_shapes: Tuple[str, ...] = OBJECT_SHAPES
    """Shapes that occur."""
    episode_s: float = 8.0
    """Length of an episode [s]."""
    velocity_limit: float = 1.5
    """Fastest joint velocity command [rad/s], bounded by the arm's own limits."""
    least_grip_force: float = 5.0
    """Force of both fingers from which the object counts as gripped [N]."""
    success: SuccessCriterion = field(
        default_factory=lambda: SuccessCriterion(distance_m=0.025, speed_m_s=0.02)
    )
    """When an episode counts as met; the object must also have been let go."""
    reward: PickPlaceRewardWeights = field(default_factory=PickPlaceRewardWeights)
    """Reward weights."""


class PickPlaceTask(TabletopTask):
    """See ``Task``; success is an object at rest within 2.5 cm of the goal that nobody holds."""

    name: ClassVar[str] = "pick_place"
    learning: ClassVar[Dict[str, Any]] = {
        "max_env_steps": 12_000_000,
        "target_success": 0.94,
        "eval_interval": 400_000,
        "ppo": {"hidden": (128, 128), "horizon": 24, "discount": 0.985, "guided_steps": 600_000},
    }

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: PickPlaceCfg = PickPlaceCfg()
    ) -> None:
        super().__init__(self.name, arm, num_envs, rng, cfg.object_shapes, cfg.velocity_limit)
        self._cfg = cfg
        self.episode_s, self.success_criterion = cfg.episode_s, cfg.success
        self.reward_weights: Dict[str, float] = asdict(cfg.reward)
        self.goal_region = self.table_region(0.005, 0.10)

    def guide(self, sim: BatchSim) -> Tensor:
        """See ``Task.guide``."""
        return guide(sim, self.goal_position, release=True)

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: anywhere on the table, at the height of the standing object.

        In training, some goals are right under or beside the object.
        """
        half_height = self.object_size[env_ids, 2].double().numpy()
        goal = self.draw_on_table(len(env_ids), half_height)
        if self.training:
            start = self._object_start[env_ids].double().numpy()
            near = self._rng.random(len(env_ids)) < 0.25
            beside = start[:, :2] + self._rng.normal(0.0, 0.03, (len(env_ids), 2))
            goal[near, :2] = beside[near]
        self.goal_position[env_ids] = torch.as_tensor(goal, dtype=torch.float32)

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        to_goal = self.goal_position - sim.object_pose[:, :3]
        aside, distance = to_goal[:, :2].norm(dim=1), to_goal.norm(dim=1)
        placed = (distance <= SET_DOWN).float()
        reach = (sim.object_pose[:, :3] - sim.tool_pose[:, :3]).norm(dim=1)
        near = rewards.closeness(reach, 0.05)
        held = rewards.grasp_bonus(sim.grip_force, self._cfg.least_grip_force)
        c, s = heading_of(sim.tool_pose[:, 3:])
        aligned = 0.5 + 0.5 * quarter_turn(sim.object_pose[:, 3:], c, s)[:, 0]
        clearance = sim.object_pose[:, 2] - self.object_size[:, 2]
        above = rewards.closeness(aside, 0.03)
        lift = torch.maximum((clearance / CARRY_HEIGHT).clamp(0.0, 1.0), above)
        allowed = 1.5 * self._gripper.grip_force

        def or_placed(value: Tensor) -> Tensor:
            return torch.maximum(value, placed)

        return {
            "approach": or_placed(
                0.7 * rewards.closeness(reach, 0.2) + 0.3 * torch.maximum(near * aligned, held)
            ),
            "grasp": or_placed(held),
            "lift": or_placed(held * lift),
            "transport": or_placed(held * rewards.closeness(aside, 0.25)),
            "place": or_placed(held * above * rewards.closeness(to_goal[:, 2].abs(), 0.05)),
            "release": placed * sim.gripper_opening / self._gripper.max_opening,
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
        return near & at_rest & (extra[..., 1] == 0.0)
