"""Two recordings of one motion against each other: arm and simulation, an arm and itself, …

The second recording takes the simulation's place. Its times are shifted so that both motions begin
together, by the commands where both were sent the same, else by their common goals. Windows start
from the first recording's state as in a replay, so the figures compare with a report's; what the
same arm shows against itself is the floor below which a gap means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, NamedTuple, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.metrics.figures import (
    Figures,
    joint_figures,
    pose_errors,
    tool_figures,
    tool_poses,
)
from rl_manip_gap.metrics.intervals import Figure, common_half_width
from rl_manip_gap.metrics.response import cross_correlation, joint_responses
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.signals import along_lines, clear_of
from rl_manip_gap.replay.open_loop import start_states, window_starts

SAME_COMMANDS = 0.98  # correlation from which two recordings count as sent the same [1]
_STEP = 0.004  # spacing at which commands are compared [s]
_NEAR = 0.005  # goals this close are the same goal [m]
_AT_START = 0.05  # joints further apart than this at the start make another motion [rad]


class Span(NamedTuple):
    """A part of the first recording, and by how much the second one is later on its own clock."""

    start: float  # [s]
    end: float  # [s]
    later: float  # [s]


@dataclass(frozen=True)
class Pair:
    """The second recording against the first, first minus second."""

    bags: Tuple[str, str]
    aligned_by: str  # "commands" or "goals"
    command_correlation: float  # of the velocities that both were sent [1]
    windows: int
    window_s: float
    joints: Dict[str, Figures]  # re-synchronised every window
    tool: Figures
    tool_absolute: Figures  # without re-synchronisation: where the tools really were
    response: Dict[str, Figures]  # per joint: delay and gain of both and their difference


def measure_pair(first: Recording, second: Recording, arm: Arm, window: float = 1.0) -> Pair:
    """Compares two recordings of one motion.

    Args:
        first, second: recordings of one kind of arm.
        arm: which kind.
        window: time between re-synchronisations [s].

    Raises:
        BagError: they hold neither the same commands nor a common goal, or not a single window
            together.
    """
    correlation, later = _command_match(first, second)
    if correlation >= SAME_COMMANDS:
        spans, aligned_by = [Span(-np.inf, np.inf, later)], "commands"
    else:
        spans, aligned_by = _common_goals(first, second), "goals"
    if not spans:
        raise BagError(
            f"{first.bag} and {second.bag} were not sent the same motion (their commands correlate "
            f"by {correlation:.2f}, {SAME_COMMANDS} is expected) and share no goal: record the "
            "same goals or the same excitation twice."
        )
    rows, block, ours, theirs, their_velocity, offset = _windows(first, second, spans, window)
    faster = first.states.velocity[rows] - their_velocity
    poses = tool_poses(arm, ours)
    return Pair(
        bags=(first.bag, second.bag),
        aligned_by=aligned_by,
        command_correlation=correlation,
        windows=int(block.max()) + 1,
        window_s=window,
        joints=joint_figures(first.joint_names, ours - theirs, faster, block),
        tool=tool_figures(pose_errors(poses, tool_poses(arm, theirs)), block),
        tool_absolute=tool_figures(pose_errors(poses, tool_poses(arm, theirs - offset)), block),
        response=_responses(first, second),
    )


def _command_match(first: Recording, second: Recording) -> Tuple[float, float]:
    """Largest correlation of the commands of both, and by how much the second's are later [s]."""
    if first.commands is None or second.commands is None:
        return 0.0, 0.0
    grids = []
    for commands in (first.commands, second.commands):
        time = commands.time
        grid = np.arange(time[0], time[-1] + _STEP, _STEP)
        # Straight lines, not stairs: where a grid cuts a stair would count as a shift.
        grids.append((time[0], along_lines(time, commands.velocity, grid)))
    (start, x), (other_start, y) = grids
    shifts, product = cross_correlation(x, y)
    top = int(np.argmax(product))
    lag = int(shifts[top])
    # One may have been cut short: what both hold decides how alike they are.
    length = min(len(x), len(y) - lag) if lag >= 0 else min(len(y), len(x) + lag)
    x_part, y_part = x[max(0, -lag) :][:length], y[max(0, lag) :][:length]
    size = np.sqrt((x_part**2).sum() * (y_part**2).sum())
    if size == 0.0:
        return 0.0, 0.0
    shift = _between_samples(x_part, y_part)
    return float(product[top] / size), other_start - start + lag * _STEP + shift


