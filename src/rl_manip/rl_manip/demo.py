"""``ros2 run rl_manip demo``: train, draw, run on the simulated arm, record, report."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Sequence

from rich.console import Console

from rl_manip.demo_stage import Stage, StageError, run_stage
from rl_manip.demo_summary import (
    BAG,
    EVALUATION,
    GAP,
    POLICY,
    TRAINING,
    summarise,
    summary_table,
    write_summary,
)
from rl_manip.ros_domain import free_domain
from rl_manip_description.paths import path_of

ARM = "ur5e"
PICTURES = "learned.gif"
PLAIN_WIDTH = 110  # of lines where there is no terminal to ask [characters]


def stages(run_dir: Path, goals: int, seed: int, train: Sequence[str]) -> list[Stage]:
    """The loop, each stage as a user would type it.

    Args:
      run_dir: folder of the run.
      goals: number of goals on the arm.
      seed: of training and goals.
      train: further arguments of train.launch.py, name:=value.
    """
    policy = str(run_dir / POLICY)
    launch, run = ("ros2", "launch", "rl_manip"), ("ros2", "run")
    return [
        Stage(
            "train",
            "Train reach with PPO and export it",
            [*launch, "train.launch.py", f"arm:={ARM}", f"seed:={seed}", f"run_dir:={run_dir}"]
            + list(train),
            run_dir / TRAINING,
        ),
        Stage(
            "render",
            "Draw what was learned",
            [*run, "rl_manip_train", "render", policy, "-o", str(run_dir / PICTURES)],
            run_dir / PICTURES,
        ),
        Stage(
            "evaluate",
            "Run the policy on the simulated arm and record it",
            [*launch, "evaluate.launch.py", f"arm:={ARM}", "hardware:=sim", f"policy:={policy}"]
            + [f"goals:={goals}", f"seed:={seed}", f"run_dir:={run_dir}"],
            run_dir / EVALUATION,
        ),
        Stage(
            "report",
            "Measure how far simulation and arm are apart",
            [*run, "rl_manip_gap", "report", str(run_dir / BAG), "-o", str((run_dir / GAP).parent)]
            + ["--arm", ARM, "--policy", policy],
            run_dir / GAP,
        ),
    ]


def main() -> int:
    """Entry point; the exit code is 1 where a stage fails, and 130 after Ctrl+C."""
    arguments = _parser().parse_args()
    if shutil.which("ros2") is None:
        print("demo: there is no command ros2; run 'source env/activate' first", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    begin = time.monotonic()
    try:
        run_dir = path_of(arguments.run_dir)
        _use_own_domain(console)
        _move_aside(run_dir, console)
        todo = stages(run_dir, arguments.goals, arguments.seed, arguments.train)
        durations = {
            stage.name: run_stage(
                stage, f"{i}/{len(todo)}", run_dir / "logs" / f"{stage.name}.log", console
            )
            for i, stage in enumerate(todo, start=1)
        }
        summary = summarise(run_dir)
        written = write_summary(summary, run_dir)
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 130
    except (StageError, OSError, ValueError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    console.print(summary_table(summary, durations))
    for what, path in (
        ("figures", written),
        ("pictures", run_dir / PICTURES),
        ("recording", summary["bag"]),
        ("report", summary["gap"]["report"]),
    ):
        console.print(f"{what:<10}{path}", highlight=False, soft_wrap=True)
    console.print(f"all of it in {time.monotonic() - begin:.0f} s", highlight=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__.split(": ", 1)[1])
    parser.add_argument("--run-dir", type=Path, default=Path("runs/demo"), help="folder of the run")
    parser.add_argument("--goals", type=int, default=20, help="goals on the arm")
    parser.add_argument("--seed", type=int, default=0, help="seed of training and goals")
    parser.add_argument("train", nargs="*", help="arguments of train.launch.py, name:=value")
    return parser


def _use_own_domain(console: Console) -> None:
    """Keep the demonstration apart from any robot or ROS system that runs already."""
    if "ROS_DOMAIN_ID" not in os.environ:
        os.environ["ROS_DOMAIN_ID"] = str(free_domain())
    console.print(f"ROS domain {os.environ['ROS_DOMAIN_ID']}", highlight=False)


def _move_aside(run_dir: Path, console: Console) -> None:
    """Make way for the run without losing an earlier one."""
    if run_dir.exists():
        aside = run_dir.with_name(f"{run_dir.name}-{time.strftime('%Y%m%d-%H%M%S')}")
        run_dir.rename(aside)
        console.print(f"the earlier {run_dir} is now {aside}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
