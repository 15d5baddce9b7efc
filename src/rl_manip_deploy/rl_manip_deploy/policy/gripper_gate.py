"""When the gripper is told what: only while the guard is armed, and alive."""

from __future__ import annotations

import math
from typing import Optional

from rl_manip_description import Gripper

ARMED = "armed"


class GripperGate:
    """Passes openings on as positions of the gripper's joint while the guard lets the arm move.

    At all other times nothing is passed on, and the gripper's controller holds its last command: a
    gripper that opened on a stop would drop what it carries, and one that closed would squeeze on.
    All times are the receiver's steady clock, in seconds.

    Args:
        gripper: which gripper.
        timeout: silence after which the guard counts as dead or frozen [s].
    """

    def __init__(self, gripper: Gripper, timeout: float = 0.1) -> None:
        self._gripper, self._timeout = gripper, timeout
        self._state = ""
        self._heartbeat = -math.inf

    def on_guard_state(self, state: str) -> None:
        """Takes what the guard says of itself."""
        self._state = state

    def on_heartbeat(self, now: float) -> None:
        """Takes a sign of the guard's life."""
        self._heartbeat = now

    def is_open(self, now: float) -> bool:
        """Whether the gripper may move."""
        return self._state == ARMED and now - self._heartbeat <= self._timeout

    def position(self, opening: Optional[float], now: float) -> Optional[float]:
        """Position [rad] to command, within the joint's range; None where the gripper holds.

        Args:
            opening: wanted distance of the fingers [m]; None where the policy does not act.
        """
        if opening is None or not math.isfinite(opening) or not self.is_open(now):
            return None
        return float(self._gripper.joint_position(opening))
