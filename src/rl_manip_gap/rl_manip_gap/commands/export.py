"""`ros2 run rl_manip_gap export BAG -o DIR`: a bag beside its simulation, for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro
from typing_extensions import Annotated

from rl_manip_description import load_arm
from rl_manip_description.model.own_kinematics import with_tool
from rl_manip_gap.commands import check_window, run_command
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.topic_choice import TopicChoice
from rl_manip_gap.replay.backend_twin import make_twin
from rl_manip_gap.report.export.gap_file import write_gap_file
from rl_manip_gap.report.export.tidy_tables import write_tables


@dataclass(frozen=True)
class ExportArguments:
    """Writes a recording and its simulation as MCAP (Foxglove, PlotJuggler, Rerun) and Parquet."""

    bag: Annotated[Path, tyro.conf.Positional]
    """rosbag2 folder or file (MCAP or sqlite3)."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Folder that gap.mcap and the Parquet files are written to."""
    arm: str = "ur5e"
    """Arm that was recorded."""
    window: float = 1.0
    """Time between re-synchronisations of the replay [s]."""
    backend: str = "mujoco"
    """Simulator of the replay: mujoco, mujoco_warp, isaacgym, or auto for the fastest here."""
    topics: Annotated[TopicChoice, tyro.conf.arg(name="")] = TopicChoice()


def main() -> None:
    run_command("export", ExportArguments, _export)


def _export(arguments: ExportArguments) -> None:
    check_window(arguments.window)
    arm = load_arm(arguments.arm)
    recording = read_recording(arguments.bag, arm, arguments.topics)
    arm = with_tool(arm, recording.tool)
    twin = make_twin(arm, arguments.backend)
    gap = measure_gap(recording, arm, twin, window=arguments.window)
    written = arguments.out / "gap.mcap"
    unknown = write_gap_file(written, gap, arm)
    tables = write_tables(arguments.out, gap, arm)
    if unknown:
        print(f"Left out, of types that the bag does not describe: {', '.join(unknown)}")
    print(f"Recorded and simulated: {written}")
    print(f"Tables: {', '.join(map(str, tables))}")


if __name__ == "__main__":
    main()
