"""The report's tables: rows of cells with value, unit and interval, ready to print."""

from __future__ import annotations

from typing import List, Mapping, NamedTuple, Optional, Sequence, Tuple

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


class Column(NamedTuple):
    """A column of figures."""

    head: str  # with the unit shown
    figure: str
    digits: int
    scale: float = _MILLI  # to the unit shown


_RESPONSE = (
    Column("delay, arm [ms]", "delay_s", 1),
    Column("delay, simulation [ms]", "sim_delay_s", 1),
    Column("gain, arm [1]", "gain", 3, 1.0),
    Column("gain, simulation [1]", "sim_gain", 3, 1.0),
    Column("offset [mrad/s]", "offset_rad_s", 2),
)
_TRACKING = (
    Column("position RMSE [mrad]", "position_rmse_rad", 2),
    Column("delay corrected", "aligned position_rmse_rad", 2),
    Column("against itself", "floor position_rmse_rad", 2),
    Column("max [mrad]", "position_max_rad", 1),
    Column("bias [mrad]", "position_bias_rad", 2),
    Column("velocity RMSE [mrad/s]", "velocity_rmse_rad_s", 1),
    Column("delay corrected", "aligned velocity_rmse_rad_s", 1),
    Column("max [mrad/s]", "velocity_max_rad_s", 0),
    Column("bias [mrad/s]", "velocity_bias_rad_s", 2),
)
_TOOL = (
    Column("position RMSE [mm]", "position_rmse_m", 2),
    Column("max [mm]", "position_max_m", 2),
    Column("bias [mm]", "position_bias_m", 2),
    Column("along x [mm]", "position_bias_x_m", 2),
    Column("y [mm]", "position_bias_y_m", 2),
    Column("z [mm]", "position_bias_z_m", 2),
    Column("orientation RMSE [mrad]", "orientation_rmse_rad", 2),
    Column("max [mrad]", "orientation_max_rad", 2),
)
_TRACK = (
    Column("ahead of the simulation [mm]", "along_track_bias_m", 2),
    Column("along the path, RMSE [mm]", "along_track_rmse_m", 2),
    Column("across it, RMSE [mm]", "across_track_rmse_m", 2),
)
_TIMING = (
    Column("messages", "messages", 0, 1.0),
    Column("rate [Hz]", "rate_hz", 1, 1.0),
    Column("jitter [ms]", "jitter_s", 3),
    Column("receive jitter [ms]", "receive_jitter_s", 3),
    Column("99 % within [ms]", "period_p99_s", 2),
    Column("drop-outs", "dropouts", 0, 1.0),
    Column("longest gap [ms]", "longest_gap_s", 1),
)
_GOALS = (
    Column("goals", "goals", 0, 1.0),
    Column("met", "successes", 0, 1.0),
    Column("success rate", "success_rate", 2, 1.0),
    Column("final distance [mm]", "mean_final_distance_m", 1),
    Column("time to goal [s]", "mean_time_to_goal_s", 2, 1.0),
)


def joint_tables(gap: Gap) -> List[Table]:
    """Response, then tracking before and after alignment, then the tool and its path."""
    rows = {
        name: {
            **figures,
            **_named("aligned", gap.joints_aligned[name]),
            **(_named("floor", gap.floor.joints[name]) if gap.floor else {}),
        }
        for name, figures in gap.joints.items()
    }
    shown = [column for column in _TRACKING if gap.floor or column.head != "against itself"]
    tool = {
        "while it moves": gap.tool,
        "with standing": gap.tool_whole,
        "delay corrected": gap.tool_aligned,
        "delay and gain corrected": gap.tool_scaled,
    }
    path = {name: figures for name, figures in tool.items() if figures is not gap.tool_whole}
    if gap.floor:
        tool["the arm against itself"] = gap.floor.tool
    return [
        figures_table("joint", _RESPONSE, rows),
        figures_table("joint", shown, rows),
        figures_table("tool", _TOOL, tool),
        figures_table("tool on its path", _TRACK, path),
    ]


def _named(kind: str, figures: Figures) -> Figures:
    return {f"{kind} {name}": figure for name, figure in figures.items()}


def timing_table(gap: Gap) -> Table:
    return figures_table("topic", _TIMING, gap.timing)


def goals_table(gap: Gap) -> Optional[Table]:
    if not gap.goals:
        return None
    places = {"real": "arm", "sim": "simulation, closed loop"}
    return figures_table("where", _GOALS, {places[key]: found for key, found in gap.goals.items()})


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


def training_table(gap: Gap) -> Optional[Table]:
    """What was measured beside what the policy was trained with."""
    if not gap.training:
        return None
    rows: List[Tuple[Cell, ...]] = []
    for one in gap.training:
        scale, digits, unit = (_MILLI, 1, " [ms]") if one.unit == "s" else (1.0, 3, "")
        value, low, high, *range_ends = (
            f"{number * scale:.{digits}f}"
            for number in (one.measured, one.low, one.high, one.trained_low, one.trained_high)
        )
        trained = " … ".join(range_ends)
        cells = Cell(value, f"{low} … {high}"), Cell(trained), Cell(one.word)
        rows.append((Cell(f"{one.name}{unit}"), Cell(one.joint, text=True), *cells))
    return Table(("parameter", "joint", "arm over simulation", "trained with", "is"), rows)


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
                Cell(one.kind.replace("_", " ")),
                Cell(one.where),
                Cell(str(one.count)),
                Cell(one.detail, text=True),
            )
            for one in gap.recording.irregularities
        ],
    )


def figures_table(first: str, columns: Sequence[Column], rows: Mapping[str, Figures]) -> Table:
    """Figures by row; a dash where a row has none of that name."""
    head = (first, *(column.head for column in columns))
    return Table(
        head,
        [
            (Cell(name), *(_cell(figures.get(column.figure), column) for column in columns))
            for name, figures in rows.items()
        ],
    )


def _cell(figure: Optional[Figure], column: Column) -> Cell:
    if figure is None:
        return Cell("–")
    value, *ends = figure.texts(column.scale, column.digits)
    return Cell(value, " … ".join(ends))
