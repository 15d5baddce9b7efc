"""Time and control steps to 95 % on a task, ours against rsl_rl and Stable-Baselines3.

Each training is a process of its own, see peer_training.py; seed after seed the learners take
turns. `make bench BENCH='learners --task grasp --seconds 600 --learners "ours ppo"'` for some.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from peer_packages import add_peer_packages
from peer_training import LEARNERS
from written_figures import machine, write

from rl_manip_train.tasks import TASKS

PEER_TRAINING = Path(__file__).resolve().parents[1] / "peers" / "peer_training.py"


def main() -> int:
    """Train, print a table, and write learners_<task>.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="reach", choices=TASKS)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=360.0, help="longest training [s]")
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS), choices=LEARNERS)
    asked = parser.parse_args()
    add_peer_packages()
    found: dict[str, list[dict[str, Any]]] = {learner: [] for learner in asked.learners}
    for seed in range(asked.seeds):
        for learner in asked.learners:
            settings = [asked.task, learner, str(seed), str(asked.seconds)]
            command = [sys.executable, PEER_TRAINING, *settings]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[learner].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"{learner}, seed {seed}: {found[learner][-1]}", flush=True)
            write(f"learners_{asked.task}", figures(asked.task, found, asked.seconds))
    return 0


def figures(task: str, found: dict[str, list[dict[str, Any]]], seconds: float) -> dict[str, Any]:
    """Per learner, and the trainings themselves; one that did not get there counts as infinite."""
    made: dict[str, Any] = {"arm": "ur5e", "task": task, "target": 0.95, "longest_s": seconds}
    for learner, trainings in found.items():
        reached = [one["reached"] for one in trainings if one["reached"]]
        made[learner] = f"{len(reached)} of {len(trainings)} reached it"
        for name in ("s", "env_steps"):
            values = [one[name] for one in reached]
            values += [float("inf")] * (len(trainings) - len(reached))
            made[f"{learner}, {name}"] = (
                f"{np.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"
                if values
                else "not run"
            )
    return {**made, "trainings": json.dumps(found), "machine": machine()}
