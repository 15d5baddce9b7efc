"""A table as a logger writes it, of an arm that swings."""

from typing import NamedTuple

import numpy as np


def motion(arm, rows=400, period=0.01):
    """Time [s], positions [rad] and velocities [rad/s] of an arm that swings."""
    time = 300.0 + period * np.arange(rows)
    phase = 2.0 * np.pi * 0.3 * (time - time[0])[:, None] + np.arange(6)
    amplitude = 0.2
    position = arm.home + amplitude * np.sin(phase)
    return time, position, amplitude * 2.0 * np.pi * 0.3 * np.cos(phase)


class Way(NamedTuple):
    """How a table is written."""

    delimiter: str = ","
    decimal: str = "."
    header: bool = False
    mark: bytes = b""
    ending: str = "\n"
    time: float = 1.0  # times the seconds
    since: float = 0.0  # [s] added to the time
    angle: float = 1.0  # times the radians
    encoding: str = "utf-8"


HEADER = ["timestamp", *(f"actual_q_{k}" for k in range(6)), *(f"actual_qd_{k}" for k in range(6))]


AS_USUAL = Way()


def write(path, arm, way=AS_USUAL, change=None):
    time, position, velocity = motion(arm)
    values = np.column_stack(
        [(time + way.since) * way.time, position * way.angle, velocity * way.angle]
    )
    if change is not None:
        change(values)
    lines = [way.delimiter.join(f"{x:.9f}" for x in row) for row in values]
    lines = [line.replace(".", way.decimal) if way.decimal != "." else line for line in lines]
    lines = [way.delimiter.join(HEADER), *lines] if way.header else lines
    text = way.ending.join(lines) + way.ending
    path.write_bytes(way.mark + text.encode(way.encoding))
    return path
