"""A met goal is held still: a policy whose outputs are not zero at its goal must not go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import numpy as np

from rl_manip_deploy.policy.goals.goal_checks import Check, Seen, goal_check
from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import SuccessCriterion

# A goal that has been met for so long is held [s]: longer than an evaluation waits, and in it the
# shipped policies come as near as they ever do.
DWELL = 0.5
# The arm, or the object, must be moved away by so much more than the criterion allows before the
# policy acts again [1].
MOVED_AWAY = 1.5


class GoalRest:
    """Says when the arm is to rest at its goal, and when it has been moved away from it.

    Args:
        met: judges by the policy's own criterion.
        near: the same with `MOVED_AWAY` times its distance and angle, at any speed.
    """

    def __init__(self, met: Check, near: Check) -> None:
        self.rests = False
        """Whether zero is to be commanded."""
        self._met, self._near = met, near
        self._met_since: Optional[float] = None

    def look(self, seen: Seen) -> bool:
        """Takes what was measured last; whether the arm is to rest."""
        _, met = self._met.look(seen)
        _, near = self._near.look(seen)
        if self.rests:
            self.rests = near
            self._met_since = None
            return near
        if not met:
            self._met_since = None
        elif self._met_since is None:
            self._met_since = seen.time
        self.rests = self._met_since is not None and seen.time - self._met_since >= DWELL
        return self.rests


def rest_at(arm: Arm, goal: np.ndarray, criterion: SuccessCriterion, object_task: bool) -> GoalRest:
    """What tells rest at a goal (7,), position [m] and quaternion xyzw.

    Where an object is the task's, only the object counts: let go of at its goal and at rest there,
    or held there still, as the task has it. Nothing rests in the middle of such a task.
    """
    wide = replace(
        criterion,
        distance_m=MOVED_AWAY * criterion.distance_m,
        speed_m_s=np.inf,
        angle_rad=None if criterion.angle_rad is None else MOVED_AWAY * criterion.angle_rad,
    )
    met, near = (goal_check(arm, goal, each, object_task) for each in (criterion, wide))
    return GoalRest(met, near)
