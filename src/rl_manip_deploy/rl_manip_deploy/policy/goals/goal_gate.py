"""Which goals are taken: those that come while the arm is armed, and are not old."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence, Tuple

ARMED = "armed"
# A goal that was sent or has waited for longer than this is nobody's wish any more [s].
AGE_LIMIT = 5.0


class Waiting(NamedTuple):
    """A goal in the queue of one."""

    frame: str
    pose: Tuple[float, ...]  # (7,)
    since: float  # [s]


class GoalGate:
    """Lets goals through while the guard is armed; keeps the last one for a while where asked to.

    All times are the receiver's steady clock, in [s].

    Args:
        queue: whether a goal that comes before arming waits for it.
        age_limit: for how long [s].
    """

    def __init__(self, queue: bool = False, age_limit: float = AGE_LIMIT) -> None:
        if not 0.0 < age_limit <= 3600.0:  # written so that a NaN fails it
            raise ValueError(f"goal_age_limit is {age_limit} s: give more than 0, up to 3600 s.")
        self._queue, self._age_limit = queue, age_limit
        self._guard = ""
        self._waiting: Optional[Waiting] = None

    @property
    def is_open(self) -> bool:
        """Whether the guard is armed."""
        return self._guard == ARMED

    def on_guard_state(self, state: str) -> None:
        """Takes what the guard says of itself."""
        self._guard = state

    def refusal(self, sent_ago: float) -> str:
        """Why a goal is not taken, and what to do; empty where it is.

        Args:
            sent_ago: age by its own stamp, 0 where it has none [s].
        """
        if sent_ago > self._age_limit:
            return (
                f"goal refused: by its stamp it was sent {sent_ago:.1f} s ago; send it anew, or "
                "set the sender's clock right"
            )
        if self.is_open or self._queue:
            return ""
        said = f"the guard says {self._guard!r}" if self._guard else "the guard is not there"
        return f"goal refused: {said}; arm it, then send the goal again"

    def keep(self, frame: str, pose: Sequence[float], now: float) -> None:
        """Lets a goal wait for arming."""
        self._waiting = Waiting(frame, tuple(pose), now)

    def forget(self) -> None:
        """Nothing waits any more."""
        self._waiting = None

    def waits(self, now: float) -> bool:
        """Whether a goal waits that is not too old."""
        return self._waiting is not None and now - self._waiting.since <= self._age_limit

    def take_waiting(self, now: float) -> Optional[Waiting]:
        """The goal that waits, which then no longer does; None where none does, or an old one."""
        waiting = self._waiting if self.waits(now) else None
        self._waiting = None
        return waiting
