"""Turns a table of logged joint signals into a bag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.tables.table_text import Table, read_table
from rl_manip_gap.recording.tables.table_units import (
    ANGLE_UNITS,
    TIME_UNITS,
    angle_unit_of,
    time_units_of,
    velocity_scale,
)
from rl_manip_gap.recording.topic_choice import velocity_commands

_START_NS = 1_500_000_000_000_000_000  # of logs whose clock starts near zero [ns]
_AS_A_CLOCK = 1e9  # a time beyond that is one since 1970 [s]
_LONGEST_TIME = 9e9  # a bag counts nanoseconds in 64 bits [s]
_LEAST_USABLE = 0.5  # share of the rows
_DELIMITERS = {"\\t": "\t", "tab": "\t", "space": " "}  # what a shell does not take as it is
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
    """Between columns: a character, or tab or space."""
    skip_rows: int = 0
    """Lines to leave out at the beginning."""

    def __post_init__(self) -> None:
        for name, known in (("time_unit", TIME_UNITS), ("angle_unit", ANGLE_UNITS)):
            given = getattr(self, name)
            if given and given not in known:
                raise BagError(f"{name} is {given!r}: give one of {', '.join(known)}.")
        if len(self.between) > 1:
            raise BagError(f"delimiter is {self.delimiter!r}: give one character, such as ';'.")
        if self.skip_rows < 0:
            raise BagError(f"skip_rows is {self.skip_rows}: give 0 or more.")
        if not 0.0 <= self.rate <= 1e5:
            raise BagError(f"rate is {self.rate:g}: give the rows a second.")

    @property
    def between(self) -> str:
        """The character between columns; empty where it is to be found out."""
        return _DELIMITERS.get(self.delimiter, self.delimiter)


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
    read = read_table(table, units.between, units.skip_rows)
    columns = _known_columns(read, arm, columns)
    notes: List[str] = []
    time, time_units = _time(read, columns, units)
    signals: Dict[str, Optional[np.ndarray]] = {
        name: read.numbers(read.find(getattr(columns, name), arm.num_joints, name))
        if getattr(columns, name)
        else None
        for name in ("position", "velocity", "effort", "command")
    }
    kept = _usable(TIME_UNITS[time_units[0]] * time, signals, notes, read)
    time = time[kept]
    signals = {name: None if one is None else one[kept] for name, one in signals.items()}
    time, signals, understood = _in_seconds_and_radians(time, time_units, signals, arm, units)
    offset = 0 if time[0] > _AS_A_CLOCK else _START_NS
    time_ns = np.round(time * 1e9).astype(np.int64) + offset
    driver = arm.controller
    topics = [
        joint_state_messages(
            driver.joint_state_topic,
            time_ns,
            time_ns,
            arm.joint_names,
            _known(signals["position"]),
            _known(signals["velocity"]),
            signals["effort"],
        )
    ]
    if signals["command"] is not None:
        order = [arm.joint_names.index(name) for name in driver.joint_names]
        commands = signals["command"][:, order]
        topics.append(command_messages(velocity_commands(arm), time_ns, commands))
    write_bag(bag, topics)
    return Converted(len(read.values) + read.ragged, len(time), (*notes, *understood))


def _known(signal: Optional[np.ndarray]) -> np.ndarray:
    assert signal is not None  # `_known_columns` names positions, velocities are made of them
    return signal


def _in_seconds_and_radians(
    time: np.ndarray,
    time_units: Sequence[str],
    signals: Dict[str, Optional[np.ndarray]],
    arm: Arm,
    units: Units,
) -> Tuple[np.ndarray, Dict[str, Optional[np.ndarray]], List[str]]:
    """Times [s], signals [rad, rad/s], and how they were understood.

    Raises:
        BagError: the arm cannot have moved like that, whichever of the units the time is in; the
            sentence is about the first.
    """
    problem: Optional[BagError] = None
    for unit in time_units:
        seconds = TIME_UNITS[unit] * time
        rate = 1.0 / float(np.median(np.diff(seconds)))
        notes = [f"time in {unit}, {rate:.4g} rows a second"]
        try:
            if not np.abs(seconds).max() < _LONGEST_TIME:
                raise BagError(f"the time goes to {seconds[-1]:.3g} s: give another --time-unit.")
            return seconds, _in_radians(seconds, signals, arm, units, notes), notes
        except BagError as error:
            problem = problem or error
    assert problem is not None  # there is at least one unit
    raise problem


def _in_radians(
    time: np.ndarray,
    signals: Dict[str, Optional[np.ndarray]],
    arm: Arm,
    units: Units,
    notes: List[str],
) -> Dict[str, Optional[np.ndarray]]:
    """The signals at times [s] in [rad, rad/s], with velocities."""
    position = _known(signals["position"])
    unit = angle_unit_of(position, time, arm, units.angle_unit)
    position = ANGLE_UNITS[unit] * position
    notes.append(f"positions in {unit}")
    found = {**signals, "position": position}
    for name in ("velocity", "command"):
        logged = signals[name]
        if logged is not None:
            scale, unit = velocity_scale(logged, position, time, name)
            found[name] = scale * logged
            notes.append(f"{name} in {unit}/s")
    if signals["velocity"] is None:
        found["velocity"] = np.gradient(position, time, axis=0)
        notes.append("velocities are the positions' change")
    return found


def _known_columns(table: Table, arm: Arm, columns: ColumnMap) -> ColumnMap:
    """The columns named, and where no positions are, those of a kind of table that is known."""
    known: Dict[str, Any] = {"time": "1", "position": ("2",)}
    joints = [k for k, cell in enumerate(table.first) if cell.endswith(arm.joint_names)]
    if columns.position:
        del known["position"]
    elif table.has("actual_q"):  # the UR's RTDE recordings
        known = {name: (prefix,) for name, prefix in _RTDE.items() if table.has(prefix)}
        known["time"] = "timestamp"
    elif table.width == 3 + 4 * len(joints) and joints[:1] == [3]:
        # ros2 topic echo --csv: sec, nanosec, frame, names, positions, velocities, efforts
        where = [_named(table.first, name) for name in arm.joint_names]
        known = {
            name: tuple(str(k + 1 + part * len(joints)) for k in where)
            for part, name in enumerate(("position", "velocity", "effort"), start=1)
        }
    given = {name: value for name, value in vars(columns).items() if value}
    return ColumnMap(**{**known, **given})


def _named(cells: Sequence[str], joint: str) -> int:
    return next(k for k, cell in enumerate(cells) if cell.endswith(joint))


def _time(table: Table, columns: ColumnMap, units: Units) -> Tuple[np.ndarray, List[str]]:
    """Times (rows,), and the units that they may be in, the likeliest first."""
    if units.rate:
        return np.arange(len(table.values)) / units.rate, ["s"]
    if not columns.time:  # as ros2 topic echo prints it
        second, part = table.numbers([0, 1]).T
        return second + 1e-9 * part, ["s"]
    time = table.numbers(table.find([columns.time], 1, "time"))[:, 0]
    finite = time[np.isfinite(time)]
    if len(finite) < _LEAST_USABLE * len(time):
        raise BagError(
            f"--time: column {columns.time} of {table.path} holds no numbers in "
            f"{len(time) - len(finite)} of {len(time)} rows: name another, or give --rate."
        )
    if units.time_unit:
        return time, [units.time_unit]
    return time, time_units_of(finite, f"--time: column {columns.time}")


def _usable(
    time: np.ndarray, signals: Dict[str, Optional[np.ndarray]], notes: List[str], table: Table
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
        mend = "cut the table there, and convert its parts one by one"
        if len(back) > 1:
            mend = f"and {len(back) - 1} times more: sort its rows by time"
        raise BagError(
            f"the time of {table.path} goes back by {by:.3g} s at row {row + 1} of {len(time)}: "
            f"{mend}."
        )
    later = np.diff(time[rows], prepend=-np.inf) > 0.0
    total = len(time) + table.ragged
    for left_out, why in (
        (table.ragged, f"have no {table.width} cells"),
        (len(time) - len(rows), "hold a cell that is no number"),
        (int(len(rows) - later.sum()), "have the time of the row before"),
    ):
        if left_out:
            notes.append(f"{left_out} of {total} rows left out: they {why}")
        if left_out > (1.0 - _LEAST_USABLE) * total:
            raise BagError(
                f"{left_out} of {total} rows of {table.path} {why}: name the columns that hold the "
                "numbers, or give --rate where the time is too coarse."
            )
    return rows[later]
