"""Reach from scratch to 95 %, and what training leaves of the simulation's rate."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from bench_report import machine, quartiles, write

from rl_manip_train.control import Control
from rl_manip_train.progress import make_reporter
from rl_manip_train.train_cfg import TrainCfg
from rl_manip_train.trainer import train

TARGET = 0.95
SEED = 0


def main() -> int:
    """Train once, print a table, and write training.json."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        cfg = TrainCfg(target_success=TARGET, seed=SEED, run_dir=Path(folder) / "run")
        summary = train(cfg, make_reporter("plain"), Control())
        lines = (cfg.run_dir / "metrics.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    reached = next((row for row in rows if row.get("eval/success_rate", 0.0) >= TARGET), None)
    collect = np.array([row["charts/collect_s"] for row in rows])
    update = np.array([row["charts/update_s"] for row in rows])
    steps = cfg.num_envs * cfg.ppo.horizon
    figures = {
        "arm": cfg.arm,
        "task": cfg.task,
        "target": TARGET,
        "reached_s": reached and reached["charts/wall_s"],
        "reached_env_steps": reached and reached["env_steps"],
        "held_s": summary["wall_s"],
        "success_rate": summary["success_rate"],
        "episodes": summary["episodes"],
        "env_steps_per_s": quartiles(steps / (collect + update)),
        "collect_steps_per_s": quartiles(steps / collect),
        "share_of_collecting": quartiles(collect / (collect + update)),
        "machine": machine(),
    }
    write("training", figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
