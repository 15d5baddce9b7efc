"""`ros2 run rl_manip_gap report BAG -o DIR`: the gap of one bag as a page and as JSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import tyro
from typing_extensions import Annotated

from rl_manip_gap.report.page import write_report
from rl_manip_sim.batch_sim import BackendError


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


def main() -> None:
    arguments = tyro.cli(ReportArguments, prog="report")
    try:
        if not 0.1 <= arguments.window <= 60.0:
            raise ValueError(f"--window is {arguments.window:g} s, expected 0.1 to 60 s.")
        written = write_report(
            arguments.bag,
            arguments.out,
            arguments.arm,
            arguments.policy,
            arguments.window,
            arguments.repeat,
            arguments.backend,
        )
    except (ValueError, OSError, BackendError) as error:
        sys.exit(f"report: {error}")
    print("\n".join(written.verdict))
    print(f"Report: {written.report}\nFigures: {written.json}")


if __name__ == "__main__":
    main()
