"""Hold-to-run: the arm moves only while a person holds a switch."""

from __future__ import annotations

import math

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming


class EnableSwitch:
    """A switch that must be heard as pressed again and again.

    Not heard of for `enable_timeout` it counts as released. All times are the receiver's steady
    clock, in [s].
    """

    def __init__(self, timing: GuardTiming, needed: bool) -> None:
        self._timing, self._needed = timing, needed
        self._pressed_at = -math.inf
        self._pressed = False

    def take(self, pressed: bool, now: float) -> None:
        """Takes the switch's state."""
        self._pressed = bool(pressed)
        if pressed:
            self._pressed_at = now

    def is_pressed(self, now: float) -> bool:
        """Whether the arm may move; always where no switch is needed."""
        fresh = now - self._pressed_at <= self._timing.enable_timeout
        return not self._needed or (self._pressed and fresh)

    def refusal(self, now: float) -> str:
        """Why the arm may not be armed."""
        if self.is_pressed(now):
            return ""
        return "enable switch is not pressed: hold it down, then arm"
