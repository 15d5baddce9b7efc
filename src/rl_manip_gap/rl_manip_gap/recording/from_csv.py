"""Turns a table of logged joint signals into a bag."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Optional, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.bags.bag_writing import command_messages, joint_state_messages, write_bag
from rl_manip_gap.bags.irregularities import BagError

_START_NS = 1_500_000_000_000_000_000  # of logs whose clock starts near zero [ns]


@dataclass(frozen=True)
class ColumnMap:
    """Where the signals stand, columns counted from 1, joints in the arm's order.

    One number names the first of n neighbouring columns, n numbers name a column each.
    """

    time: int = 1
    """Column of the time [s]."""
    position: Tuple[int, ...] = (2,)
    """Joint positions [rad]."""
    velocity: Tuple[int, ...] = ()
    """Joint velocities [rad/s]; differentiated from positions where there are none."""
    effort: Tuple[int, ...] = ()
    """Efforts as the driver reports them, such as motor currents [A]."""
    command: Tuple[int, ...] = ()
    """Commanded joint velocities [rad/s]."""


def bag_from_csv(
    table: Path, bag: Path, arm: Arm, columns: ColumnMap, delimiter: str = ",", skip_rows: int = 0
) -> int:
    """Writes a bag with what the columns hold.

    Args:
        table: text file of numbers.
        bag: folder to make; it must not exist.
        arm: whose joints they are.
        columns: where each signal stands.
        delimiter: between columns.
        skip_rows: header lines.

    Returns:
        Number of rows written.

    Raises:
        BagError: the table cannot be read, has too few columns, or the bag exists already.
    """
    if bag.exists():
        raise BagError(f"{bag} exists already: give another folder.")
    values = _read(table, delimiter, skip_rows)
    signals: Dict[str, Optional[np.ndarray]] = {
        name: _columns(values, getattr(columns, name), arm, name, table)
        for name in ("position", "velocity", "effort", "command")
    }
    given = _columns(values, (columns.time,), None, "time", table)
    position, velocity = signals["position"], signals["velocity"]
    if given is None or position is None:
        raise BagError(f"no position columns of {table} given.")
    time = given[:, 0]
    if velocity is None:
        velocity = np.gradient(position, time, axis=0)
    offset = _START_NS if time.min() < 1e9 else 0
    time_ns = np.round(time * 1e9).astype(np.int64) + offset
    topics = [
        joint_state_messages(
            arm.controller.joint_state_topic,
            time_ns,
            time_ns,
            arm.joint_names,
            position,
            velocity,
            signals["effort"],
        )
    ]
    if signals["command"] is not None:
        order = [arm.joint_names.index(name) for name in arm.controller.joint_names]
        topics.append(
            command_messages(arm.controller.command_topic, time_ns, signals["command"][:, order])
        )
    write_bag(bag, topics)
    return len(time)


def _read(table: Path, delimiter: str, skip_rows: int) -> np.ndarray:
    try:
        values = np.loadtxt(table, delimiter=delimiter, skiprows=skip_rows, ndmin=2)
    except OSError:
        raise BagError(f"There is no table at {table}.") from None
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise BagError(
            f"{table} is no table of numbers ({reason}): check --delimiter and --skip-rows."
        ) from None
    if len(values) < 2:
        raise BagError(f"{table} has {len(values)} rows, at least 2 are needed.")
    return values


def _columns(
    values: np.ndarray, columns: Tuple[int, ...], arm: Optional[Arm], name: str, table: Path
) -> Optional[np.ndarray]:
    """The named columns (rows, n), or None where none are named."""
    width = arm.num_joints if arm else 1
    if not columns:
        return None
    if len(columns) == 1:
        columns = tuple(range(columns[0], columns[0] + width))
    if len(columns) != width:
        raise BagError(f"--{name} names {len(columns)} columns, expected 1 or {width}.")
    if min(columns) < 1 or max(columns) > values.shape[1]:
        raise BagError(
            f"{name} stands in columns {min(columns)} to {max(columns)}, {table} has "
            f"{values.shape[1]} (counted from 1)."
        )
    return values[:, [column - 1 for column in columns]]
