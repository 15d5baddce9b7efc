"""Open-loop replay: the recorded commands in simulation, re-synchronised every window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

from rl_manip_gap.recording.signals import (
    Commands,
    JointStates,
    TimeSpan,
    along_lines,
    clear_of,
)
from rl_manip_gap.replay.twin import ReplayTwin, between_steps

_START_SPAN = 0.01  # states this close to a window's start are averaged for its start state [s]
_PORTION = 256  # windows simulated at once: bounds memory


@dataclass(frozen=True)
class Replay:
    """Simulated motion at the times of measured states."""

    rows: np.ndarray  # (k,) index into the recording's states
    window: np.ndarray  # (k,) int, window of each
    since_sync: np.ndarray  # (k,) time since the window's start [s]
    position: np.ndarray  # (k, n) simulated [rad]
    velocity: np.ndarray  # (k, n) simulated [rad/s]
    starts: np.ndarray  # (W,) [s]
    left_out: int  # windows that could not be compared [1]


def replay(
    twin: ReplayTwin,
    states: JointStates,
    commands: Commands,
    window: float,
    stopped: Sequence[TimeSpan] = (),
    extra_delay: Optional[np.ndarray] = None,
    gain: Optional[np.ndarray] = None,
) -> Replay:
    """Runs the recorded commands from the recorded state at the start of every window.

    Args:
        twin: the simulation.
        states: measured states.
        commands: sent to the arm.
        window: time between re-synchronisations [s].
        stopped: spans in which the arm did not follow commands; windows in them are left out.
        extra_delay: (n,) by how much each joint's commands are delayed on their way [s].
        gain: (n,) by how much each joint's commands are scaled on their way [1].
    """
    starts, left_out = window_starts(states, commands.time[0], window, stopped)
    position, velocity = start_states(states, starts)
    steps = int(np.ceil(window / twin.timestep))
    joints = states.position.shape[1]
    delay = np.zeros(joints) if extra_delay is None else extra_delay
    scale = np.ones(joints) if gain is None else gain
    rows, owner = [], []
    simulated_position: List[np.ndarray] = []
    simulated_velocity: List[np.ndarray] = []
    for first in range(0, len(starts), _PORTION):
        portion = slice(first, first + _PORTION)
        grid = command_grid(commands, starts[portion], steps, twin.timestep, delay)
        motion = twin.run(position[portion], velocity[portion], grid * scale)
        for index, start in enumerate(starts[portion]):
            low, high = np.searchsorted(states.time, [start, start + window])
            at = (states.time[low:high] - start) / twin.timestep
            rows.append(np.arange(low, high))
            owner.append(np.full(high - low, first + index))
            simulated_position.append(between_steps(motion.position[index], at))
            simulated_velocity.append(between_steps(motion.velocity[index], at))
    if not rows:
        empty, none = np.empty(0, dtype=int), np.empty((0, states.position.shape[1]))
        return Replay(empty, empty, np.empty(0), none, none, starts, left_out)
    joined_rows, joined_owner = np.concatenate(rows), np.concatenate(owner)
    return Replay(
        rows=joined_rows,
        window=joined_owner,
        since_sync=states.time[joined_rows] - starts[joined_owner],
        position=np.concatenate(simulated_position),
        velocity=np.concatenate(simulated_velocity),
        starts=starts,
        left_out=left_out,
    )


def window_starts(
    states: JointStates, begin: float, window: float, stopped: Sequence[TimeSpan]
) -> Tuple[np.ndarray, int]:
    """Starts of the windows that can be compared (W,), and how many cannot.

    Args:
        states: measured states.
        begin: no window starts before it [s].
        window: length [s].
        stopped: spans that no window may meet; neither may it meet a pause between states.
    """
    first = max(states.time.min(), begin)
    starts = first + window * np.arange(int((states.time.max() - first) / window + 1e-9))
    usable = clear_of([*states.pauses, *stopped], starts, starts + window)
    return starts[usable], int((~usable).sum())


def start_states(states: JointStates, starts: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Positions and velocities (W, n) at window starts, by straight lines through the states near.

    One noisy sample would offset a whole window.
    """
    out = np.empty((2, len(starts), states.position.shape[1]))
    for index, start in enumerate(starts):
        low, high = np.searchsorted(states.time, [start - _START_SPAN, start + _START_SPAN])
        if high - low < 4:
            out[0, index] = along_lines(states.time, states.position, [start])
            out[1, index] = along_lines(states.time, states.velocity, [start])
            continue
        since = states.time[low:high] - start
        lines = np.linalg.pinv(np.column_stack([np.ones_like(since), since]))[0]
        out[0, index] = lines @ states.position[low:high]
        out[1, index] = lines @ states.velocity[low:high]
    return out[0], out[1]


def command_grid(
    commands: Commands, starts: np.ndarray, steps: int, timestep: float, delay: np.ndarray
) -> np.ndarray:
    """Mean command over every time step of every window, shape (W, steps, n).

    The mean of the staircase is exact and changes smoothly with the delay (n,) [s].
    """
    edges = starts[:, None] + timestep * np.arange(steps + 1)
    ends = np.append(commands.time, max(commands.time[-1], edges.max()) + 1.0)
    grid = np.empty((len(starts), steps, len(delay)))
    for joint, late in enumerate(delay):
        area = np.cumsum(commands.velocity[:, joint] * np.diff(ends))
        travelled = np.interp(edges - late, ends, np.append(0.0, area))
        grid[:, :, joint] = np.diff(travelled, axis=1) / timestep
    return grid
