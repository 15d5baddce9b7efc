"""Gripping from nothing: rewards that lead over the object first, and then down to it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Dict, Tuple

import torch
from torch import Tensor

from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.grasp import GraspRewardWeights
from rl_manip_train.tasks.tabletop import TabletopRewardWeights

HOVER = 0.08
"""Height over the object to which the tool is led at first [m]."""
AROUND, LEVEL = 0.015, 0.02
"""How far aside of the object's middle, and above it, a tool is whose fingers are around it [m]."""


def without_guide(max_env_steps: int, settles_after: int) -> Dict[str, Any]:
    """Settings of learning, see ``Task.learning``, that do without the task's guide.

    Args:
      max_env_steps: budget [control steps of all arms together].
      settles_after: of them, after which steps of learning are smaller; see ``PPOCfg``.
    """
    return {
        "max_env_steps": max_env_steps,
        "ppo": {"guided_steps": 0, "horizon": 12, "settles_after": settles_after},
        "sac": {"guided_steps": 0},
    }


@dataclass(frozen=True)
class OverFirstWeights(GraspRewardWeights):
    """Reward per control step and unit of each term."""

    approach: float = 0.20
    open: float = 0.15
    """Opening asked of the fingers, over the largest, until they are around the object [1]."""
    progress: float = 1.0
    """Speed on the way: over the object and down to it, then to the goal with it [s/m]."""


class OverFirst:
    """``grasp`` for who learns it without a guide. A ``RewardSet``.

    Every step in the right direction pays (``rewards.progress``). The way to the object is a funnel
    that leads over it and straight down: nothing is paid for a tool that is beside the object and
    low, where it would knock it away, and fingers are to be open until they are around it.
    """

    tasks: ClassVar[Tuple[str, ...]] = ("grasp",)
    learning: ClassVar[Dict[str, Any]] = without_guide(1_750_000, settles_after=1_200_000)
    older_when_met: ClassVar[int] = 10
    """Else most of what is learned from is an object that is at its goal, and what leads there,
    which was learned long before, is forgotten."""

    weights: ClassVar[TabletopRewardWeights] = OverFirstWeights()

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.reward_weights = asdict(self.weights)

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        to_goal = self.goal_position - sim.object_pose[:, :3]
        return {
            **super().reward_terms(sim, action, last_action),
            **self.leading_terms(sim, action, to_goal),
        }

    def leading_terms(self, sim: BatchSim, action: Tensor, carry: Tensor) -> Dict[str, Tensor]:
        """The terms ``open`` and ``progress``, (N,) each.

        Args:
          sim, action: see ``Task.reward_terms``.
          carry: (N, 3) where the object is to go next, once it is gripped, from where it is [m].
        """
        held = self.held(sim)
        carried = rewards.progress(sim.object_velocity[:, :3], carry)
        return {
            "open": torch.stack((asked_opening(action), held, self._around(sim))).amax(dim=0),
            "progress": torch.where(held > 0.0, carried, self._fetching(sim)),
        }

    def held(self, sim: BatchSim) -> Tensor:
        """(N,) 1 where the object is gripped, else 0."""
        return rewards.grasp_bonus(sim.grip_force, self._cfg.least_grip_force)

    def reaching(self, sim: BatchSim) -> Tuple[Tensor, Tensor, Tensor]:
        """See ``TabletopTask.reaching``: on the way over the object and down to it."""
        way, high, aligned = self._way(sim)
        left = way.norm(dim=1)
        return high * rewards.closeness(left, 0.2), rewards.closeness(left, 0.05), aligned

    def _fetching(self, sim: BatchSim) -> Tensor:
        """Speed (N,) [m/s] of the tool on its way over the object and down to it."""
        way, high, _ = self._way(sim)
        way[:, :2] *= high[:, None]  # who is too low goes up first
        return rewards.progress(sim.tool_velocity[:, :3], way)

    def _way(self, sim: BatchSim) -> Tuple[Tensor, Tensor, Tensor]:
        """What is left of the tool's way to the object.

        Returns:
          From the tool to where it is to go next (N, 3) [m]: over the object while it is aside of
          it or not along its sides; how high it is for that (N,) [1], 0 for ``HOVER`` too low; and
          how well the fingers are along its sides (N,) [1].
        """
        *_, aligned = super().reaching(sim)
        way = sim.object_pose[:, :3] - sim.tool_pose[:, :3]
        aside = way[:, :2].norm(dim=1)
        off = torch.maximum((aside - 0.01) / 0.04, (0.9 - aligned) / 0.4).clamp(0.0, 1.0)
        off = off * (1.0 - self.held(sim))
        way[:, 2] += HOVER * off
        return way, 1.0 - (way[:, 2] / HOVER).clamp(0.0, 1.0), aligned

    def _around(self, sim: BatchSim) -> Tensor:
        """(N,) 1 where the fingers are around the object, so that they may close, else 0."""
        apart = sim.tool_pose[:, :3] - sim.object_pose[:, :3]
        return ((apart[:, :2].norm(dim=1) < AROUND) & (apart[:, 2] < LEVEL)).float()


def asked_opening(action: Tensor) -> Tensor:
    """Opening (N,) asked of the fingers by actions (N, a), over the largest [1].

    Unlike ``opening_of`` it tells every action from the next, as learners need.
    """
    return 0.5 + 0.5 * action[:, -1]
