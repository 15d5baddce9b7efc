"""Turns a table of logged joint signals into a bag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.tables.table_text import Table, read_table
from rl_manip_gap.recording.tables.table_units import (
    ANGLE_UNITS,
    TIME_UNITS,
    angle_unit_of,
    time_unit_of,
    velocity_scale,
)

_START_NS = 1_500_000_000_000_000_000  # of logs whose clock starts near zero [ns]
_AS_A_CLOCK = 1e9  # a time beyond that is one since 1970 [s]
_LEAST_USABLE = 0.5  # share of the rows
_RTDE = {
    "position": "actual_q",
    "velocity": "actual_qd",
    "effort": "actual_current",
    "command": "target_qd",
}


@dataclass(frozen=True)
class ColumnMap:
    """Where the signals stand: a column's number, counted from 1, or its name in the header.

    One number or name is that of the first of n neighbouring columns, or the name before the
    numbers of n columns (actual_q for actual_q_0 to actual_q_5); n of them name a column each,
    joints in the arm's order. Where nothing is said, the columns of the UR's RTDE recordings and
    of `ros2 topic echo --csv /joint_states` are known; else time is 1 and positions begin at 2.
    """

    time: str = ""
    """Column of the time."""
    position: Tuple[str, ...] = ()
    """Joint positions."""
    velocity: Tuple[str, ...] = ()
    """Joint velocities; differentiated from positions where there are none."""
    effort: Tuple[str, ...] = ()
    """Efforts as the driver reports them, such as motor currents [A]."""
    command: Tuple[str, ...] = ()
    """Commanded joint velocities."""


@dataclass(frozen=True)
class Units:
    """How the table is written; what is left empty is found out."""

    time_unit: str = ""
    """s, ms, us or ns."""
    angle_unit: str = ""
    """rad or deg, of positions; velocities and commands are held against them."""
    rate: float = 0.0
    """Rows a second, where no column tells the time; 0 where one does."""
    delimiter: str = ""
    """Between columns."""
    skip_rows: int = 0
    """Lines to leave out at the beginning."""

    def __post_init__(self) -> None:
        for name, known in (("time_unit", TIME_UNITS), ("angle_unit", ANGLE_UNITS)):
            given = getattr(self, name)
            if given and given not in known:
                raise BagError(f"{name} is {given!r}: give one of {', '.join(known)}.")
        if not 0.0 <= self.rate <= 1e5:
            raise BagError(f"rate is {self.rate:g}: give the rows a second.")


@dataclass(frozen=True)
class Converted:
    """What became of a table."""

    rows: int
    usable: int
    notes: Tuple[str, ...]
    """How it was understood, and what was left out."""


def bag_from_csv(
    table: Path, bag: Path, arm: Arm, columns: ColumnMap = ColumnMap(), units: Units = Units()
) -> Converted:
    """Writes a bag with what the columns hold; last of all, so that nothing is left of a failure.

    Args:
        table: text file.
        bag: folder to make; it must not exist.
        arm: whose joints they are.
        columns: where each signal stands.
        units: how they are written.

    Raises:
        BagError: the table cannot be read, lacks columns, makes no sense, or the bag exists.
    """
    if bag.exists():
        raise BagError(f"{bag} exists already: give another folder.")
    read = read_table(table, units.delimiter, units.skip_rows)
    columns = _known_columns(read, arm, columns)
    notes: List[str] = []
    time = _time(read, columns, units, notes)
    signals: Dict[str, Optional[np.ndarray]] = {
        name: read.numbers(read.find(getattr(columns, name), arm.num_joints, name))
        if getattr(columns, name)
        else None
        for name in ("position", "velocity", "effort", "command")
    }
    kept = _usable(time, signals, notes, table)
    time = time[kept]
    signals = {name: None if one is None else one[kept] for name, one in signals.items()}
    position = signals["position"]
    assert position is not None  # `_known_columns` names some
    unit = angle_unit_of(position, time, arm, units.angle_unit)
    position = ANGLE_UNITS[unit] * position
    notes.append(f"positions in {unit}")
    for name in ("velocity", "command"):
        logged = signals[name]
        if logged is None:
            continue
        scale, unit = velocity_scale(logged, position, time, name)
        signals[name] = scale * logged
        notes.append(f"{name} in {unit}/s")
    velocity = signals["velocity"]
    if velocity is None:
        velocity = np.gradient(position, time, axis=0)
        notes.append("velocities are the positions' change")
    offset = 0 if time[0] > _AS_A_CLOCK else _START_NS
    time_ns = np.round(time * 1e9).astype(np.int64) + offset
    driver = arm.controller
    topics = [
        joint_state_messages(
            driver.joint_state_topic,
            time_ns,
            time_ns,
            arm.joint_names,
            position,
            velocity,
            signals["effort"],
        )
    ]
    if signals["command"] is not None:
        order = [arm.joint_names.index(name) for name in driver.joint_names]
        topics.append(command_messages(driver.command_topic, time_ns, signals["command"][:, order]))
    write_bag(bag, topics)
    return Converted(len(read.rows), len(time), tuple(notes))


def _known_columns(table: Table, arm: Arm, columns: ColumnMap) -> ColumnMap:
    """The columns named, and where no positions are, those of a kind of table that is known."""
    known: Dict[str, Any] = {"time": "1", "position": ("2",)}
    joints = [k for k, cell in enumerate(table.rows[0]) if cell.endswith(arm.joint_names)]
    if columns.position:
        del known["position"]
    elif table.has("actual_q"):  # the UR's RTDE recordings
        known = {name: (prefix,) for name, prefix in _RTDE.items() if table.has(prefix)}
        known["time"] = "timestamp"
    elif table.width == 3 + 4 * len(joints) and joints[:1] == [3]:
        # ros2 topic echo --csv: sec, nanosec, frame, names, positions, velocities, efforts
        where = [_named(table.rows[0], name) for name in arm.joint_names]
        known = {
            name: tuple(str(k + 1 + part * len(joints)) for k in where)
            for part, name in enumerate(("position", "velocity", "effort"), start=1)
        }
    given = {name: value for name, value in vars(columns).items() if value}
    return ColumnMap(**{**known, **given})


def _named(cells: List[str], joint: str) -> int:
    return next(k for k, cell in enumerate(cells) if cell.endswith(joint))


def _time(table: Table, columns: ColumnMap, units: Units, notes: List[str]) -> np.ndarray:
    """Times (rows,) [s]."""
    if units.rate:
        notes.append(f"{units.rate:g} rows a second")
        return np.arange(len(table.rows)) / units.rate
    if not columns.time:
        second, part = table.numbers([0, 1]).T
        notes.append("time in s and ns, as ros2 topic echo prints it")
        return second + 1e-9 * part
    time = table.numbers(table.find([columns.time], 1, "time"))[:, 0]
    finite = time[np.isfinite(time)]
    if len(finite) < _LEAST_USABLE * len(time):
        raise BagError(
            f"--time: column {columns.time} of {table.path} holds no numbers in "
            f"{len(time) - len(finite)} of {len(time)} rows: name another, or give --rate."
        )
    unit = units.time_unit or time_unit_of(finite, f"--time: column {columns.time}")
    notes.append(f"time in {unit}")
    return TIME_UNITS[unit] * time


def _usable(
    time: np.ndarray, signals: Dict[str, Optional[np.ndarray]], notes: List[str], table: Path
) -> np.ndarray:
    """Which rows count (rows,): finite, and later than the ones before.

    Raises:
        BagError: the time goes back, or too few rows count.
    """
    finite = np.isfinite(time)
    for values in signals.values():
        if values is not None:
            finite &= np.isfinite(values).all(axis=1)
    rows = np.flatnonzero(finite)
    back = np.flatnonzero(np.diff(time[rows]) < 0.0)
    if len(back):
        row = rows[back[0] + 1]
        by = time[rows[back[0]]] - time[row]
        raise BagError(
            f"the time of {table} goes back by {by:.3g} s at row {row + 1} of {len(time)}: cut the "
            "table there, and convert its parts one by one."
        )
    later = np.diff(time[rows], prepend=-np.inf) > 0.0
    for left_out, why in (
        (len(time) - len(rows), "hold a cell that is no number"),
        (int(len(rows) - later.sum()), "have the time of the row before"),
    ):
        if left_out:
            notes.append(f"{left_out} of {len(time)} rows left out: they {why}")
        if left_out > (1.0 - _LEAST_USABLE) * len(time):
            raise BagError(
                f"{left_out} of {len(time)} rows of {table} {why}: name the columns that hold the "
                "numbers, or give --rate where the time is too coarse."
            )
    return rows[later]
