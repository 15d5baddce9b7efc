"""What was asked for while hold to run was not held, to be done as soon as it is.

One finger cannot hold a button and press another. So a person presses first what is to happen, and
then holds: the guard is armed, and the goal sent, by the hold.
"""

from __future__ import annotations

import math
from typing import Optional

import numpy as np

from rl_manip_deploy.guard.mode import MOVING, Mode

PATIENCE = 20.0
"""What was asked for longer ago is nobody's wish any more [s]."""


class Intentions:
    """Keeps that the guard is to be armed, and the last goal; each is done once."""

    def __init__(self) -> None:
        self._arm_asked = self._goal_asked = -math.inf
        self._goal: Optional[np.ndarray] = None

    def ask_to_arm(self, now: float) -> None:
        """The guard is to be armed."""
        self._arm_asked = now

    def ask_for_goal(self, goal: np.ndarray, now: float) -> None:
        """That goal (7,) is to be sent."""
        self._goal, self._goal_asked = goal, now

    def forget(self) -> None:
        """Nothing is to happen any more."""
        self._arm_asked, self._goal = -math.inf, None

    def take_arming(self, guard_word: str, now: float) -> bool:
        """Whether to arm the guard now; the button is held."""
        wanted = now - self._arm_asked <= PATIENCE and guard_word not in MOVING
        self._arm_asked = -math.inf
        return wanted

    def take_goal(self, guard_word: str, now: float) -> Optional[np.ndarray]:
        """The goal to send now, which counts only while the guard is armed; None where none is."""
        if guard_word != Mode.ARMED.value:
            return None
        goal, self._goal = self._goal, None
        return goal if now - self._goal_asked <= PATIENCE else None
