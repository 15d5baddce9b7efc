"""A recording and its simulation as tidy Parquet: one observation a row, units in the names."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Sequence

import numpy as np
import pyarrow
from pyarrow import parquet

from rl_manip_description import Arm, ToolPose
from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.metrics.figures import tool_poses

ARM, SIMULATED, DELAY_CORRECTED = "arm", "simulation", "simulation, delay corrected"
"""Where a row comes from."""


def write_tables(folder: Path, gap: Gap, arm: Arm) -> List[Path]:
    """Writes joints, tool, commands, errors and goals as one Parquet file each.

    Times are seconds since the bag's first message.
    """
    states, goals = gap.recording.states, gap.recording.goals
    names = gap.recording.joint_names
    runs = {SIMULATED: gap.replayed, DELAY_CORRECTED: gap.aligned}
    joints = [_by_joint(names, ARM, states.time, states.position, states.velocity, states.effort)]
    tool = [_of_tool(ARM, states.time, tool_poses(arm, states.position))]
    for source, run in runs.items():
        time = states.time[run.rows]
        joints.append(_by_joint(names, source, time, run.position, run.velocity))
        tool.append(_of_tool(source, time, tool_poses(arm, run.position)))
    errors = [
        pyarrow.table(
            {
                "time_s": states.time[run.rows],
                "source": _constant(source, len(run.rows)),
                "window": run.window,
                "tool_position_m": error.distance,
                "tool_orientation_rad": error.angle,
            }
        )
        for (source, run), error in zip(runs.items(), (gap.tool_errors, gap.tool_errors_aligned))
    ]
    tables = {
        "joints": pyarrow.concat_tables(joints),
        "tool": pyarrow.concat_tables(tool),
        "errors": pyarrow.concat_tables(errors),
        "goals": _of_tool("goal", goals.time, ToolPose(goals.pose[:, :3], goals.pose[:, 3:])),
    }
    if gap.commands_recorded:
        sent = gap.commands
        tables["commands"] = pyarrow.table(
            {
                "time_s": np.repeat(sent.time, len(names)),
                "joint": list(names) * len(sent.time),
                "velocity_rad_s": sent.velocity.ravel(),
            }
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        parquet.write_table(table, folder / f"{name}.parquet")
    return [folder / f"{name}.parquet" for name in tables]


def _by_joint(
    names: Sequence[str],
    source: str,
    time: np.ndarray,
    position: np.ndarray,
    velocity: np.ndarray,
    effort: Optional[np.ndarray] = None,
) -> pyarrow.Table:
    """A row for each joint at each time, from times (N,) and values (N, n)."""
    nothing = pyarrow.nulls(position.size, pyarrow.float64())
    return pyarrow.table(
        {
            "time_s": np.repeat(time, len(names)),
            "source": _constant(source, position.size),
            "joint": list(names) * len(time),
            "position_rad": position.ravel(),
            "velocity_rad_s": velocity.ravel(),
            "effort": nothing if effort is None else effort.ravel(),
        }
    )


def _of_tool(source: str, time: np.ndarray, pose: ToolPose) -> pyarrow.Table:
    """A row for each pose in the base frame."""
    values = np.hstack([pose.position, pose.quaternion])
    columns: Dict[str, np.ndarray] = {"time_s": time, "source": _constant(source, len(time))}
    for index, name in enumerate(("x_m", "y_m", "z_m", "qx", "qy", "qz", "qw")):
        columns[name] = np.ascontiguousarray(values[:, index])
    return pyarrow.table(columns)


def _constant(text: str, count: int) -> pyarrow.Array:
    return pyarrow.repeat(text, count)
