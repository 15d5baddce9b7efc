"""The report's tables: rows of cells with value, unit and interval, ready to print."""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.metrics.figures import Figures
from rl_manip_gap.metrics.intervals import Figure


class Cell(NamedTuple):
    """One cell; `interval` stands small below the value."""

    value: str
    interval: str = ""
    text: bool = False  # prose, which may wrap


class Table(NamedTuple):
    """A table of the report."""

    head: Tuple[str, ...]
    rows: List[Tuple[Cell, ...]]


_MILLI = 1e3


def joint_tables(gap: Gap) -> List[Table]:
    """Response, then tracking before and after alignment; the tool in the last row."""
    response = Table(
        (
            "joint",
            "delay, arm [ms]",
            "delay, simulation [ms]",
            "gain, arm [1]",
            "gain, simulation [1]",
            "offset [mrad/s]",
        ),
        [
            (
                Cell(name),
                _cell(figures, "delay_s", _MILLI, 1),
                _cell(figures, "sim_delay_s", _MILLI, 1),
                _cell(figures, "gain", 1.0, 3),
                _cell(figures, "sim_gain", 1.0, 3),
                _cell(figures, "offset_rad_s", _MILLI, 2),
            )
            for name, figures in gap.joints.items()
        ],
    )
    tracking = Table(
        (
            "joint",
            "position RMSE [mrad]",
            "delay corrected",
            *(["against itself"] if gap.floor else []),
            "max [mrad]",
            "bias [mrad]",
            "velocity RMSE [mrad/s]",
            "delay corrected",
            "max [mrad/s]",
            "bias [mrad/s]",
        ),
        [
            (
                Cell(name),
                _cell(figures, "position_rmse_rad", _MILLI, 2),
                _cell(gap.joints_aligned[name], "position_rmse_rad", _MILLI, 2),
                *(
                    [_cell(gap.floor.joints[name], "position_rmse_rad", _MILLI, 2)]
                    if gap.floor
                    else []
                ),
                _cell(figures, "position_max_rad", _MILLI, 1),
                _cell(figures, "position_bias_rad", _MILLI, 2),
                _cell(figures, "velocity_rmse_rad_s", _MILLI, 1),
                _cell(gap.joints_aligned[name], "velocity_rmse_rad_s", _MILLI, 1),
                _cell(figures, "velocity_max_rad_s", _MILLI, 0),
                _cell(figures, "velocity_bias_rad_s", _MILLI, 2),
            )
            for name, figures in gap.joints.items()
        ],
    )
    tool = Table(
        (
            "tool",
            "position RMSE [mm]",
            "max [mm]",
            "bias [mm]",
            "orientation RMSE [mrad]",
            "max [mrad]",
        ),
        [
            (
                Cell(name),
                _cell(figures, "position_rmse_m", _MILLI, 2),
                _cell(figures, "position_max_m", _MILLI, 2),
                _cell(figures, "position_bias_m", _MILLI, 2),
                _cell(figures, "orientation_rmse_rad", _MILLI, 2),
                _cell(figures, "orientation_max_rad", _MILLI, 2),
            )
            for name, figures in _tool_rows(gap)
        ],
    )
    return [response, tracking, tool]


def _tool_rows(gap: Gap) -> List[Tuple[str, Figures]]:
    rows = [("as it is", gap.tool), ("delay corrected", gap.tool_aligned)]
    return rows + ([("the arm against itself", gap.floor.tool)] if gap.floor else [])


def timing_table(gap: Gap) -> Table:
    return Table(
        (
            "topic",
            "messages",
            "rate [Hz]",
            "jitter [ms]",
            "receive jitter [ms]",
            "99 % within [ms]",
            "drop-outs",
            "longest gap [ms]",
        ),
        [
            (
                Cell(topic),
                _cell(figures, "messages", 1.0, 0),
                _cell(figures, "rate_hz", 1.0, 1),
                _cell(figures, "jitter_s", _MILLI, 3),
                _cell(figures, "receive_jitter_s", _MILLI, 3),
                _cell(figures, "period_p99_s", _MILLI, 2),
                _cell(figures, "dropouts", 1.0, 0),
                _cell(figures, "longest_gap_s", _MILLI, 1),
            )
            for topic, figures in gap.timing.items()
        ],
    )


def task_table(gap: Gap) -> Optional[Table]:
    if not gap.task:
        return None
    return Table(
        ("where", "goals", "met", "success rate", "final distance [mm]", "time to goal [s]"),
        [
            (
                Cell({"real": "arm", "sim": "simulation, closed loop"}[where]),
                _cell(figures, "goals", 1.0, 0),
                _cell(figures, "successes", 1.0, 0),
                _cell(figures, "success_rate", 1.0, 2),
                _cell(figures, "mean_final_distance_m", _MILLI, 1),
                _cell(figures, "mean_time_to_goal_s", 1.0, 2),
            )
            for where, figures in gap.task.items()
        ],
    )


def inputs_table(gap: Gap) -> Optional[Table]:
    if not gap.inputs:
        return None
    return Table(
        ("input", "outside training", "element by element", "arm - simulation, RMS by element"),
        [
            (
                Cell(name),
                Cell(f"{share.share_outside:.2%}"),
                Cell(", ".join(f"{s:.1%}" for s in share.per_element), text=True),
                Cell(_input_difference(gap, name), text=True),
            )
            for name, share in gap.inputs.items()
        ],
    )


def _input_difference(gap: Gap, name: str) -> str:
    found = gap.observations.inputs.get(name) if gap.observations else None
    if found is None:
        return "the same by definition" if name == "goal_position" else "–"
    unit = {"joint_position": "mrad", "joint_velocity": "mrad/s"}[name]
    return ", ".join(f"{value * _MILLI:.2f}" for value in found.rmse) + f" {unit}"


def inputs_note(gap: Gap) -> str:
    """What the differences of the inputs do to the policy's commands."""
    commands = gap.observations.command_rmse_rad_s if gap.observations else None
    if commands is None:
        return ""
    shown = ", ".join(f"{value * _MILLI:.1f}" for value in commands)
    return (
        "Reading the simulation's joints instead of the arm's would change the policy's commands "
        f"by {shown} mrad/s (RMS, joint by joint)."
    )


def irregularities_table(gap: Gap) -> Optional[Table]:
    if not gap.recording.irregularities:
        return None
    return Table(
        ("kind", "where", "cases", "what was done"),
        [
            (
                Cell(o.kind.replace("_", " ")),
                Cell(o.where),
                Cell(str(o.count)),
                Cell(o.detail, text=True),
            )
            for o in gap.recording.irregularities
        ],
    )


def _cell(figures: Figures, name: str, scale: float, digits: int) -> Cell:
    figure = figures.get(name)
    return Cell("–") if figure is None else _number(figure, scale, digits)


def _number(figure: Figure, scale: float, digits: int) -> Cell:
    value = f"{figure.value * scale:.{digits}f}"
    if figure.ci95 is None:
        return Cell(value)
    low, high = (f"{end * scale:.{digits}f}" for end in figure.ci95)
    return Cell(value, f"{low} … {high}")
