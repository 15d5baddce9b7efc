"""The requests of one requester: what is asked for, how often it asks, and when it has gone."""

from __future__ import annotations

import math
from collections import deque
from typing import Deque, Optional, Sequence

import numpy as np

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_description.model.joint_order import JointNamesError, JointOrder

# The period is the middle one of so many intervals: a few late requests do not change it.
_INTERVALS = 11
_FEWEST = 4
# A request is followed for so many periods: half a period of jitter costs no speed [1].
HOLD_PERIODS = 1.5
# Faster than this is no request for rest [rad/s].
_ZERO = 1e-3


class RequestStream:
    """Takes requests by name; anything wrong with one is a fault until the next good one.

    A request is followed for `hold`, which suits the requester's own rate:

        hold = min(max(command_hold, 1.5 T), command_timeout), T the median of the last 11 intervals

    All times are the receiver's steady clock, in [s].
    """

    def __init__(self, order: JointOrder, timing: GuardTiming) -> None:
        self._order, self._timing = order, timing
        self.value: Optional[np.ndarray] = None
        """(n,) [rad/s] of the last request; None while there is none."""
        self._received = -math.inf
        self._fault = ""
        self._intervals: Deque[float] = deque(maxlen=_INTERVALS)

    def take(self, names: Sequence[str], velocity: Sequence[float], now: float) -> str:
        """Takes a request [rad/s] by name; says what is wrong with it, else nothing."""
        try:
            request = self._order.pick_exactly(names, velocity, "velocities")
        except (JointNamesError, TypeError, ValueError) as error:
            return self._refuse(f"command refused: {error}", now)
        if not np.all(np.isfinite(request)):
            return self._refuse(f"command is not finite: {request.tolist()}", now)
        interval = now - self._received
        if 0.0 < interval <= 2.0 * self._timing.command_timeout:
            self._intervals.append(interval)
        elif interval > 0.0:
            self._intervals.clear()  # another requester, or one that was away
        self.value, self._received, self._fault = request, now, ""
        return ""

    def forget_the_old(self, now: float) -> None:
        """A requester that has gone is as good as none."""
        if now - self._received > self._timing.command_timeout:
            self.value, self._fault = None, ""
            self._intervals.clear()

    @property
    def hold(self) -> float:
        """For how long a request is followed [s]."""
        timing = self._timing
        if len(self._intervals) < _FEWEST:
            return timing.command_hold
        period = sorted(self._intervals)[len(self._intervals) // 2]
        return min(max(timing.command_hold, HOLD_PERIODS * period), timing.command_timeout)

    def is_followed(self, now: float) -> bool:
        """Whether the last request still counts, or the arm is to slow down."""
        return self.value is not None and now - self._received <= self.hold

    def trouble(self, now: float) -> str:
        """Why an armed arm must stop; empty where it need not, also where nobody asks at all."""
        if self._fault:
            return self._fault
        age = now - self._received
        if self.value is None or age <= self._timing.command_timeout:
            return ""
        return f"command is {age:.3f} s old"

    def refusal(self, now: float) -> str:
        """Why the arm may not be armed: requests must be for rest, or there must be none."""
        if now - self._received > self._timing.command_timeout:
            return ""
        if self._fault:
            return f"{self._fault}: mend or end the node that sends it"
        if self.value is None or np.abs(self.value).max() <= _ZERO:
            return ""
        joint = int(np.argmax(np.abs(self.value)))
        return (
            f"{self._order.names[joint]} is asked to move at {self.value[joint]:.2f} rad/s already:"
            " let the requester ask for zero, or end it, then arm"
        )

    def _refuse(self, fault: str, now: float) -> str:
        self.value, self._fault, self._received = None, fault, now
        return fault
