"""`ros2 run rl_manip_gap export BAG -o DIR`: a bag beside its simulation, for other programs.

With `--lerobot DIR` its goals as episodes that a policy can be learnt from, too, or these alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import tyro
from typing_extensions import Annotated

from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import Arm, load_arm
from rl_manip_description.model.own_kinematics import with_tool
from rl_manip_gap.commands import check_window, run_command
from rl_manip_gap.compare.measure import measure_gap
from rl_manip_gap.recording.recording import Recording, read_recording
from rl_manip_gap.recording.topic_choice import TopicChoice
from rl_manip_gap.replay.backend_twin import make_twin
from rl_manip_gap.report.export.gap_file import write_gap_file
from rl_manip_gap.report.export.lerobot_dataset import check_new_folder, write_lerobot_dataset
from rl_manip_gap.report.export.lerobot_episodes import Episodes, recorded_episodes
from rl_manip_gap.report.export.tidy_tables import write_tables


@dataclass(frozen=True)
class ExportArguments:
    """Writes a recording and its simulation as MCAP (Foxglove, PlotJuggler, Rerun) and Parquet, or
    the recording as a LeRobotDataset."""

    bag: Annotated[Path, tyro.conf.Positional]
    """rosbag2 folder or file (MCAP or sqlite3)."""
    out: Annotated[Optional[Path], tyro.conf.arg(aliases=["-o"])] = None
    """Folder that gap.mcap and the Parquet files are written to."""
    lerobot: Optional[Path] = None
    """New folder for a LeRobotDataset (v3.0) of the recording: an episode for each goal."""
    arm: str = "ur5e"
    """Arm that was recorded."""
    window: float = 1.0
    """Time between re-synchronisations of the replay [s]."""
    backend: str = "mujoco"
    """Simulator of the replay: mujoco, mujoco_warp, isaacgym, or auto for the fastest here."""
    fps: Optional[int] = None
    """Of the LeRobotDataset: frames per second; not given: the policy's rate, or the commands'."""
    task: str = ""
    """Of the LeRobotDataset: the task in words; empty: the arm's name and the policy's task."""
    policy: Optional[Path] = None
    """Of the LeRobotDataset: policy (ONNX) that drove the arm, which says when a goal is met."""
    topics: Annotated[TopicChoice, tyro.conf.arg(name="")] = TopicChoice()


def main() -> None:
    run_command("export", ExportArguments, _export)


def _export(arguments: ExportArguments) -> None:
    _check_what_to_write(arguments)
    check_window(arguments.window)
    if arguments.lerobot is not None:
        check_new_folder(arguments.lerobot)
    arm = load_arm(arguments.arm)
    policy = load_policy(arguments.policy, arm) if arguments.policy else None
    arm = policy.arm if policy else arm  # the policy says which gripper it carries
    recording = read_recording(arguments.bag, arm, arguments.topics)
    arm = with_tool(arm, recording.tool)
    episodes = (
        recorded_episodes(recording, arm, policy, arguments.fps, arguments.task)
        if arguments.lerobot is not None
        else None
    )
    if arguments.out is not None:
        _write_gap(arguments.out, recording, arm, arguments.window, arguments.backend)
    if arguments.lerobot is not None and episodes is not None:
        _write_episodes(arguments.lerobot, episodes)


def _check_what_to_write(arguments: ExportArguments) -> None:
    if arguments.out is None and arguments.lerobot is None:
        raise ValueError("There is nothing to write: give -o DIR, --lerobot DIR or both.")
    if arguments.lerobot is None and (arguments.fps is not None or arguments.task):
        raise ValueError("--fps and --task are of the LeRobotDataset: give --lerobot DIR, too.")
    if arguments.lerobot is not None and arguments.lerobot == arguments.out:
        raise ValueError(f"-o and --lerobot are both {arguments.out}: give each its own folder.")


def _write_gap(out: Path, recording: Recording, arm: Arm, window: float, backend: str) -> None:
    gap = measure_gap(recording, arm, make_twin(arm, backend), window=window)
    written = out / "gap.mcap"
    unknown = write_gap_file(written, gap, arm)
    tables = write_tables(out, gap, arm)
    if unknown:
        print(f"Left out, of types that the bag does not describe: {', '.join(unknown)}")
    print(f"Recorded and simulated: {written}")
    print(f"Tables: {', '.join(map(str, tables))}")


def _write_episodes(folder: Path, recorded: Episodes) -> None:
    write_lerobot_dataset(folder, recorded)
    doubtful = [str(i) for i, episode in enumerate(recorded.episodes) if episode.doubtful]
    if doubtful:
        print(
            f"Joint states pause, or the robot was kept from moving, in episodes "
            f"{', '.join(doubtful)}: their frames repeat the last values."
        )
    print(
        f"LeRobotDataset of {len(recorded.episodes)} episodes at {recorded.fps} frames per second: "
        f"{folder}"
    )


if __name__ == "__main__":
    main()
