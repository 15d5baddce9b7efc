"""Stack: grip the object, put it on a block that stands free on the table, and let go."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Dict, Tuple

import numpy as np
import torch
from torch import Tensor
from torch.linalg import vector_norm

from rl_manip_description import Arm
from rl_manip_sim.batch_sim import BatchSim, PhysicsSample
from rl_manip_sim.models.scene import Scene
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.pick_place import CARRY_HEIGHT, SET_DOWN, PickPlaceCfg, PickPlaceTask
from rl_manip_train.tasks.task import StartState, TaskError, float32

LOWEST, HIGHEST = 0.054, 0.134
"""Heights of the goals: blocks of 4 to 10 cm, and half of the objects of the default sizes [m]."""
APART = 0.14
"""Least distance of block and object when an episode starts: an open hand fits between them [m]."""
HOVER = 0.16
"""Height over the object in which the guide comes and goes, higher than any block [m]."""
CLEAR = 0.01
"""Height over the block's top from which an object does not push it aside any more [m]."""
LOST = 0.05
"""A block that was moved by more than this ends the episode [m]."""
UNDER_IT = 0.5
"""Share of the training episodes that start with an object held high enough in which the block
stands right under it [1]."""


@dataclass(frozen=True)
class StackCfg(PickPlaceCfg):
    """Everything about the task that is not the arm's."""

    object_shapes: Tuple[str, ...] = ("box", "cylinder")
    """Shapes that occur; a ball would roll off a block that is not quite level."""
    block_moved: float = 0.02
    """Furthest that the block may be moved from where it stood [m]."""


class StackTask(PickPlaceTask):
    """See ``Task``; success is an object at rest within 2.5 cm of the goal that nobody holds.

    The goal is where the object's middle is when it stands on the middle of the block: as high as
    the block and half of the object. The block, the scene's support, is free to slide and to fall:
    success asks that it is within 2 cm of where it stood, too. The policy does not see it.
    """

    name: ClassVar[str] = "stack"
    learning: ClassVar[Dict[str, Any]] = {
        name: value for name, value in PickPlaceTask.learning.items() if name != "sac"
    }

    def __init__(
        self, arm: Arm, num_envs: int, rng: np.random.Generator, cfg: StackCfg = StackCfg()
    ) -> None:
        super().__init__(arm, num_envs, rng, cfg)
        self._block_moved = cfg.block_moved
        self.scene = Scene(cfg.object_shapes, support=True)
        self.goal_region = self.table_region(LOWEST, HIGHEST)
        self._guide = replace(self._guide, hover=HOVER)
        self.support_size = torch.zeros(num_envs, 3)
        self._block_start = torch.zeros(num_envs, 3)

    def check(self, randomization: RandomizationCfg) -> None:
        """See ``Task.check``: and object and block, however turned, must fit beside each other."""
        super().check(randomization)
        thing = float(np.max(randomization.object_size.high))
        block = float(randomization.support_half_width.high)
        if math.sqrt(2.0) * (thing + block) > APART:
            raise TaskError(
                f"object_size goes up to {thing:g} m and support_half_width to {block:g} m: "
                f"{APART:g} m apart, as episodes start, a block would stand in the object; give at "
                f"most {APART / math.sqrt(2.0) - thing:.3f} m of support_half_width"
            )

    def prepare(self, env_ids: Tensor, physics: PhysicsSample) -> None:
        """See ``Task.prepare``."""
        super().prepare(env_ids, physics)
        width, height = physics.support_half_width, physics.support_half_height
        self.support_size[env_ids] = torch.stack((width, width, height), dim=1)

    def draw_start(self, env_ids: Tensor) -> StartState:
        """See ``Task.draw_start``: the block stands away from the object, or right under it."""
        start, rng = super().draw_start(env_ids), self._rng
        thing = self._object_start[env_ids].double().cpu().numpy()
        half_height = self.support_size[env_ids, 2].double().cpu().numpy()
        lower_side = thing[:, 2] - self.object_size[env_ids, 2].double().cpu().numpy()
        block = self.draw_on_table(len(thing), half_height)
        while True:
            close = np.hypot(*(block - thing)[:, :2].T) < APART
            if not close.any():
                break
            block[close] = self.draw_on_table(int(close.sum()), half_height[close])
        under = (lower_side > 2.0 * half_height + CLEAR) & (rng.random(len(thing)) < UNDER_IT)
        block[under, :2] = thing[under, :2] + rng.normal(0.0, 0.02, (int(under.sum()), 2))
        yaw = rng.uniform(-np.pi, np.pi, len(thing))
        pose = np.zeros((len(thing), 7))
        pose[:, :3], pose[:, 5], pose[:, 6] = block, np.sin(yaw / 2.0), np.cos(yaw / 2.0)
        self._block_start[env_ids] = float32(block)
        return start._replace(support_pose=float32(pose))

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: where the object's middle is on top of the block."""
        goal = self._block_start[env_ids]
        goal[:, 2] += self.support_size[env_ids, 2] + self.object_size[env_ids, 2]
        self.goal_position[env_ids] = goal

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``; nothing is paid for carrying that would move the block."""
        to_goal = self.goal_position - sim.object_pose[:, :3]
        aside, over = to_goal[:, :2].norm(dim=1), -to_goal[:, 2]
        stands = self._moved(sim) <= self._block_moved
        placed = ((to_goal.norm(dim=1) <= SET_DOWN) & stands).float()
        above = rewards.closeness(aside, 0.03) * ((over > -CLEAR) & stands).float()
        carried_at = self.goal_position[:, 2] - self.object_size[:, 2] + CARRY_HEIGHT
        clearance = sim.object_pose[:, 2] - self.object_size[:, 2]
        lift = torch.maximum((clearance / carried_at).clamp(0.0, 1.0), above)
        clear = torch.maximum((over / CLEAR).clamp(0.0, 1.0), above)
        transport = clear * rewards.closeness(aside, 0.25)
        place = above * rewards.closeness(over.abs(), 0.05)
        return {
            **self.phase_terms(sim, placed, lift, transport, place),
            **self.common_terms(sim, action, last_action),
        }

    def terminated(self, sim: BatchSim) -> Tensor:
        """See ``Task.terminated``: as for ``pick_place``, or a block that was pushed away."""
        return super().terminated(sim) | (self._moved(sim) > LOST)

    def success_extra(self, sim: BatchSim) -> Tensor:
        """See ``Task.success_extra``: and how far the block was moved [m]."""
        return torch.cat((super().success_extra(sim), self._moved(sim)[:, None]), dim=1)

    def goal_met(self, achieved: Tensor, goal: Tensor, extra: Tensor) -> Tensor:
        """See ``Task.goal_met``."""
        return super().goal_met(achieved, goal, extra) & (extra[..., 2] <= self._block_moved)

    def _moved(self, sim: BatchSim) -> Tensor:
        """How far the block is from where it stood (N,) [m]: fallen over, it is as well."""
        return vector_norm(sim.support_pose[:, :3] - self._block_start, dim=1)
