"""Where an arm's joints were at a time that another message is stamped with."""

from __future__ import annotations

import math
from collections import deque
from typing import Deque, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_deploy.states.joint_states import JointStates

KEPT_FOR = 2.0
"""[s] that positions are kept: longer than a picture is on its way."""
LONGEST_GAP = 0.1
"""[s] between two joint states that positions are interpolated over: at 1 rad/s^2 they are right
to 1 mrad."""
FRESH = 0.1
"""[s] that the newest joint state is old, at most, where a message has no stamp."""


class AtTime(NamedTuple):
    """Joint positions at a time, or why they are not known."""

    position: Optional[np.ndarray]
    """(n,) [rad]; None where there is a reason."""
    reason: str = ""
    is_early: bool = False
    """Whether a later joint state may still tell."""


class StampedPositions:
    """Positions of good joint states, by their senders' stamps."""

    def __init__(self) -> None:
        self._kept: Deque[Tuple[float, np.ndarray]] = deque()
        self._received = -math.inf

    def take(self, states: JointStates, received: float, stamp: float) -> None:
        """Takes the state that came last, where it is good.

        Args:
            states: that have judged it.
            received: when it came, on the receiver's steady clock [s].
            stamp: its sender's [s].
        """
        if states.received == received and not states.fault:
            self.add(states.position, received, stamp)

    def add(self, position: np.ndarray, received: float, stamp: float) -> None:
        """Takes positions (n,) [rad]; times as in `take`."""
        self._received = received
        if self._kept and not self._kept[-1][0] < stamp < self._kept[-1][0] + KEPT_FOR:
            if stamp == self._kept[-1][0]:
                return
            self._kept.clear()  # the sender's clock was set
        self._kept.append((stamp, position))
        while stamp - self._kept[0][0] > KEPT_FOR:
            self._kept.popleft()

    def newest(self, now: float) -> AtTime:
        """The newest positions, at `now` on the receiver's steady clock [s]."""
        age = now - self._received
        if age <= FRESH:
            return AtTime(self._kept[-1][1])
        came = "no joint state came yet" if math.isinf(age) else f"joint states are {age:.2f} s old"
        return AtTime(None, came, is_early=True)

    def at(self, stamp: float, slack: float) -> AtTime:
        """The positions at a stamp [s], interpolated.

        Args:
            slack: time after the newest joint state in which that one still counts [s].
        """
        if not self._kept:
            return AtTime(None, "no joint state came yet", is_early=True)
        (oldest, _), (newest, position) = self._kept[0], self._kept[-1]
        if stamp > newest + slack:
            ahead = stamp - newest
            return AtTime(None, f"its stamp is {ahead:.2f} s after the newest joint state's", True)
        if stamp >= newest:
            return AtTime(position)
        if stamp < oldest:
            ago = newest - stamp
            return AtTime(
                None,
                f"its stamp is {ago:.2f} s before the newest joint state's, further back than "
                f"they are kept ({newest - oldest:.2f} s)",
            )
        return self._between(stamp)

    def _between(self, stamp: float) -> AtTime:
        later = self._kept[-1]
        for earlier in reversed(self._kept):
            if earlier[0] <= stamp:
                break
            later = earlier
        gap = later[0] - earlier[0]
        if gap > LONGEST_GAP:
            return AtTime(None, f"no joint state came for {gap:.2f} s around its stamp")
        share = (stamp - earlier[0]) / gap
        return AtTime(earlier[1] + share * (later[1] - earlier[1]))
