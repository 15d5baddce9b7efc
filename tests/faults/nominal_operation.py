"""Nominal operation with one core kept busy: counts the stops, of which there must be none.

    python tests/faults/nominal_operation.py [--minutes 10]

Simulated arm, guard, watchdog, policy node and recorder as real processes; goal after goal.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import domain_coordinator
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from arm_watch import ArmWatch
from deploy_stack import Stack
from punctual import punctual

GOALS = ([0.45, 0.3, 0.3], [0.45, -0.3, 0.5])
REACHED = 0.02  # [m]
LONGEST = 6.0  # [s] for one goal


def run(minutes: float, folder: str) -> dict:
    """What happened in so many minutes."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    with ArmWatch() as watch, punctual(), Stack(watch) as stack:
        recorder = subprocess.Popen(
            ["ros2", "bag", "record", "-s", "mcap", "-o", f"{folder}/bag", "/joint_states"]
            + ["/policy/command", "/velocity_guard_node/sent"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            stack.start_policy()
            stack.arm()
            heard, goals, longest = len(watch.guard), 0, 0.0
            latest = time.monotonic() + 60.0 * minutes
            while time.monotonic() < latest:
                goal, begun = GOALS[goals % 2], time.monotonic()
                watch.send_goal(goal)
                while watch.tool_distance(goal) > REACHED and time.monotonic() - begun < LONGEST:
                    time.sleep(0.01)
                    if watch.guard[-1].startswith("stopped"):
                        stack.arm()
                        watch.send_goal(goal)
                goals += 1
                recent = np.array([t for t in list(watch.requests)[-2000:] if t > begun])
                longest = max(longest, float(np.diff(recent).max(initial=0.0)))
            stops = [said for said in watch.guard[heard:] if said.startswith("stopping")]
        finally:
            busy.kill()
            recorder.send_signal(signal.SIGINT)
            recorder.wait(30.0)
    return {"goals": goals, "stops": stops, "longest time between two commands [ms]": 1e3 * longest}


def main() -> int:
    """0 where the guard never stopped the arm."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    arguments = parser.parse_args()
    with domain_coordinator.domain_id() as domain, tempfile.TemporaryDirectory() as folder:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        found = run(arguments.minutes, folder)
    load = os.getloadavg()[0]
    print(f"{arguments.minutes:g} minutes, one core busy, load {load:.1f} at the end: {found}")
    return 1 if found["stops"] else 0


if __name__ == "__main__":
    sys.exit(main())
