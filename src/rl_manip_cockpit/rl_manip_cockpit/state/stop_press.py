"""The stop button: which of its messages stop, and a press watched until the arm is at rest."""

from __future__ import annotations

import math
from typing import Optional

from rl_manip_cockpit.state.seen import Seen

PROMISED = 1.0
"""An arm that is not at rest so long after the press does not obey [s]: from full speed, the guard
brings any arm of this workspace to rest in less than half of it."""
STEADY = 0.1
"""For so long it must have been measured at rest [s]."""
NOT_OBEYED = "STOP WAS NOT OBEYED"
RELEASED_WITHIN = 30.0
"""A click so long after the button was last heard to be pressed is the same press, let go [s]; a
busy browser may take many seconds from one to the other, and the arm be armed again by then."""


class StopButton:
    """The press counts, as of an emergency stop, and a click without one: that is the keyboard."""

    def __init__(self) -> None:
        self._pressed = -math.inf

    def press(self, now: float) -> None:
        """The button was pressed; that is a wish to stop."""
        self._pressed = now

    def let_go(self) -> None:
        """Something else was pressed since."""
        self._pressed = -math.inf

    def is_stop(self, now: float) -> bool:
        """Whether a click at that time [s] is one, too, and not the end of a press."""
        is_end = now - self._pressed < RELEASED_WITHIN
        self.let_go()
        return not is_end


class StopPress:
    """One press; `sentence` says how it stands, `obeyed` is there once it is decided.

    Args:
        pressed: when, on the steady clock [s].
    """

    def __init__(self, pressed: float) -> None:
        self.obeyed: Optional[bool] = None
        self.sentence = "stop: sent to the guard"
        self._pressed = pressed
        self._answer_after: Optional[float] = None
        self._refusal = ""
        self._rests_since: Optional[float] = None

    def on_answer(self, success: bool, message: str, now: float) -> None:
        """Takes what the guard answered; asked again, what it answered first unless it refused."""
        if self._answer_after is not None and not self._refusal:
            return
        self._answer_after = now - self._pressed
        self._refusal = "" if success else message or "the guard refused"

    def look(self, seen: Seen) -> None:
        """Takes what is known now."""
        if self.obeyed is not None:
            return
        rested = self._rested(seen)
        if rested is not None and self._answer_after is not None and not self._refusal:
            self.obeyed = True
            self.sentence = (
                f"stop obeyed: the guard answered after {1e3 * self._answer_after:.0f} ms, the arm "
                f"was measured at rest {rested - self._pressed:.2f} s after the press"
            )
        elif seen.now - self._pressed > PROMISED + STEADY:
            self.obeyed = False
            missing = self._missing(rested is not None)
            self.sentence = f"{NOT_OBEYED}: {missing}. Use the emergency stop!"

    def _rested(self, seen: Seen) -> Optional[float]:
        """Since when the arm rests [s]; None until that has lasted for `STEADY`."""
        state = seen.state
        if state is None or state.received <= self._pressed or not seen.is_at_rest:
            self._rests_since = None
            return None
        if self._rests_since is None:
            self._rests_since = state.received
        return self._rests_since if state.received - self._rests_since >= STEADY else None

    def _missing(self, rests: bool) -> str:
        missing = []
        if self._refusal:
            missing.append(f"the guard said {self._refusal!r}")
        elif self._answer_after is None:
            missing.append(f"the guard did not answer within {PROMISED:g} s")
        if not rests:
            missing.append(f"the arm was not measured at rest within {PROMISED:g} s")
        return ", and ".join(missing)
