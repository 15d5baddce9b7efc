"""A node of somebody's own asks for motion at 25 Hz: does the arm do what is asked for?

    python tests/faults/slow_requests.py [--seconds 120]

Simulated arm, guard and watchdog as real processes, one core kept busy. Requests are 0.3 rad/s of
one joint, to and fro, up to 10 ms early or late. What is judged begins 0.5 s after each turn.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import domain_coordinator
import numpy as np
from sensor_msgs.msg import JointState

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from arm_watch import ArmWatch
from deploy_stack import Stack
from punctual import punctual

PERIOD = 0.04  # [s]
JITTER = 0.01  # [s]
SPEED = 0.3  # [rad/s]
WAY = 2.0  # [s] in one direction
SETTLED = 0.5  # [s] after a turn
ENOUGH = 0.97  # of what is asked for


def run(seconds: float, seed: int) -> dict:
    """Least share of the speed that was asked for, of single commands and in the mean."""
    rng = np.random.default_rng(seed)
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    with ArmWatch() as watch, punctual(), Stack(watch) as stack:
        try:
            stack.arm()
            heard = len(watch.guard)
            publisher = watch.node.create_publisher(JointState, "/policy/command", 1)
            message = JointState(name=list(watch.arm.joint_names))
            begun = due = time.monotonic()
            asked = []  # (time, velocity)
            while due < begun + seconds:
                ahead = int((due - begun) / WAY) % 2 == 0
                message.velocity = [SPEED if ahead else -SPEED] + [0.0] * 5
                asked.append((time.monotonic(), message.velocity[0]))
                publisher.publish(message)
                due += PERIOD
                time.sleep(max(due + rng.uniform(-JITTER, JITTER) - time.monotonic(), 0.0))
            commands = [row for row in list(watch.commands) if row[0] > begun]
            stops = [said for said in watch.guard[heard:] if not said.startswith("armed")]
        finally:
            busy.kill()
    return {**judge(asked, commands), "stops": stops}


def judge(asked: list, commands: list) -> dict:
    """Compares requests and commands, both (time, velocity)."""
    sent, wanted = (np.array(column) for column in zip(*asked))
    times = np.array([row[0] for row in commands])
    got = np.array([row[1][0] for row in commands])
    which = np.searchsorted(sent, times, side="right") - 1
    turns = sent[np.flatnonzero(np.diff(wanted, prepend=0.0))]
    settled = (which >= 0) & (times - turns[np.searchsorted(turns, times) - 1] > SETTLED)
    share = got[settled] / wanted[which[settled]]
    return {
        "commands": len(share),
        "mean share [1]": float(share.mean()),
        "least share [1]": float(share.min()),
    }


def main() -> int:
    """0 where the arm did what was asked for, and never the opposite."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=0, help="of the jitter")
    arguments = parser.parse_args()
    with domain_coordinator.domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        found = run(arguments.seconds, arguments.seed)
    print(f"{arguments.seconds:g} s of requests at 25 Hz, load {os.getloadavg()[0]:.1f}: {found}")
    kept = found["mean share [1]"] >= ENOUGH and found["least share [1]"] >= 0.0
    return 0 if kept and not found["stops"] else 1


if __name__ == "__main__":
    sys.exit(main())
