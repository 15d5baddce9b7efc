"""The report's plots, each a small SVG that takes its text and line colours from the page."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

import matplotlib
import numpy as np
from matplotlib import pyplot
from matplotlib.ticker import MaxNLocator

from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.metrics.figures import ToolErrors
from rl_manip_gap.replay.open_loop import Replay
from rl_manip_gap.report.plots.drawing import (
    ALIGNED,
    ARM,
    GOAL,
    INK,
    POINTS,
    SCALED,
    SIM,
    STYLE,
    add_legend,
    as_svg,
    new_canvas,
    short_name,
    thinned,
)
from rl_manip_gap.report.plots.frequency_plots import frequency_plots

_EXCERPT = 2.0  # length of the velocity excerpt [s]
_BEFORE, _AFTER = 0.1, 0.4  # of the command's largest change, where a delay can be seen [s]
_CHANGE = 0.1  # over which a command's change is looked for [s]


def draw(gap: Gap) -> Dict[str, List[str]]:
    """All plots by section, as SVG elements."""
    joints = range(len(gap.recording.joint_names))
    with matplotlib.rc_context(STYLE):
        return {
            "error": _errors(gap),
            "velocity": [_velocity(gap, joint) for joint in joints],
            "onset": [_onset(gap, joint) for joint in joints] if gap.commands_recorded else [],
            "frequency": frequency_plots(gap),
            "path": _paths(gap),
            "timing": [_timing(gap, topic) for topic, figures in gap.timing.items() if figures],
        }


def _errors(gap: Gap) -> List[str]:
    """None of an error that means nothing."""
    if "position_rmse_m" not in gap.tool:
        return []
    return [
        _error_over_time(gap),
        _error_since_sync(gap),
        _joint_error(gap),
        _joint_error_over_time(gap),
        _error_distribution(gap),
    ]


def _error_over_time(gap: Gap) -> str:
    canvas, axes = new_canvas(5.4, 2.5)
    for errors, run, colour, label in _pairs(gap):
        time = run.starts[np.unique(run.window)] + 0.5 * gap.window_s
        rms = np.sqrt(_mean_by(errors.distance**2, run.window))
        axes.plot(time, rms * 1e3, "o-", color=colour, label=label, markersize=2.5)
    axes.set(xlabel="time in the bag [s]", ylabel="RMS per window [mm]")
    axes.set_ylim(bottom=0.0)
    add_legend(axes)
    return as_svg(canvas, "Tool error over the recording")


def _error_since_sync(gap: Gap) -> str:
    canvas, axes = new_canvas(5.4, 2.5)
    bins = 40
    for errors, run, colour, label in _pairs(gap):
        cell = np.minimum((run.since_sync / gap.window_s * bins).astype(int), bins - 1)
        cells = np.unique(cell)
        rms = np.sqrt(_mean_by(errors.distance**2, cell))
        axes.plot((cells + 0.5) / bins * gap.window_s, rms * 1e3, color=colour, label=label)
    axes.set(xlabel="time since synchronisation [s]", ylabel="tool error, RMS [mm]")
    axes.set_ylim(bottom=0.0)
    add_legend(axes)
    return as_svg(canvas, "Growth of the tool error after synchronisation")


def _joint_error(gap: Gap) -> str:
    names = gap.recording.joint_names
    canvas, axes = new_canvas(5.4, 2.5)
    place = np.arange(len(names))
    pairs = [(-0.2, gap.joints, ARM, "as it is")]
    if _is_aligned(gap):
        pairs.append((0.2, gap.joints_aligned, ALIGNED, "delay corrected"))
    for offset, joints, colour, label in pairs:
        figures = [joints[name]["position_rmse_rad"] for name in names]
        values = np.array([figure.value for figure in figures]) * 1e3
        axes.bar(place + offset, values, 0.36, color=colour, label=label)
        for x, figure in zip(place + offset, figures):
            if figure.ci95 is not None:
                axes.plot([x, x], np.array(figure.ci95) * 1e3, color=INK, linewidth=1.0)
    if gap.floor:
        for x, name in zip(place, names):
            floor = gap.floor.joints[name]["position_rmse_rad"].value * 1e3
            said = "the arm against itself" if x == 0 else None
            axes.plot([x - 0.4, x + 0.4], [floor, floor], color=GOAL, linewidth=2.0, label=said)
    axes.set_xticks(place, [short_name(name).replace(" ", "\n") for name in names])
    axes.set_ylabel("position error, RMS [mrad]")
    axes.grid(axis="x", visible=False)
    add_legend(axes)
    return as_svg(canvas, "Position error by joint")


def _joint_error_over_time(gap: Gap) -> str:
    canvas, axes = new_canvas(5.4, 2.5)
    run, names = gap.replayed, gap.recording.joint_names
    error = gap.recording.states.position[run.rows] - run.position
    time = run.starts[np.unique(run.window)] + 0.5 * gap.window_s
    colours = pyplot.get_cmap("tab10")
    for index, name in enumerate(names):
        rms = np.sqrt(_mean_by(error[:, index] ** 2, run.window))
        axes.plot(time, rms * 1e3, color=colours(index), label=short_name(name), linewidth=1.1)
    axes.set(xlabel="time in the bag [s]", ylabel="RMS per window [mrad]")
    axes.set_ylim(bottom=0.0)
    axes.legend(loc="lower left", ncols=4, bbox_to_anchor=(0.0, 1.0), borderaxespad=0.0)
    return as_svg(canvas, "Position error of each joint over the recording")


def _error_distribution(gap: Gap) -> str:
    canvas, axes = new_canvas(5.4, 2.5)
    for errors, _, colour, label in _pairs(gap):
        ordered = np.sort(errors.distance) * 1e3
        share = np.linspace(0.0, 100.0, len(ordered))
        axes.plot(*thinned(ordered, share), color=colour, label=label)
    axes.set(xlabel="tool error [mm]", ylabel="samples below it [%]", ylim=(0.0, 100.0))
    axes.set_xlim(left=0.0)
    add_legend(axes)
    return as_svg(canvas, "Distribution of the tool error")


def _velocity(gap: Gap, joint: int) -> str:
    start = _liveliest(gap.recording.states.time, gap.recording.states.velocity)
    return _excerpt(gap, joint, start, start + _EXCERPT, "Velocity of")


def _onset(gap: Gap, joint: int) -> str:
    """Where the command changes most: there the arm's delay stands beside the simulation's."""
    grid = np.arange(gap.replayed.starts[0], gap.recording.states.time[-1], 0.01)
    sent = gap.commands.at(grid)[:, joint]
    lag = round(_CHANGE / 0.01)
    change = np.abs(sent[lag:] - sent[:-lag])
    start = float(grid[np.argmax(change)]) - _BEFORE if len(change) else float(grid[0])
    return _excerpt(gap, joint, start, start + _BEFORE + _AFTER, "Onset of")


def _excerpt(gap: Gap, joint: int, start: float, end: float, what: str) -> str:
    """A joint's velocity as commanded, of the arm and of the simulation."""
    states, run, name = gap.recording.states, gap.replayed, gap.recording.joint_names[joint]
    canvas, axes = new_canvas(4.6, 2.3)
    if gap.commands_recorded:
        held = gap.commands.at(grid := np.arange(start, end, 0.001))[:, joint]
        axes.plot(grid - start, held, color=GOAL, linewidth=1.0)
    inside = (states.time >= start) & (states.time < end)
    axes.plot(
        *thinned(states.time[inside] - start, states.velocity[inside, joint]),
        color=ARM,
    )
    drawn = (states.time[run.rows] >= start) & (states.time[run.rows] < end)
    axes.plot(
        *thinned(states.time[run.rows][drawn] - start, run.velocity[drawn, joint]),
        color=SIM,
        linewidth=1.0,
    )
    axes.set_title(name, loc="left")
    axes.set(xlabel=f"time from {start:.1f} s on [s]", ylabel="[rad/s]")
    return as_svg(canvas, f"{what} {name}")


