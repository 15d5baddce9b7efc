"""`ros2 run rl_manip_gap report BAG -o DIR`: the gap of one bag as a page and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import tyro
from typing_extensions import Annotated

from rl_manip_gap.commands import check_window, run_command
from rl_manip_gap.recording.topic_choice import TopicChoice
from rl_manip_gap.report.page import write_report


@dataclass(frozen=True)
class ReportArguments:
    """Measures how far simulation and arm are apart in a recording."""

    bag: Annotated[Path, tyro.conf.Positional]
    """rosbag2 folder or file (MCAP or sqlite3)."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Folder that report.html and gap.json are written to."""
    arm: str = "ur5e"
    """Arm that was recorded."""
    policy: Optional[Path] = None
    """Policy (ONNX) that drove it: its goals are rerun, its inputs compared with training."""
    window: float = 1.0
    """Time between re-synchronisations of the replay [s]."""
    backend: str = "mujoco"
    """Simulator of the replay: mujoco, mujoco_warp, isaacgym, or auto for the fastest here."""
    repeat: Optional[Path] = None
    """Another bag of the same arm in the same motion: below its difference a gap means nothing."""
    topics: Annotated[TopicChoice, tyro.conf.arg(name="")] = TopicChoice()


def main() -> None:
    run_command("report", ReportArguments, _report)


def _report(arguments: ReportArguments) -> None:
    check_window(arguments.window)
    written = write_report(
        arguments.bag,
        arguments.out,
        arguments.arm,
        arguments.policy,
        arguments.window,
        arguments.repeat,
        arguments.backend,
        arguments.topics,
    )
    print("\n".join(written.verdict))
    print(f"Report: {written.report}\nFigures: {written.json}")


if __name__ == "__main__":
    main()
