"""Injects faults into the running deployment stack, measures how the arm stops, prints a table.

    python tests/faults/fault_injection.py [--repeats 20] [--seed 0] [FAULT ...]

Real processes on a simulated arm: sim_arm_node, velocity_guard_node, guard_watchdog_node, and for
some faults policy_node, with the parameters of deploy_real.launch.py; or that launch file itself.
Every injection happens while the arm moves, up to 1.5 rad/s, as fast as the shipped policies.
Single measurements go to stderr as they come.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import domain_coordinator
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from arm_watch import ArmWatch
from company_faults import COMPANY_FAULTS
from deploy_stack import Stack
from faults import FAULTS, LAUNCH_FAULTS
from injection import stop_of_a_moving_arm
from launched_stack import LaunchBesideDriver, LaunchedStack
from punctual import punctual
from stop_measurement import Stop, table
from terminal_faults import PORT_FAULTS, TERMINAL_FAULTS

GROUPS = (FAULTS, COMPANY_FAULTS, LAUNCH_FAULTS, TERMINAL_FAULTS, *PORT_FAULTS.values())
BOUNDS = {name: fault.bound for group in GROUPS for name, fault in group.items()}


def injections(
    watch: ArmWatch, faults: list[str], repeats: int, seed: int, **guard
) -> Iterator[tuple[str, Stop]]:
    """Every fault so many times, at random moments of the motion, and how the arm stopped."""
    rng = np.random.default_rng(seed)
    stacks = (
        lambda: Stack(watch, **guard),
        lambda: Stack(watch, **guard),
        lambda: LaunchedStack(watch),
        lambda: LaunchBesideDriver(watch),
        *(partial(LaunchBesideDriver, watch, port) for port in PORT_FAULTS),
    )
    for known, make_stack in zip(GROUPS, stacks):
        chosen = [name for name in faults if name in known]
        if not chosen:
            continue
        with punctual(), make_stack() as stack:
            for name in chosen:
                for _ in range(repeats):
                    stop = stop_of_a_moving_arm(known[name], stack, rng)
                    print(f"{name}: {stop}", file=sys.stderr, flush=True)
                    yield name, stop


def main() -> int:
    """0 where every injection ended with an arm at rest in time."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(BOUNDS))
    parser.add_argument("--repeats", type=int, default=20, help="injections per fault")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of injection")
    parser.add_argument("--json", type=Path, help="file for every single measurement")
    parser.add_argument(
        "--guard", nargs="*", default=[], metavar="NAME=VALUE", help="other parameters of the guard"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.faults if name not in BOUNDS]
    if unknown:
        parser.error(f"unknown fault {unknown[0]!r}: choose from {', '.join(BOUNDS)}")
    with domain_coordinator.domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        with ArmWatch() as watch:
            return report(watch, arguments)


def report(watch: ArmWatch, arguments: argparse.Namespace) -> int:
    """Injects, prints and judges; what was measured is told also where an injection fails."""
    guard = dict(word.split("=", 1) for word in arguments.guard)
    faults = arguments.faults or list(BOUNDS)
    stops: dict[str, list[Stop]] = {}
    try:
        for name, stop in injections(watch, faults, arguments.repeats, arguments.seed, **guard):
            stops.setdefault(name, []).append(stop)
    finally:
        print(table(stops, BOUNDS, watch))
        if arguments.json:
            found = {fault: [vars(stop) for stop in each] for fault, each in stops.items()}
            arguments.json.write_text(json.dumps(found, indent=1))
    broken = [
        f"{fault}: {said}"
        for fault, each in stops.items()
        for stop in each
        if (said := BOUNDS[fault].broken_by(stop, watch))
    ]
    print("\n".join(broken) or "every arm came to rest in time")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
