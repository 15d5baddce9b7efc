"""Whether the arm does what it is commanded: measured against commanded motion, joint by joint."""

from __future__ import annotations

from collections import deque
from typing import Deque, Sequence, Tuple

import numpy as np

from rl_manip_deploy.guard.command_history import CommandHistory

# Windows over which motions are compared [s]: the short one notices within 0.15 s that a fast arm
# stands, the long one that a slow arm does. One at a time, for a command must not be late.
SHORT, LONG = 0.25, 1.5
_TURNS = (SHORT, SHORT, SHORT, SHORT, LONG)
# A state may be later than the arm's response time says by so much, on its way here [s].
TRANSIT = 0.04
# By so much motions may differ beyond their lag: what a payload makes the arm give way [rad], and
# the share of the way by which a drive's gain may be off, three times what hidden arms have [1].
GIVES_WAY, GAIN_ERROR = 0.03, 0.1
SPACING = 0.008  # [s] between two states that are judged
_LAGS = 6  # lags between none and the longest that are tried


class FollowingCheck:
    """Compares how far each joint moved with how far it was commanded to.

    What is measured at t was commanded at t - lag, with a lag from 0 to `response_time + TRANSIT`,
    and perhaps another one at either end of a window. So a joint must have moved by what some pair
    of lags allows, give or take `GIVES_WAY + GAIN_ERROR * way`. A robot that scales its speed down
    may scale this motion too: anything between the scaled and the full way is right.

    All times are the receiver's steady clock, in [s].

    Args:
        names: of the joints, for the sentence.
        response_time: by how much the arm lags behind its commands at most [s].
        commanded: what was commanded.
    """

    def __init__(
        self, names: Sequence[str], response_time: float, commanded: CommandHistory
    ) -> None:
        self.trouble = ""
        """Why the arm must stop; empty while it follows."""
        self._names = tuple(names)
        self._lags = (response_time + TRANSIT) * np.linspace(0.0, 1.0, _LAGS)
        self._commanded = commanded
        self._measured: Deque[Tuple[float, np.ndarray]] = deque()
        self._scaling = 1.0
        self._turn = 0

    def restart(self) -> None:
        """What was measured before no longer counts."""
        self.trouble = ""
        self._measured.clear()

    def on_scaling(self, scaling: float) -> None:
        """Takes by which share the robot scales its speed [1]; begins anew where it changes."""
        if abs(scaling - self._scaling) > 0.01:
            self._measured.clear()
            self._scaling = scaling

    def on_state(self, position: np.ndarray, now: float) -> None:
        """Takes where the arm is [rad], as received now, and judges."""
        measured = self._measured
        if self.trouble or (measured and now - measured[-1][0] < SPACING):
            return
        measured.append((now, position))
        while now - measured[0][0] > LONG:
            measured.popleft()
        self._turn = (self._turn + 1) % len(_TURNS)
        self.trouble = self._judge(_TURNS[self._turn])

    def _judge(self, window: float) -> str:
        now, position = self._measured[-1]
        then, begin = self._begin(window)
        moved = position - begin
        since = np.concatenate([then - self._lags, now - self._lags])
        way = self._commanded.displacement(since, now)
        before, after = way[:_LAGS], way[_LAGS:]
        least, most = before.min(axis=0) - after.max(axis=0), before.max(axis=0) - after.min(axis=0)
        room = GIVES_WAY + GAIN_ERROR * np.maximum(-least, most)
        if self._scaling < 1.0:
            least = np.minimum(least, self._scaling * least)
            most = np.maximum(most, self._scaling * most)
        beyond = np.maximum(least - moved, moved - most) - room
        joint = int(beyond.argmax())
        if beyond[joint] <= 0.0:
            return ""
        return (
            f"the arm does not follow: {self._names[joint]} moved by {moved[joint]:.3f} rad in "
            f"{now - then:.2f} s and was commanded {least[joint]:.3f} to {most[joint]:.3f}; see "
            "that its controller is active and nothing holds it up"
        )

    def _begin(self, window: float) -> Tuple[float, np.ndarray]:
        """The last state from before the window, or the first there is."""
        if window < LONG:
            latest = self._measured[-1][0] - window
            for state in reversed(self._measured):
                if state[0] <= latest:
                    return state
        return self._measured[0]
