"""Pick and place from nothing: rewards that lead from phase to phase, and starts near the end.

Without a guide an episode's last phases are hardly ever seen, and by the task's own terms who holds
an object high over its goal gains nothing by lowering it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.tasks import rewards
from rl_manip_train.tasks.from_above.over_first import OverFirst, asked_opening, without_guide
from rl_manip_train.tasks.pick_place import CARRY_HEIGHT, SET_DOWN, PickPlaceRewardWeights
from rl_manip_train.tasks.tabletop import TabletopRewardWeights
from rl_manip_train.tasks.task import StartState

GOAL_BELOW = 0.6
"""Share of the episodes with the object gripped whose goal is under it or beside it [1]."""
BESIDE = (0.004, 0.01, 0.03, 0.1)
"""Standard deviations, along x and y, of how far beside it that goal is; one is drawn [m]."""


@dataclass(frozen=True)
class StepByStepWeights(PickPlaceRewardWeights):
    """Reward per control step and unit of each term."""

    approach: float = 0.20
    grasp: float = 0.25
    lift: float = 0.15
    transport: float = 0.40
    place: float = 0.40
    open: float = 0.15
    """Opening asked of the fingers, over the largest, until they are around the object [1]."""
    release: float = 0.80
    """Opening asked of the fingers, over the largest, once the object is placed [1]."""
    success: float = 1.0
    progress: float = 1.5
    """Speed on the way: over the object and down to it, then up with it, across and down [s/m]."""


class StepByStep(OverFirst):
    """``pick_place`` for who learns it without a guide. A ``RewardSet``.

    As ``OverFirst``; and with the object every step in the right direction pays as well, along a
    funnel that ends straight down at the goal, and nothing is paid for an object that is dragged or
    held high. Letting go is paid by what is asked of the fingers: those that press on an object do
    not move until much is asked, so by their opening nobody learns it.

    Of the episodes that begin with the object gripped, more begin low, and most have their goal
    close by: what comes last is learned first, and the rest leads up to it (reverse curriculum;
    Florensa et al., 2017).
    """

    tasks: ClassVar[Tuple[str, ...]] = ("pick_place",)
    learning: ClassVar[Dict[str, Any]] = without_guide(4_000_000, settles_after=3_000_000)
    weights: ClassVar[TabletopRewardWeights] = StepByStepWeights()
    gripped_share: float = 0.3

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._gripped = torch.zeros(len(self.goal_position), dtype=torch.bool)

    def easy_poses(self, gripped: np.ndarray) -> np.ndarray:
        """See ``TabletopTask.easy_poses``: low ones more often, where the object is gripped."""
        by_height = np.argsort(self._poses.tool_pose[:, 2])
        rank = self._rng.random(len(gripped)) ** np.where(gripped, 2.0, 1.0)
        return by_height[(rank * len(by_height)).astype(np.int64)]

    def draw_start(self, env_ids: Tensor) -> StartState:
        """See ``Task.draw_start``."""
        start = super().draw_start(env_ids)
        self._gripped[env_ids] = start.gripper_opening < self._gripper.max_opening
        return start

    def draw_goals(self, env_ids: Tensor) -> None:
        """See ``Task.draw_goals``: under or beside the object, where that is gripped at first."""
        super().draw_goals(env_ids)
        count = len(env_ids)
        near = self._gripped[env_ids].cpu().numpy() & (self._rng.random(count) < GOAL_BELOW)
        aside = self._rng.normal(size=(count, 2)) * self._rng.choice(BESIDE, (count, 1))
        start = self._object_start[env_ids, :2] + torch.as_tensor(aside, dtype=torch.float32)
        rows = env_ids[torch.as_tensor(near)]
        self.goal_position[rows, :2] = start[torch.as_tensor(near)]

    def reward_terms(self, sim: BatchSim, action: Tensor, last_action: Tensor) -> Dict[str, Tensor]:
        """See ``Task.reward_terms``."""
        to_goal = self.goal_position - sim.object_pose[:, :3]
        aside, below = to_goal[:, :2].norm(dim=1), to_goal[:, 2].abs()
        placed = (to_goal.norm(dim=1) <= SET_DOWN).float()
        clearance = sim.object_pose[:, 2] - self.object_size[:, 2]
        # a funnel: up to the carrying height, and down where the goal is below
        height = CARRY_HEIGHT * ((aside - 0.01) / 0.03).clamp(0.0, 1.0)
        above = rewards.closeness(aside, 0.03)
        lifted = 1.0 - (height - clearance).clamp(min=0.0) / CARRY_HEIGHT
        off_way = torch.hypot(aside, (clearance - height).clamp(min=0.0))
        lowered = 0.5 * (rewards.closeness(below, 0.10) + rewards.closeness(below, 0.02))
        way = torch.cat((to_goal[:, :2], (height - clearance)[:, None]), dim=1)
        transport = lifted * rewards.closeness(off_way, 0.25)
        leading = self.leading_terms(sim, action, way)
        return {
            **self.phase_terms(sim, placed, lifted, transport, above * lowered),
            "open": torch.maximum(leading["open"], placed),
            "release": placed * asked_opening(action),
            **self.common_terms(sim, action, last_action),
            "progress": leading["progress"] * (1.0 - placed),
        }