def _paths(gap: Gap) -> List[str]:
    """The tool's path from three sides and in space."""
    run = gap.replayed
    arm_path, sim_path = gap.arm_path, gap.sim_path
    breaks = np.flatnonzero(np.diff(run.window)) + 1
    sim_path = np.insert(sim_path, breaks, np.nan, axis=0)
    goals = gap.recording.goals.position
    step_arm = max(1, len(arm_path) // POINTS)
    step_sim = max(1, len(sim_path) // (2 * POINTS))
    arm_path, sim_path = arm_path[::step_arm], _thin_path(sim_path, step_sim)

    space = pyplot.figure(figsize=(4.6, 3.6))
    # Any: matplotlib's types know no third axis
    axes: Any = space.add_axes((0.0, 0.02, 0.95, 0.98), projection="3d")
    axes.plot(*sim_path.T, color=SIM, linewidth=0.9)
    axes.plot(*arm_path.T, color=ARM, linewidth=1.1)
    if len(goals):
        axes.scatter(*goals.T, color=GOAL, marker="x", s=22, depthshade=False)
    for axis, name in zip((axes.xaxis, axes.yaxis, axes.zaxis), "xyz"):
        axis.set_label_text(f"{name} [m]")
        axis.set_pane_color((0.5, 0.5, 0.5, 0.06))
        axis.set_major_locator(MaxNLocator(4))
    spans = [np.nanmax(column) - np.nanmin(column) + 0.05 for column in arm_path.T]
    axes.set_box_aspect(spans, zoom=0.8)
    axes.view_init(elev=24, azim=-55)
    drawings = [as_svg(space, "Tool path in space")]
    for first, second, title in (
        (0, 1, "from above"),
        (0, 2, "from the side (y)"),
        (1, 2, "from the front (x)"),
    ):
        canvas, flat = new_canvas(4.6, 3.6)
        flat.plot(sim_path[:, first], sim_path[:, second], color=SIM, linewidth=0.9)
        flat.plot(arm_path[:, first], arm_path[:, second], color=ARM, linewidth=1.1)
        if len(goals):
            flat.scatter(goals[:, first], goals[:, second], color=GOAL, marker="x", s=22, zorder=3)
        flat.set_aspect("equal", adjustable="datalim")
        flat.set(xlabel=f"{'xyz'[first]} [m]", ylabel=f"{'xyz'[second]} [m]")
        flat.set_title(title, loc="left")
        drawings.append(as_svg(canvas, f"Tool path {title}"))
    return drawings


def _timing(gap: Gap, topic: str) -> str:
    if topic == "commands":
        periods = np.diff(gap.recording.sent.time)
    else:
        periods = np.diff(np.sort(gap.recording.states.receive_time))
    middle = max(float(np.median(periods)), 1e-6)
    canvas, axes = new_canvas(4.6, 2.3)
    axes.hist(np.clip(periods, 0.0, 3.0 * middle) * 1e3, bins=60, color=SIM)
    axes.set_yscale("log")
    axes.set(xlabel="time between messages [ms], last bar: and longer", ylabel="messages")
    axes.set_title(f"{topic} as received", loc="left")
    return as_svg(canvas, f"Time between {topic}")


def _pairs(gap: Gap) -> Iterator[Tuple[ToolErrors, Replay, str, str]]:
    yield gap.tool_errors, gap.replayed, ARM, "as it is"
    if _is_aligned(gap):
        yield gap.tool_errors_aligned, gap.aligned, ALIGNED, "delay corrected"
    if "position_rmse_m" in gap.tool_scaled and gap.commands_recorded:
        yield gap.tool_errors_scaled, gap.scaled, SCALED, "and gain"


def _is_aligned(gap: Gap) -> bool:
    return "position_rmse_m" in gap.tool_aligned


def _mean_by(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    index = np.unique(group, return_inverse=True)[1]
    return np.bincount(index, weights=values) / np.bincount(index)


def _liveliest(time: np.ndarray, velocity: np.ndarray) -> float:
    """Start of the excerpt that holds the most motion [s]."""
    activity = np.abs(velocity).sum(axis=1)
    seconds = np.floor(time - time[0]).astype(int)
    per_second = np.bincount(seconds, weights=activity)
    length = min(int(_EXCERPT), len(per_second))
    summed = np.convolve(per_second, np.ones(length), mode="valid")
    return float(time[0] + np.argmax(summed))


def _thin_path(path: np.ndarray, step: int) -> np.ndarray:
    """Every `step`-th point; breaks stay."""
    keep = np.isnan(path[:, 0])
    keep[::step] = True
    return path[keep]
