"""When something counts as too old."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class GuardTiming:
    """Ages and durations, all above 0 and up to 1 s."""

    command_timeout: float = 0.1  # [s] a request older than this stops the arm
    command_hold: float = 0.025  # [s] the arm begins to slow down at this age, or a little above
    # the period of the requests, whichever is later; never later than the time-out
    joint_state_timeout: float = 0.05  # [s] a joint state older than this stops the arm
    watchdog_timeout: float = 0.2  # [s] likewise the watchdog's heartbeat, where one is needed
    wrench_timeout: float = 0.1  # [s] likewise the wrist's wrench, where force is limited
    enable_timeout: float = 0.2  # [s] likewise the enable switch's "pressed", where one is needed
    enable_grace: float = 1.0  # [s] a switch released for longer than this disarms
    stall_timeout: float = 0.05  # [s] the guard itself standing still for longer stops the arm
    longest_step: float = 0.01  # [s] first step of a stop that begins after such a stall
    arming_ramp: float = 1.0  # [s] in which the speed limit rises after arming

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.0 < value <= 1.0):
                raise ValueError(f"{name} is {value} s: give a time above 0 and up to 1 s.")
        if self.command_hold > self.command_timeout:
            raise ValueError(
                f"command_hold is {self.command_hold} s: give no more than command_timeout, "
                f"{self.command_timeout} s."
            )
