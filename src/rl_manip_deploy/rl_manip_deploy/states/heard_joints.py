"""What arrives on a topic of joint states while the arm's own do not: the sentence for a person."""

from __future__ import annotations

import math
import statistics
from collections import deque
from typing import Deque, Dict, Sequence, Tuple

from rl_manip_description.model.joint_order import prefixes

# Senders' lists of names that are remembered; more would be a sender that makes names up.
_MOST_LISTS = 16
# The newest times between two messages that are remembered.
_INTERVALS = 100


class HeardJoints:
    """Remembers which joints were heard of, and how often.

    Args:
        names: joint names of the arm as they are expected, prefix included.
        prefix: the prefix among them.
        longest: time between two joint states in which the arm can still be driven [s].
    """

    def __init__(self, names: Sequence[str], prefix: str = "", longest: float = math.inf) -> None:
        self._longest = longest
        self._names = tuple(names)
        self._bare = tuple(name[len(prefix) :] for name in names)
        self._counts: Dict[Tuple[str, ...], int] = {}
        self._total, self._last = 0, math.nan
        self._intervals: Deque[float] = deque(maxlen=_INTERVALS)  # [s]

    def hear(self, names: Sequence[str], now: float = math.nan) -> None:
        """Takes the names in a message that came at `now` [s], on any clock."""
        key = tuple(names)
        if key in self._counts or len(self._counts) < _MOST_LISTS:
            self._counts[key] = self._counts.get(key, 0) + 1
        self._total += 1
        if now > self._last:
            self._intervals.append(now - self._last)
        self._last = now

    def missing(
        self,
        topic: str,
        arm: str,
        wrong: str = "",
        senders: Sequence[str] = (),
        elsewhere: Sequence[str] = (),
    ) -> str:
        """What arrives on `topic`, what of the arm is missing, and what to do about it.

        Args:
            wrong: with the values of the arm's own joints.
            senders: nodes that publish the topic.
            elsewhere: other topics with joint states.
        """
        if not self._counts:
            return self._nothing(topic, arm, senders, elsewhere)
        heard = max(self._counts, key=lambda names: (self._shared(names), self._counts[names]))
        said = f"{self._total} joint states arrived on {topic}{self._how(senders)}, of "
        said += ", ".join(heard) or "no joint"
        lacking = [name for name in self._names if name not in heard]
        if not lacking:
            return f"{said}: all joints of the {arm} are there, but {self._unusable(wrong)}"
        if prefix := self._prefix_of(heard):
            return f"{said}: the joints of the {arm} come with a prefix, give tf_prefix:={prefix}"
        if all(bare in heard for bare in self._bare):
            return f"{said}: the joints of the {arm} come without a prefix, leave tf_prefix out"
        if set(self._names) <= {name for names in self._counts for name in names}:
            return (
                f"{said}: the other joints of the {arm} come in messages of their own, let one "
                "node send all of them together"
            )
        return (
            f"{said}: {lacking[0]} of the {arm} is not among them: give the arm that this is with "
            f"arm:=, whose file names the joints as its driver does{_also(elsewhere)}"
        )

    def _nothing(
        self, topic: str, arm: str, senders: Sequence[str], elsewhere: Sequence[str]
    ) -> str:
        if senders:
            return (
                f"nothing arrives on {topic}, which {', '.join(senders)} publishes: see whether it "
                f"runs, and whether `ros2 topic hz {topic}` hears it"
            )
        name = topic.rpartition("/")[2]
        namespaces = [other[: -len(name) - 1] for other in elsewhere if other.endswith(f"/{name}")]
        if namespaces:
            return (
                f"nothing arrives on {topic}, but there is {', '.join(elsewhere)}: give "
                f"namespace:={namespaces[0].strip('/') or '/'}"
            )
        return (
            f"nothing arrives on {topic}: start the driver of the {arm}; "
            f"`ros2 topic list` shows whether its joint states have another name{_also(elsewhere)}"
        )

    def _how(self, senders: Sequence[str]) -> str:
        """Rate and senders, as far as they are known."""
        how = []
        if self._intervals:
            # who looks now and then sees long pauses that the sender does not make
            how.append(f"about {1.0 / self._interval():.3g} a second")
        if senders:
            how.append(f"from {', '.join(senders)}")
        return f" ({', '.join(how)})" if how else ""

    def _unusable(self, wrong: str) -> str:
        """Why the arm's own joints are of no use."""
        if self._interval() > self._longest:
            needed = f"more than {1.0 / self._longest:.0f} a second are needed"
            return f"{needed}: let its driver publish them more often"
        return f"not in values that can be used{f' ({wrong})' if wrong else ''}"

    def _interval(self) -> float:
        """Usual time between two joint states [s]; 0 where it is not known."""
        return statistics.median(self._intervals) if self._intervals else 0.0

    def _shared(self, heard: Tuple[str, ...]) -> int:
        """How many joints of the arm are among these, whatever is in front of their names."""
        return sum(any(name.endswith(bare) for name in heard) for bare in self._bare)

    def _prefix_of(self, heard: Tuple[str, ...]) -> str:
        """What all joints of the arm have in front of their names, empty where nothing."""
        return next(filter(None, prefixes(heard, self._bare)), "")


def _also(elsewhere: Sequence[str]) -> str:
    return f"; there is {', '.join(elsewhere)}, too" if elsewhere else ""
