"""Joints by name among those of a message; a driver's `tf_prefix` stands before every name."""

from __future__ import annotations

from typing import Collection, Iterable, List, Optional, Sequence

from rl_manip_description.model.joint_order import prefixes


def joint_columns(
    names: Sequence[str], joint_names: Sequence[str], prefix: Optional[str] = None
) -> Optional[List[int]]:
    """Where each joint stands among names; None where one is not there.

    Args:
        names: of a message.
        joint_names: of the arm, in the order that is wanted.
        prefix: before each name in the message; None: the only one there. Two arms are none.
    """
    found = prefixes(names, joint_names)
    if prefix is None and len(found) == 1:
        (prefix,) = found
    if prefix not in found:
        return None
    return [names.index(f"{prefix}{joint}") for joint in joint_names]


def two_arms(found: Collection[str]) -> str:
    """That the joints of one arm are there more than once, by the prefixes found."""
    return f"holds the joints of {len(found)} arms, with {listed(found)} before their names"


def listed(found: Iterable[str]) -> str:
    """Prefixes for a sentence."""
    return " and ".join(f"{prefix!r}" if prefix else "no prefix" for prefix in sorted(found))
