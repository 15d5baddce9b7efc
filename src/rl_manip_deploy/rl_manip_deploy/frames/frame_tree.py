"""Frames that hang on each other, and the way from one to another."""

from __future__ import annotations

from typing import Dict, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_description.kinematics.serial_chain import rotation_about

# Two who say where a frame is and differ by less than this mean the same [m, 1].
_SAME = 1e-3
_STILL = np.zeros(3)


class Placed(NamedTuple):
    """Where a frame is in its parent."""

    parent: str
    pose: np.ndarray
    """(4, 4), lengths in [m]; with the joint, where there is one, at zero."""
    source: str
    """Who says so, in a few words."""
    joint: str = ""
    """Name of the joint that moves it; empty for a frame that is fixed to its parent."""
    axis: np.ndarray = _STILL
    """Unit axis (3,) that the joint turns about."""

    def at(self, positions: Mapping[str, float]) -> np.ndarray:
        """The pose (4, 4) with the joint at its position [rad]."""
        if not self.joint:
            return self.pose
        turned = np.eye(4)
        turned[:3, :3] = rotation_about(self.axis, positions[self.joint])
        return self.pose @ turned


class Way(NamedTuple):
    """From a frame to another: up from the first, and up from the second, until they meet."""

    up: Tuple[Placed, ...]
    down: Tuple[Placed, ...]
    disputed: str = ""
    """What two sources say of a frame on the way, where they contradict each other."""

    @property
    def joints(self) -> Tuple[str, ...]:
        """Joints that move the one against the other."""
        return tuple(placed.joint for placed in (*self.up, *self.down) if placed.joint)

    def pose(self, positions: Mapping[str, float]) -> np.ndarray:
        """Pose (4, 4) of the first frame, seen from the second, for joint positions [rad]."""
        return np.linalg.inv(_product(self.down, positions)) @ _product(self.up, positions)


class FrameTree:
    """Frames by name, each in its parent.

    Args:
        placed: where the child frames are.
    """

    def __init__(self, placed: Mapping[str, Placed]) -> None:
        self.placed: Dict[str, Placed] = dict(placed)
        self.disputes: Dict[str, str] = {}
        """A sentence for each frame that two sources have in different places."""

    def join(self, others: Mapping[str, Placed]) -> None:
        """Takes frames of another source; what contradicts those before is a dispute."""
        for child, placed in others.items():
            before = self.placed.get(child)
            above = [name for name, _ in self._above(placed.parent)]
            if before is not None and not _agree(before, placed):
                self.disputes[child] = (
                    f"{placed.source} has {child!r} on {placed.parent!r}, and {before.source} has "
                    f"it on {before.parent!r}, elsewhere: leave one of them out"
                )
            elif before is None and child in (placed.parent, *above):
                # the frames between are on every way that this one would lead
                for between in (placed.parent, *above[: above.index(child)]):
                    self.disputes[between] = (
                        f"{placed.source} has {child!r} on {placed.parent!r}, but "
                        f"{self.placed[placed.parent].source} has {placed.parent!r} on {child!r}: "
                        "leave one of them out"
                    )
            elif before is None:
                self.placed[child] = placed

    def way(self, frame: str, other: str) -> Optional[Way]:
        """How one frame is seen from another; None where they do not connect."""
        from_frame, from_other = self._line(frame), self._line(other)
        met = next((name for name in from_frame if name in from_other), None)
        if met is None:
            return None
        return self._between(from_frame, from_other, met)

    def root_of(self, frame: str) -> str:
        """The frame that everything above a frame hangs on; itself where nothing is above it."""
        return self._line(frame)[-1]

    @property
    def frames(self) -> Tuple[str, ...]:
        """Every name, parents among them."""
        parents = (placed.parent for placed in self.placed.values())
        return tuple(dict.fromkeys([*parents, *self.placed]))

    def _line(self, frame: str) -> List[str]:
        return [frame, *(name for name, _ in self._above(frame))]

    def _above(self, frame: str) -> List[Tuple[str, Placed]]:
        """Parents of a frame, nearest first, and where what hangs on each is in it."""
        found: List[Tuple[str, Placed]] = []
        seen = {frame}
        while (placed := self.placed.get(frame)) is not None and placed.parent not in seen:
            found.append((placed.parent, placed))
            frame = placed.parent
            seen.add(frame)
        return found

    def _between(self, from_frame: List[str], from_other: List[str], met: str) -> Way:
        up, down = (line[: line.index(met)] for line in (from_frame, from_other))
        disputed = next((self.disputes[name] for name in (*up, *down) if name in self.disputes), "")
        return Way(
            tuple(self.placed[name] for name in up),
            tuple(self.placed[name] for name in down),
            disputed,
        )


def _product(placed: Tuple[Placed, ...], positions: Mapping[str, float]) -> np.ndarray:
    """Pose of the first frame in the parent of the last."""
    pose = np.eye(4)
    for each in reversed(placed):
        pose = pose @ each.at(positions)
    return pose


def _agree(one: Placed, other: Placed) -> bool:
    same = (one.parent, one.joint) == (other.parent, other.joint)
    return same and bool(np.allclose(one.pose, other.pose, rtol=0.0, atol=_SAME))
