"""One goal that was given as an action, from its acceptance to its end; without ROS."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Optional

from rl_manip_deploy.evaluation.goal_judge import GoalJudge, Seen, how_far_off
from rl_manip_deploy.policy.goals.goal_word import Fate, GoalWord
from rl_manip_deploy.states.joint_states import LONGEST_SILENCE

ANSWER_PATIENCE = 1.0  # [s] for the policy node's word on a goal
# An arm that was called off is at rest within this time, or the guard is asked to stop it [s].
REST_PATIENCE = 2.0
REPLACED = "another goal was given, which counts now"


class Outcome(Enum):
    """How a goal ended."""

    MET = "met"
    ABORTED = "aborted"
    CANCELED = "canceled"


class GoalEnd(NamedTuple):
    """The end of a goal."""

    outcome: Outcome
    reason: str  # why it was not met; empty where it was
    distance: float  # [m] to the goal; infinite where it was never seen
    elapsed: float  # [s] until it came to stay met, or until the end
    drop: bool = False  # whether the policy still drives to it, and has to be told


class GoalRun:
    """Follows one goal by what arm, guard and policy node say, and tells when and how it ended.

    All times are the caller's steady clock, in [s].

    Args:
        judge: tells whether it is met, or out of time.
        stamp: time in the goal's header [ns], by which the policy node speaks of it.
        now: when it was accepted.
    """

    def __init__(self, judge: GoalJudge, stamp: int, now: float) -> None:
        self._judge, self._stamp, self._start = judge, stamp, now
        self._seen_at = now
        self._taken = self._another = self._dropped = False
        self._called_off_at: Optional[float] = None
        self._end: Optional[GoalEnd] = None

    @property
    def distance(self) -> float:
        """To the goal now [m]; infinite while it was not seen."""
        return self._judge.distance

    def elapsed(self, now: float) -> float:
        """Since it was accepted [s]."""
        return now - self._start

    def call_off(self, now: float) -> bool:
        """Its sender wants it no more: it ends once the arm is at rest. Whether that is news."""
        is_news = self._called_off_at is None
        self._called_off_at = now if is_news else self._called_off_at
        return is_news

    def on_dropped(self) -> None:
        """The policy node says that it drives to no goal any more."""
        self._dropped = True

    def needs_stop(self, now: float) -> bool:
        """Whether an arm that was called off long ago still moves: the guard is to stop it."""
        return self._called_off_at is not None and now - self._called_off_at > REST_PATIENCE

    def on_word(self, word: GoalWord, now: float) -> None:
        """Takes what the policy node says of a goal."""
        if word.stamp != self._stamp:
            self._another = self._another or word.fate in (Fate.TAKEN, Fate.WAITS)
        elif word.fate in (Fate.TAKEN, Fate.WAITS):
            self._taken, self._another = True, False
        elif self._called_off_at is None:
            self._abort(word.reason, now)
        else:
            self._dropped = True

    def on_guard_state(self, state: str, now: float) -> None:
        """Takes what the guard says of itself."""
        if state.startswith(("armed", "holding")):
            return
        if self._called_off_at is None:
            self._abort(f"the guard says {state!r}", now)
        self._dropped = True

    def look(self, seen: Optional[Seen], at_rest: bool, now: float) -> Optional[GoalEnd]:
        """Takes what was measured last, None where nothing new was; the end, once there is one.

        Args:
            at_rest: whether the arm has not moved of late.
        """
        if seen is not None:
            self._seen_at = now
            self._judge.watch(seen)
        if self._end is not None:
            return self._end
        if self._called_off_at is not None:
            return self._when_called_off(at_rest, now)
        result = self._judge.result
        if result is not None and result.time_to_goal_s is not None:
            return self._close(Outcome.MET, "", result.time_to_goal_s)
        if self._another and (self._taken or self._waited_in_vain(now)):
            return self._abort(REPLACED, now)
        if self._waited_in_vain(now):
            return self._abort(
                "the policy node does not answer: look whether it runs and is active", now, True
            )
        if now - self._seen_at > LONGEST_SILENCE:
            return self._abort("joint states no longer come", now, True)
        if result is not None:
            left = how_far_off(self.distance)
            return self._abort(f"not met within {self._judge.timeout:.1f} s: {left}", now, True)
        return None

    def close(self, reason: str, now: float, drop: bool = False) -> GoalEnd:
        """Ends it for a reason of the server's own: another goal was given, or the server ends."""
        return self._end or self._abort(reason, now, drop)

    def _waited_in_vain(self, now: float) -> bool:
        return not self._taken and now - self._start > ANSWER_PATIENCE

    def _when_called_off(self, at_rest: bool, now: float) -> Optional[GoalEnd]:
        is_blind = now - self._seen_at > LONGEST_SILENCE
        if not (self._dropped and (at_rest or is_blind)):
            return None
        how = "joint states no longer come" if is_blind else "the arm is at rest"
        return self._close(Outcome.CANCELED, f"called off: {how}", now - self._start)

    def _abort(self, reason: str, now: float, drop: bool = False) -> GoalEnd:
        return self._close(Outcome.ABORTED, reason, now - self._start, drop)

    def _close(self, outcome: Outcome, reason: str, elapsed: float, drop: bool = False) -> GoalEnd:
        if self._end is None:
            self._end = GoalEnd(outcome, reason, self.distance, elapsed, drop)
        return self._end
