"""An arm's joint states by name, judged: the last one that can be true, or why there is none."""

from __future__ import annotations

import math
from collections import deque
from typing import Deque, List, NamedTuple, Optional, Sequence

import numpy as np

from rl_manip_deploy.states.plausible_step import PlausibleSteps
from rl_manip_deploy.states.recent_states import RecentStates
from rl_manip_description.model.arm import JointLimits
from rl_manip_description.model.joint_order import JointNamesError, JointOrder

# Of so many states in a row not more than `ODD_AT_MOST` may be odd: a driver's known fault sends
# one state of zeros in fifty, a second publisher at a tenth of the driver's rate makes nine.
LOOKED_AT, ODD_AT_MOST = 100, 5
# States that are refused, but agree with each other for so long, are the truth after all: somebody
# moved the arm while nobody looked. As a share of the time-out; by then the last good one is stale.
BELIEVED_AFTER = 1.2
# Velocities by difference say nothing about steps longer than this [s].
SHORT = 0.01
# After so long without a joint state they are said to come no longer [s].
LONGEST_SILENCE = 1.0


class _State(NamedTuple):
    """One message, as lists in the arm's order."""

    position: List[float]  # [rad]
    velocity: Optional[List[float]]  # [rad/s]; None where the driver sends none
    time: float  # [s] of receipt