def _between_samples(x: np.ndarray, y: np.ndarray) -> float:
    """By how much y (k, n) is later than x (k, n) beyond whole samples [s], least squares."""
    slope = np.gradient(y, _STEP, axis=0)
    steepness = float((slope**2).sum())
    return float(((y - x) * slope).sum() / -steepness) if steepness > 0.0 else 0.0


def _common_goals(first: Recording, second: Recording) -> List[Span]:
    """The times of the goals that both were given, in the same order, each goal once."""
    spans: List[Span] = []
    unused = 0
    ends = np.append(first.goals.time[1:], np.inf)
    their_ends = np.append(second.goals.time[1:], np.inf)
    for goal, start, end in zip(first.goals.position, first.goals.time, ends):
        near = np.linalg.norm(second.goals.position[unused:] - goal, axis=1) < _NEAR
        if not near.any():
            continue
        match = unused + int(np.argmax(near))
        unused = match + 1
        later = second.goals.time[match] - start
        spans.append(Span(start, min(end, their_ends[match] - later), later))
    return spans


def _windows(
    first: Recording, second: Recording, spans: List[Span], window: float
) -> Tuple[np.ndarray, ...]:
    """Rows of the first's states, window of each, and both motions at those rows.

    Returns:
        rows (k,), block (k,), the first's positions (k, n), the second's re-synchronised to it
        (k, n), the second's velocities (k, n), and what re-synchronising added (k, n).
    """
    states, others = first.states, second.states
    parts: List[Tuple[np.ndarray, ...]] = []
    count = 0
    for span in spans:
        begin = max(span.start, states.time.min(), others.time.min() - span.later)
        if first.commands is not None:
            begin = max(begin, first.commands.time[0])
        end = min(span.end, states.time.max(), others.time.max() - span.later)
        begin, length = begin + 1e-9, min(window, end - begin)
        if length < min(window, 0.2):
            continue
        stopped = first.stopped + tuple(stop.moved(-span.later) for stop in second.stopped)
        starts, _ = window_starts(states, begin, length, stopped)
        starts = starts[starts + length <= end + 1e-6]
        theirs = starts + span.later
        starts = starts[clear_of(others.pauses, theirs, theirs + length)]
        if not len(starts):
            continue
        here, _ = start_states(states, starts)
        there, _ = start_states(others, theirs)
        if np.abs(here[0] - there[0]).max() > _AT_START:
            continue  # they did not set out from one place
        for index, start in enumerate(starts):
            low, high = np.searchsorted(states.time, [start, start + length])
            at = states.time[low:high] + span.later
            parts.append(
                (
                    np.arange(low, high),
                    np.full(high - low, count),
                    along_lines(others.time, others.position, at),
                    along_lines(others.time, others.velocity, at),
                    np.tile(here[index] - there[index], (high - low, 1)),
                )
            )
            count += 1
    if not parts:
        raise BagError(
            f"{first.bag} and {second.bag} share no {window:g} s of motion from one start pose: "
            "record both from the same pose, or give a shorter --window."
        )
    rows, block, position, velocity, offset = (np.concatenate(column) for column in zip(*parts))
    return rows, block, states.position[rows], position + offset, velocity, offset


def _responses(first: Recording, second: Recording) -> Dict[str, Figures]:
    """Delay and gain of each joint in both, and the first's minus the second's."""
    found = [
        joint_responses(
            recording.commands,
            recording.states.time,
            recording.states.velocity,
            recording.stopped,
        )
        if recording.commands is not None
        else [None] * len(recording.joint_names)
        for recording in (first, second)
    ]
    figures: Dict[str, Figures] = {}
    for name, ours, theirs in zip(first.joint_names, *found):
        figures[name] = {}
        for response, suffix in ((ours, "first"), (theirs, "second")):
            if response is not None:
                figures[name][f"delay_{suffix}_s"] = response.delay_s
                figures[name][f"gain_{suffix}"] = response.gain
        if ours is not None and theirs is not None:
            figures[name]["delay_difference_s"] = _difference(ours.delay_s, theirs.delay_s)
            figures[name]["gain_difference"] = _difference(ours.gain, theirs.gain)
    return figures


def _difference(ours: Figure, theirs: Figure) -> Figure:
    """Of independent figures."""
    value = ours.value - theirs.value
    if ours.ci95 is None or theirs.ci95 is None:
        return Figure(value)
    half = common_half_width(ours, theirs)
    return Figure(value, (value - half, value + half))
