"""When an arm moves or is told to: standing would dilute every error of a recording."""

from __future__ import annotations

import numpy as np

from rl_manip_gap.recording.signals import Commands, JointStates, along_lines

_MOVES = 0.01  # a joint that is faster, or told to be, moves: no friction's creep is [rad/s]
_SETTLES = 0.2  # an arm reacts late and comes to rest within this time after a command [s]
_HALF_MEAN = 0.05  # speed is that between positions so far before and after [s]


def moving(states: JointStates, commands: Commands) -> np.ndarray:
    """Which states (N,) lie in motion: all of them where the arm never moves."""
    time = states.time
    before, after = (
        along_lines(time, states.position, time + side * _HALF_MEAN) for side in (-1.0, 1.0)
    )
    measured = np.abs(after - before).max(axis=1) > _MOVES * 2.0 * _HALF_MEAN
    told = np.abs(commands.at(time)).max(axis=1) > _MOVES
    active = measured | told
    if not active.any():
        return np.ones(len(time), dtype=bool)
    at = np.sort(time[active])
    latest = np.searchsorted(at, time, side="right") - 1
    since = np.where(latest >= 0, time - at[np.maximum(latest, 0)], np.inf)
    return since <= _SETTLES
