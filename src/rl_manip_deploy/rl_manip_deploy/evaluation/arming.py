"""Who arms the guard of an arm that a node drives: the node itself, or a person it waits for."""

from __future__ import annotations

import math
from enum import Enum
from typing import NamedTuple, Optional

# The guard has said "armed" for so long when the first goal is sent: by then everybody else who
# goes by its word, such as the policy node, has heard it too [s].
SETTLE = 0.5
ASK_PERIOD = 0.5  # [s] between two requests to arm
PAUSE_AFTER_STOP = 1.0  # [s] a machine that stalled does so again at once
SAY_AGAIN_AFTER = 30.0  # [s]


class Act(Enum):
    """What the node is to do now."""

    WAIT = "wait"
    ASK = "ask the guard to arm"
    GO = "drive"
    GIVE_UP = "end"


class Step(NamedTuple):
    """What to do now, and what to tell the person, where there is something to tell."""

    act: Act
    say: str = ""


class Arming:
    """Decides how a node gets its guard armed, at the start and after every stop.

    A simulated arm is armed by the node, a real one by a person: pressing play at the pendant must
    not set an arm going towards a goal that nobody there knows of. `auto_arm` is for those who mean
    it. All times are the caller's steady clock, in [s].

    Args:
        hardware: "real" or "sim".
        auto_arm: whether the node arms a real arm too.
        command: what a person types to arm the guard.
        patience: after so long without success a node that arms by itself gives up [s].
    """

    def __init__(self, hardware: str, auto_arm: bool, command: str, patience: float = 60.0) -> None:
        self.by_itself = auto_arm or hardware == "sim"
        """Whether the node asks the guard, rather than a person."""
        self._command, self._patience = command, patience
        self._begun: Optional[float] = None
        self._armed_since: Optional[float] = None
        self._asked_at = self._said_at = -math.inf
        self._refusal = "it does not answer"

    def begin(self, now: float) -> None:
        """A wait for arming begins: at the start, and after a stop."""
        self._begun, self._armed_since = now, None
        self._asked_at = self._said_at = -math.inf
        self._refusal = "it does not answer"

    def on_refusal(self, reason: str) -> None:
        """Takes why the guard was not armed when it was asked."""
        self._refusal = reason

    def next(self, guard: str, now: float) -> Step:
        """What to do now, while the guard says `guard` of itself; ask again and again."""
        if self._begun is None:
            self.begin(now)
        begun = now if self._begun is None else self._begun
        if guard == "armed":
            self._armed_since = now if self._armed_since is None else self._armed_since
            return Step(Act.GO if now - self._armed_since >= SETTLE else Act.WAIT)
        self._armed_since = None
        if not self.by_itself:
            return self._ask_a_person(guard, now)
        if now - begun > self._patience:
            return Step(Act.GIVE_UP, f"the guard could not be armed: {self._refusal}.")
        stopped = guard.startswith("stop")
        if now - self._asked_at < ASK_PERIOD or (stopped and now - begun < PAUSE_AFTER_STOP):
            return Step(Act.WAIT)
        self._asked_at = now
        return Step(Act.ASK)

    def _ask_a_person(self, guard: str, now: float) -> Step:
        if now - self._said_at < SAY_AGAIN_AFTER:
            return Step(Act.WAIT)
        self._said_at = now
        said = f"the guard says {guard!r}" if guard else "the guard is not there yet"
        return Step(
            Act.WAIT,
            f"waiting for you to arm the guard, when nobody is near the arm: {self._command} "
            f"({said}; auto_arm:=true arms without asking)",
        )
