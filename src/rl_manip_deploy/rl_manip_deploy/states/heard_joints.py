"""What arrives on a topic of joint states while the arm's own do not: the sentence for a person."""

from __future__ import annotations

from typing import Dict, Sequence, Tuple

# Senders' lists of names that are remembered; more would be a sender that makes names up.
_MOST_LISTS = 16


class HeardJoints:
    """Remembers which joints were heard of.

    Args:
        names: joint names of the arm as they are expected, prefix included.
        prefix: the prefix among them.
    """

    def __init__(self, names: Sequence[str], prefix: str = "") -> None:
        self._names = tuple(names)
        self._bare = tuple(name[len(prefix) :] for name in names)
        self._counts: Dict[Tuple[str, ...], int] = {}

    def hear(self, names: Sequence[str]) -> None:
        """Takes the names in a message."""
        key = tuple(names)
        if key in self._counts or len(self._counts) < _MOST_LISTS:
            self._counts[key] = self._counts.get(key, 0) + 1

    def missing(self, topic: str, arm: str) -> str:
        """What arrives on `topic`, what of the arm is missing, and what to do about it."""
        if not self._counts:
            return (
                f"nothing arrives on {topic}: start the driver of the {arm}; "
                f"`ros2 topic list` shows whether its joint states have another name"
            )
        heard = max(self._counts, key=lambda names: (self._shared(names), self._counts[names]))
        count = sum(self._counts.values())
        said = f"{count} joint states arrived on {topic}, of {', '.join(heard) or 'no joint'}"
        lacking = [name for name in self._names if name not in heard]
        if not lacking:
            return f"{said}: all joints of the {arm} are there, but not in values that can be used"
        if prefix := self._prefix_of(heard):
            return f"{said}: the joints of the {arm} come with a prefix, give tf_prefix:={prefix}"
        if all(bare in heard for bare in self._bare):
            return f"{said}: the joints of the {arm} come without a prefix, leave tf_prefix out"
        return f"{said}: {lacking[0]} of the {arm} is not among them"

    def _shared(self, heard: Tuple[str, ...]) -> int:
        """How many joints of the arm are among these, whatever is in front of their names."""
        return sum(any(name.endswith(bare) for name in heard) for bare in self._bare)

    def _prefix_of(self, heard: Tuple[str, ...]) -> str:
        """What all joints of the arm have in front of their names, empty where nothing."""
        first = self._bare[0]
        for name in heard:
            front = name[: -len(first)] if name.endswith(first) else ""
            if front and all(front + bare in heard for bare in self._bare):
                return front
        return ""
