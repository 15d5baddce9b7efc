"""The report's plots, each a small SVG that takes its text and line colours from the page."""

from __future__ import annotations

import io
import re
from typing import Any, Dict, Iterator, List, Tuple

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.metrics.figures import ToolErrors
from rl_manip_gap.replay.open_loop import Replay

# Stand-ins that the page's colours replace; no data is drawn in them.
_INK, _GRID = "#0a0b0c", "#0a0b0d"
# Readable on white and on near-black alike.
ARM, SIM, ALIGNED, GOAL = "#d1495b", "#2a8fbd", "#4ca64c", "#d99a1c"
_POINTS = 1500  # points drawn per line: more cannot be seen
_EXCERPT = 2.0  # length of the velocity excerpt [s]
_STYLE: Any = {  # Any: their types list every key that there is
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _INK,
    "axes.titlesize": 9.5,
    "axes.titlecolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.5,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "text.color": _INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.3,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


def draw(gap: Gap) -> Dict[str, List[str]]:
    """All plots by section, as SVG elements."""
    with matplotlib.rc_context(_STYLE):
        return {
            "error": _errors(gap),
            "velocity": [_velocity(gap, joint) for joint in range(len(gap.recording.joint_names))],
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
        _error_distribution(gap),
    ]


def _error_over_time(gap: Gap) -> str:
    canvas, axes = _canvas(5.4, 2.5)
    for errors, run, colour, label in _pairs(gap):
        time = run.starts[np.unique(run.window)] + 0.5 * gap.window_s
        rms = np.sqrt(_mean_by(errors.distance**2, run.window))
        axes.plot(time, rms * 1e3, "o-", color=colour, label=label, markersize=2.5)
    axes.set(xlabel="time in the bag [s]", ylabel="tool error per window, RMS [mm]")
    axes.set_ylim(bottom=0.0)
    _legend(axes)
    return _svg(canvas, "Tool error over the recording")


def _error_since_sync(gap: Gap) -> str:
    canvas, axes = _canvas(5.4, 2.5)
    bins = 40
    for errors, run, colour, label in _pairs(gap):
        cell = np.minimum((run.since_sync / gap.window_s * bins).astype(int), bins - 1)
        cells = np.unique(cell)
        rms = np.sqrt(_mean_by(errors.distance**2, cell))
        axes.plot((cells + 0.5) / bins * gap.window_s, rms * 1e3, color=colour, label=label)
    axes.set(xlabel="time since synchronisation [s]", ylabel="tool error, RMS [mm]")
    axes.set_ylim(bottom=0.0)
    _legend(axes)
    return _svg(canvas, "Growth of the tool error after synchronisation")


def _joint_error(gap: Gap) -> str:
    names = gap.recording.joint_names
    canvas, axes = _canvas(5.4, 2.5)
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
                axes.plot([x, x], np.array(figure.ci95) * 1e3, color=_INK, linewidth=1.0)
    if gap.floor:
        for x, name in zip(place, names):
            floor = gap.floor.joints[name]["position_rmse_rad"].value * 1e3
            said = "the arm against itself" if x == 0 else None
            axes.plot([x - 0.4, x + 0.4], [floor, floor], color=GOAL, linewidth=2.0, label=said)
    axes.set_xticks(place, [_short(name).replace(" ", "\n") for name in names])
    axes.set_ylabel("position error, RMS [mrad]")
    axes.grid(axis="x", visible=False)
    _legend(axes)
    return _svg(canvas, "Position error by joint")


def _error_distribution(gap: Gap) -> str:
    canvas, axes = _canvas(5.4, 2.5)
    for errors, _, colour, label in _pairs(gap):
        ordered = np.sort(errors.distance) * 1e3
        share = np.linspace(0.0, 100.0, len(ordered))
        axes.plot(*_thinned(ordered, share), color=colour, label=label)
    axes.set(xlabel="tool error [mm]", ylabel="samples below it [%]", ylim=(0.0, 100.0))
    axes.set_xlim(left=0.0)
    _legend(axes)
    return _svg(canvas, "Distribution of the tool error")


def _velocity(gap: Gap, joint: int) -> str:
    states, run = gap.recording.states, gap.replayed
    start = _liveliest(states.time, states.velocity)
    end = start + _EXCERPT
    canvas, axes = _canvas(4.6, 2.3)
    if gap.commands_recorded:
        held = gap.commands.at(grid := np.arange(start, end, 0.002))[:, joint]
        axes.plot(grid - start, held, color=GOAL, linewidth=1.0)
    inside = (states.time >= start) & (states.time < end)
    axes.plot(
        *_thinned(states.time[inside] - start, states.velocity[inside, joint]),
        color=ARM,
    )
    drawn = (states.time[run.rows] >= start) & (states.time[run.rows] < end)
    axes.plot(
        *_thinned(states.time[run.rows][drawn] - start, run.velocity[drawn, joint]),
        color=SIM,
        linewidth=1.0,
    )
    axes.set_title(gap.recording.joint_names[joint], loc="left")
    axes.set(xlabel=f"time from {start:.0f} s on [s]", ylabel="[rad/s]")
    return _svg(canvas, f"Velocity of {gap.recording.joint_names[joint]}")


def _paths(gap: Gap) -> List[str]:
    """The tool's path from three sides and in space."""
    run = gap.replayed
    arm_path, sim_path = gap.arm_path, gap.sim_path
    breaks = np.flatnonzero(np.diff(run.window)) + 1
    sim_path = np.insert(sim_path, breaks, np.nan, axis=0)
    goals = gap.recording.goals.position
    step_arm = max(1, len(arm_path) // _POINTS)
    step_sim = max(1, len(sim_path) // (2 * _POINTS))
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
    drawings = [_svg(space, "Tool path in space")]
    for first, second, title in (
        (0, 1, "from above"),
        (0, 2, "from the side (y)"),
        (1, 2, "from the front (x)"),
    ):
        canvas, flat = _canvas(4.6, 3.6)
        flat.plot(sim_path[:, first], sim_path[:, second], color=SIM, linewidth=0.9)
        flat.plot(arm_path[:, first], arm_path[:, second], color=ARM, linewidth=1.1)
        if len(goals):
            flat.scatter(goals[:, first], goals[:, second], color=GOAL, marker="x", s=22, zorder=3)
        flat.set_aspect("equal", adjustable="datalim")
        flat.set(xlabel=f"{'xyz'[first]} [m]", ylabel=f"{'xyz'[second]} [m]")
        flat.set_title(title, loc="left")
        drawings.append(_svg(canvas, f"Tool path {title}"))
    return drawings


def _timing(gap: Gap, topic: str) -> str:
    if topic == "commands":
        periods = np.diff(gap.recording.sent.time)
    else:
        periods = np.diff(np.sort(gap.recording.states.receive_time))
    middle = max(float(np.median(periods)), 1e-6)
    canvas, axes = _canvas(4.6, 2.3)
    axes.hist(np.clip(periods, 0.0, 3.0 * middle) * 1e3, bins=60, color=SIM)
    axes.set_yscale("log")
    axes.set(xlabel="time between messages [ms], last bar: and longer", ylabel="messages")
    axes.set_title(f"{topic} as received", loc="left")
    return _svg(canvas, f"Time between {topic}")


def _pairs(gap: Gap) -> Iterator[Tuple[ToolErrors, Replay, str, str]]:
    yield gap.tool_errors, gap.replayed, ARM, "as it is"
    if _is_aligned(gap):
        yield gap.tool_errors_aligned, gap.aligned, ALIGNED, "delay corrected"


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


def _thinned(time: np.ndarray, values: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    step = max(1, len(time) // _POINTS)
    return time[::step], values[::step]


def _thin_path(path: np.ndarray, step: int) -> np.ndarray:
    """Every `step`-th point; breaks stay."""
    keep = np.isnan(path[:, 0])
    keep[::step] = True
    return path[keep]


def _short(name: str) -> str:
    return name.removesuffix("_joint").replace("_", " ")


def _canvas(width: float, height: float) -> Tuple[Canvas, Axes]:
    return pyplot.subplots(figsize=(width, height), layout="constrained")


def _legend(axes: Axes) -> None:
    axes.legend(loc="upper left", ncols=3, bbox_to_anchor=(0.0, 1.17), borderaxespad=0.0)


def _svg(canvas: Canvas, title: str) -> str:
    """The drawing as one SVG element that scales with the page and follows its colours."""
    with io.StringIO() as text, matplotlib.rc_context({"svg.hashsalt": title}):
        canvas.savefig(text, format="svg", transparent=True, metadata={"Date": None})
        svg = text.getvalue()
    pyplot.close(canvas)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<svg ([^>]*?)height="[^"]*" ([^>]*?)width="[^"]*"', r"<svg \1\2", svg, count=1)
    svg = re.sub(r'<svg ([^>]*?)width="[^"]*" ([^>]*?)height="[^"]*"', r"<svg \1\2", svg, count=1)
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
    # Several drawings share one page: their identifiers must not meet.
    prefix = re.sub(r"\W+", "-", title.lower())
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{prefix}-", svg)
    return svg.replace(_INK, "var(--ink)").replace(_GRID, "var(--grid)")
