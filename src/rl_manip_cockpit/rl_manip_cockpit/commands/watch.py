"""``ros2 run rl_manip_cockpit watch``: a training run on a page, while it goes on and after."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro

from rl_manip_cockpit.commands import GIVEN_AS, PORTS, say_where, serve_command, warn
from rl_manip_cockpit.page.run_page import RunPage
from rl_manip_cockpit.simulated.checkpoint_arms import CheckpointArms
from rl_manip_cockpit.simulated.real_time import RealTime
from rl_manip_cockpit.simulated.watched_run import WatchedRun
from rl_manip_cockpit.state.access import Access
from rl_manip_train.commands import SEEDS, check_bounds

ARMS = (1, 16)
LOOK = 1.0  # [s] between two looks at the folder
PERIOD = 0.04
"""Between two pictures while there is no policy [s]."""
KINDEST = 19
"""Of `nice`: training goes first."""


@dataclass(frozen=True)
class WatchCommand:
    """Serve a page of a training run: curves, and the newest checkpoint's policy at work."""

    run_dir: tyro.conf.Positional[Path]
    """The run's folder; it need not exist yet."""
    arms: int = 4
    """Simulated arms that the newest policy moves, side by side."""
    seed: int = 0
    """Seed of start poses, goals and physics."""
    host: str = "127.0.0.1"
    """Address to serve the page on; nothing can be pressed on it."""
    port: int = 8080
    """Port to serve the page on; 0 takes any that is free."""


def main() -> None:
    """Entry point."""
    serve_command("watch", WatchCommand, serve)


def serve(command: WatchCommand) -> None:
    """Until the process is ended; nothing is read or simulated while no page is open."""
    os.nice(KINDEST)
    torch.set_num_threads(1)
    check_bounds(command, arms=ARMS, seed=SEEDS, port=PORTS)
    run = WatchedRun(command.run_dir)
    arms = CheckpointArms(command.run_dir, command.arms, command.seed)
    page = RunPage(command.host, command.port, warn, GIVEN_AS)
    page.show_run(run.look())
    say_where(command.host, page.port, Access("localhost"))
    clock, looked = RealTime(PERIOD), 0.0
    while True:
        if not page.is_watched:
            clock.rest(LOOK)
            continue
        if time.monotonic() - looked >= LOOK:
            looked = time.monotonic()
            page.show_run(run.look())
            arms.refresh()
            clock.period = arms.control_dt or PERIOD
        arms.advance()
        page.show_arms(arms.arm, arms.look(), arms.seen)
        clock.wait()


if __name__ == "__main__":
    main()