class JointStates:
    """Takes an arm's joint states and keeps the last that can be true.

    A state that no arm can have moved to is skipped: the last good one grows older, and is too old
    at `timeout`. A state with wrong names, a wrong length or a NaN is a fault until the next good
    one. All times are the receiver's steady clock, in [s].

    Args:
        order: the arm's joints as the driver names them.
        limits: the arm's.
        timeout: age at which a state is too old [s].
    """

    def __init__(self, order: JointOrder, limits: JointLimits, timeout: float) -> None:
        self.timeout = timeout
        self.position = np.full(len(order.names), np.nan)
        """(n,) [rad] of the last good state; NaN before the first."""
        self.velocity = np.full(len(order.names), np.nan)
        """(n,) [rad/s] of that state, by difference where the driver sends none; NaN before."""
        self.velocity_lag = 0.0
        """By how much that velocity is older than the position [s]."""
        self.received = -math.inf
        """When that state came [s]."""
        self.fault = ""
        """What is wrong with the last message, until the next good one."""
        self.skipped = 0
        """How many states could not be true."""
        self.skipped_last = ""
        """Why the last of those could not be."""
        self.jumps = 0
        """How often the states went on elsewhere and were believed after a while."""
        self._order = order
        self._endless = limits.endless if limits.endless.any() else None
        self._steps = PlausibleSteps(order.names, limits)
        self._recent = RecentStates(order.names)
        self._good: Optional[_State] = None
        self._sends_velocity = False
        self._misfit = ""
        self._strangers: Sequence[str] = ()  # names in the last message of other joints only
        self._odd: Deque[bool] = deque(maxlen=LOOKED_AT)
        self._odd_count = 0
        self._odd_last = ""
        self._stamp: Optional[float] = None
        self._stamps_go_on = False
        self._repeated = self._skipped_since = 0  # since the last good state
        # the refused states that agree with each other: the last one, and since when
        self._other: Optional[_State] = None
        self._other_since = 0.0

    def take(
        self,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
        now: float,
        stamp: Optional[float] = None,
    ) -> bool:
        """Takes a joint state [rad, rad/s]; false for one of other joints only.

        Args:
            velocity: empty, or NaN from the first message on, where the driver measures none.
            stamp: the sender's [s]; only compared with its own others. None where there is none.
        """
        if not self._order.concerns(names):
            self._strangers = names
            return False
        try:
            measured = self._order.pick(names, position, "positions")
            speed = self._order.pick(names, velocity, "velocities") if len(velocity) else None
        except (JointNamesError, TypeError, ValueError) as error:
            self.fault = f"joint state refused: {error}"
            return True
        if self._endless is not None:
            measured = self._unwrapped(measured)
        if speed is not None and not self._sends_velocity and np.isnan(speed).all():
            speed = None  # as ros2_control says it of joints without that interface
        state = _State(measured.tolist(), None if speed is None else speed.tolist(), now)
        # a sum is finite only where every term is
        if not math.isfinite(sum(state.position) + sum(state.velocity or ())):
            self.fault = f"joint state is not finite: {self._not_finite(state)}"
            return True
        self.fault = ""
        self._sends_velocity = self._sends_velocity or speed is not None
        if self._is_repeated(state, stamp):
            self._repeated += 1
        elif wrong := self._wrong_with(state):
            self._skip(state, wrong)
            if self._has_lasted(state):
                self.jumps += 1
                self._forget_the_odd()
                self._recent.forget()
                self._keep(state, measured, speed)
        else:
            self._note(self._back_and_forth(state))
            self._keep(state, measured, speed)
        return True

    def trouble(self, now: float) -> str:
        """Why these states cannot be acted on, in a few words; empty where they can."""
        if self.fault:
            return self.fault
        if self._good is None:
            return "no joint state yet" + self._instead()
        if now - self.received > self.timeout:
            return f"joint state is {now - self.received:.3f} s old{self._since_then()}"
        if self._odd_count > ODD_AT_MOST:
            return (
                f"{self._odd_count} of the last {len(self._odd)} joint states do not belong to one "
                f"motion ({self._odd_last}): let only the arm's driver publish them"
            )
        return self._misfit

    @property
    def is_known(self) -> bool:
        """Whether there was a good state at all."""
        return self._good is not None

    @property
    def measures_velocity(self) -> bool:
        """Whether the velocity of the last good state is the driver's own."""
        return self._good is not None and self._good.velocity is not None

    def is_at_rest(self) -> bool:
        """Whether the arm has not moved of late; false while that is not known."""
        return self._recent.is_at_rest()

    def _unwrapped(self, measured: np.ndarray) -> np.ndarray:
        """Endless joints on the turn on which they were last: drivers report them within one."""
        last = np.where(self._endless & np.isfinite(self.position), self.position, measured)
        return measured + 2.0 * np.pi * np.round((last - measured) / (2.0 * np.pi))

    def _is_repeated(self, state: _State, stamp: Optional[float]) -> bool:
        """Whether this is the last message once more; takes note of the stamp."""
        if not stamp or not stamp > 0.0:
            return False
        before, self._stamp = self._stamp, stamp
        if before is None:
            return False
        self._stamps_go_on = self._stamps_go_on or stamp > before
        if stamp < before:
            self._note(f"their stamps go back by {before - stamp:.3f} s")
        same = self._good is not None and state.position == self._good.position
        return stamp == before and self._stamps_go_on and same

    def _wrong_with(self, state: _State) -> str:
        wrong = self._steps.where(state.position, state.velocity)
        return wrong or (self._no_step_to(state, self._good) if self._good else "")

    def _no_step_to(self, state: _State, before: _State) -> str:
        elapsed = state.time - before.time
        return self._steps.between(
            before.position, before.velocity, state.position, state.velocity, elapsed
        )

    def _keep(self, state: _State, position: np.ndarray, speed: Optional[np.ndarray]) -> None:
        self._good, self.position, self.received = state, position, state.time
        if self._recent.add(position, speed, state.time):
            self._misfit = self._recent.misfit()
        if speed is None:
            self.velocity, self.velocity_lag = self._recent.derived_velocity()
        else:
            self.velocity, self.velocity_lag = speed, 0.0
        self._repeated = self._skipped_since = 0
        self._other = None

    def _skip(self, state: _State, wrong: str) -> None:
        self.skipped += 1
        self._skipped_since += 1
        self.skipped_last = wrong
        self._note(wrong)

    def _has_lasted(self, state: _State) -> bool:
        """Whether refused states have agreed with each other for long enough to be believed."""
        if self._steps.where(state.position, state.velocity):
            return False
        other, self._other = self._other, state
        if other is None or self._no_step_to(state, other):
            self._other_since = state.time
        patience = BELIEVED_AFTER * self.timeout
        return state.time - max(self._other_since, self.received) >= patience

    def _back_and_forth(self, state: _State) -> str:
        """How two who publish the same motion show, one of them later; empty where they do not."""
        before = self._good
        if before is None:
            return ""
        if before.velocity is not None and state.velocity is not None:
            velocities = before.velocity, state.velocity
        elif state.time - before.time <= SHORT:
            velocities = (self.velocity.tolist(),) * 2
        else:
            return ""
        return self._steps.backwards(before.position, velocities[0], state.position, velocities[1])

    def _not_finite(self, state: _State) -> str:
        """Which of its values is not."""
        for what, values in (("position", state.position), ("velocity", state.velocity or ())):
            for name, value in zip(self._order.names, values):
                if not math.isfinite(value):
                    return f"the {what} of {name} is {value}"
        return "its values are too large"

    def _instead(self) -> str:
        """What came where no good state did."""
        if self.skipped_last:
            return f": {self.skipped_last}"
        if self._strangers:
            return f": what comes is of {', '.join(self._strangers)}"
        return ""

    def _note(self, odd: str) -> None:
        """Takes note of a state that is odd, or that is not."""
        if len(self._odd) == LOOKED_AT:
            self._odd_count -= self._odd[0]
        self._odd.append(bool(odd))
        self._odd_count += bool(odd)
        self._odd_last = odd or self._odd_last

    def _forget_the_odd(self) -> None:
        self._odd.clear()
        self._odd_count = 0

    def _since_then(self) -> str:
        """What came since the last good state, for the sentence on its age."""
        if self._skipped_since:
            return f": {self._skipped_since} later ones cannot be true ({self.skipped_last})"
        if self._repeated:
            return f": since then it was only repeated, {self._repeated} times, with the same stamp"
        return ""
