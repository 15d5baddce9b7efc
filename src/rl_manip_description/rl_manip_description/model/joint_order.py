"""Vectors by joint name: puts what a message carries into the order of the arm."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

import numpy as np


class JointNamesError(ValueError):
    """Names in a message are missing, unknown, doubled, or do not match its values."""


def prefixes(names: Sequence[str], joint_names: Sequence[str]) -> List[str]:
    """Texts before the names under which all joints of an arm are there, "" for none.

    Args:
        names: of a message.
        joint_names: of the arm, without a prefix.
    """
    first = joint_names[0]
    found = dict.fromkeys(name[: -len(first)] for name in names if name.endswith(first))
    return [prefix for prefix in found if all(prefix + joint in names for joint in joint_names)]


class JointOrder:
    """The order of an arm's joints, with the driver's prefix in front of each name."""

    def __init__(self, joint_names: Sequence[str], prefix: str = "") -> None:
        self.names = tuple(prefix + name for name in joint_names)
        self._known: Dict[Tuple[str, ...], np.ndarray] = {}

    def concerns(self, names: Sequence[str]) -> bool:
        """Whether any of these names is one of the arm's joints."""
        return not set(self.names).isdisjoint(names)

    def pick(self, names: Sequence[str], values: Sequence[float], what: str) -> np.ndarray:
        """Values of the arm's joints out of a message that may hold other joints too.

        Args:
            names: joint names as the message has them, m of them.
            values: one number per name; `what` names them in errors.

        Returns:
            float64, shape (n,), in the arm's order.

        Raises:
            JointNamesError: a joint is missing or doubled, or there are not m values.
        """
        index = self._index_of(tuple(names))
        if len(values) != len(names):
            raise JointNamesError(f"{len(values)} {what} for {len(names)} joint names")
        return np.asarray(values, dtype=float)[index]

    def pick_exactly(self, names: Sequence[str], values: Sequence[float], what: str) -> np.ndarray:
        """Like `pick`, and refuses every name that is not a joint of the arm."""
        if len(names) != len(self.names):
            raise JointNamesError(f"{len(names)} joint names, expected {len(self.names)}")
        return self.pick(names, values, what)

    def _index_of(self, names: Tuple[str, ...]) -> np.ndarray:
        index = self._known.get(names)
        if index is None:
            self._check(names)
            index = np.array([names.index(name) for name in self.names])
            # one sender keeps one order; a sender that changes it must not fill the memory
            if len(self._known) >= 16:
                self._known.clear()
            self._known[names] = index
        return index

    def _check(self, names: Tuple[str, ...]) -> None:
        missing = [name for name in self.names if name not in names]
        if missing:
            raise JointNamesError(f"joint {missing[0]} is missing from {list(names)}")
        doubled = [name for name in self.names if names.count(name) > 1]
        if doubled:
            raise JointNamesError(f"joint {doubled[0]} is there twice in {list(names)}")
