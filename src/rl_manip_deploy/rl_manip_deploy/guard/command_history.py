"""What was commanded of late: how far it has led the arm, and how much of that a state may lack."""

from __future__ import annotations

import numpy as np

from rl_manip_deploy.guard.braking import Numbers

_LONG_AGO = -1e9  # [s] before every clock's first reading
# A state is taken to be as old as can be, and as new as can be.
AGES = 2
_SHARES = np.linspace(1.0, 0.0, AGES)


class CommandHistory:
    """The latest commands of n joints, each in force from its sending until the next one's.

    Times are seconds of one steady clock. Before the first command the arm stands.

    Args:
        num_joints: n.
        kept: how many are kept; by default at 500 Hz those of two seconds, far longer than any
            state may be old.
    """

    def __init__(self, num_joints: int, kept: int = 1024) -> None:
        self._kept = kept
        # twice as long as needed: the newest ones always lie in one piece
        self._time = np.full(2 * kept, _LONG_AGO)
        self._velocity = np.zeros((2 * kept, num_joints))
        self._way = np.zeros((2 * kept, num_joints))  # [rad] commanded until that time
        self._end = 1

    def add(self, velocity: np.ndarray, now: float) -> None:
        """Takes the command (n,) [rad/s] that is sent now; an earlier `now` counts as the last."""
        last = self._end - 1
        now = max(now, self._time[last])
        way = self._way[last] + self._velocity[last] * (now - self._time[last])
        if self._end == len(self._time):
            for array in (self._time, self._velocity, self._way):
                array[: self._kept] = array[self._kept :]
            self._end = self._kept
        self._time[self._end], self._velocity[self._end], self._way[self._end] = now, velocity, way
        self._end += 1

    def displacement(self, since: Numbers, now: float) -> np.ndarray:
        """Integral of the commands from `since` until `now`, (n,) [rad]; (k, n) for k values.

        Of what lies further back than the commands that are kept, the oldest counts.
        """
        return self._until(now) - self._until(since)

    def pending(self, received: float, response_time: float, now: float) -> np.ndarray:
        """What a state received at `received` may lack of the way commanded, (`AGES`, n) [rad].

        The first is for the oldest state that there may be, sent `response_time` [s] before or
        after a response so late; the last for one that shows its own instant.
        """
        return self.displacement(received - response_time * _SHARES, now)

    def _until(self, time: Numbers) -> np.ndarray:
        """Way commanded until then, (..., n) [rad]."""
        begin = max(self._end - self._kept, 0)
        index = self._time[begin : self._end].searchsorted(time, side="right") - 1
        index = begin + np.maximum(index, 0)
        since = np.asarray(time - self._time[index])[..., None]
        return self._way[index] + self._velocity[index] * since
