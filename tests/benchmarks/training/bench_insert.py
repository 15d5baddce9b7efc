"""Insertion by a policy and by a scripted spiral search: the same holes, noise and seeds for all.

    python tests/benchmarks/run.py insert [--policy policies/ur5e_insert/policy.onnx]
        [--episodes 200] [--clearances 0.002 0.001 0.0005] [--seconds 12 30] [--seed 100]
        [--randomization contact]

For each clearance [m]: share of holes filled at the end of an episode, time until then, and the
95th percentile of the contact force over all control steps in which the peg touches something. Of
all, in MuJoCo, with the ranges given but for the clearance. The policy has the first of the times,
which it was trained for, as has the task's guide, which sees the true hole; the search, which takes
longer, has each of them.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch
from spiral_search import SpiralSearch
from written_figures import machine, write

from rl_manip_description import load_arm
from rl_manip_description.wilson import wilson_interval
from rl_manip_sim.randomization.randomization_cfg import (
    RandomizationCfg,
    Range,
    load_randomization,
)
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.evaluation import Act, run_episodes
from rl_manip_train.policy.onnx_policy import load_onnx_policy
from rl_manip_train.tasks.insert import InsertCfg, InsertTask

TOUCHES = 0.5  # [N]


class Felt:
    """Acts as another does, and notes the true contact forces."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self.forces: list[torch.Tensor] = []

    def __call__(self, environment: Environment) -> tuple[torch.Tensor, ...]:
        self.forces.append(environment.sim.wrench[:, :3].norm(dim=1).clone())
        return self._act(environment)

    def percentile(self, share: float) -> float:
        """Of the forces of contact [N]; 0 where nothing was touched."""
        force = torch.cat(self.forces)
        touching = force[force > TOUCHES].numpy()
        return float(np.percentile(touching, share)) if len(touching) else 0.0


def guided(environment: Environment) -> tuple[torch.Tensor, ...]:
    """Commands of the task's guide."""
    task = environment.task
    return task.action_model(task.guide(environment.sim), environment.sensors.joint_position)


def tried(
    act: Act, ranges: RandomizationCfg, seconds: float, episodes: int, seed: int
) -> dict[str, Any]:
    """What comes of one way to act."""
    arm, felt = load_arm("ur5e"), Felt(act)
    task = InsertTask(arm, episodes, np.random.default_rng(seed), InsertCfg(episode_s=seconds))
    ends = run_episodes(
        felt, Environment(task, arm, "mujoco", episodes, 0.0, ranges, seed, num_threads=1)
    )
    success = ends.met & ends.intact
    met = int(success.sum())
    return {
        "episodes": episodes,
        "success_rate": met / episodes,
        "success_interval": list(wilson_interval(met, episodes)),
        "stopped_rate": int((~ends.intact).sum()) / episodes,
        "mean_time_s": float(ends.met_since[success].mean()) if met else None,
        "force_95_n": felt.percentile(95.0),
        "force_99_n": felt.percentile(99.0),
    }


def main() -> int:
    """0 when every row is written."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--policy", default="policies/ur5e_insert/policy.onnx")
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--clearances", type=float, nargs="+", default=[2e-3, 1e-3, 5e-4])
    parser.add_argument("--seconds", type=float, nargs="+", default=[12.0, 30.0])
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--randomization", default="contact")
    options = parser.parse_args()
    torch.set_num_threads(1)
    ways: list[tuple[str, float, Callable[[], Act]]] = [
        ("spiral search", seconds, lambda: SpiralSearch(load_arm("ur5e")))
        for seconds in options.seconds
    ]
    ways.append(("guide", options.seconds[0], lambda: guided))
    if Path(options.policy).is_file():
        ways.append(("policy", options.seconds[0], lambda: load_onnx_policy(options.policy).act))
    else:
        print(f"no policy at {options.policy}: the others alone")
    drawn_from = load_randomization(options.randomization)
    rows = []
    for clearance in options.clearances:
        ranges = replace(drawn_from, hole_clearance=Range(clearance, clearance))
        for name, seconds, make in ways:
            row = tried(make(), ranges, seconds, options.episodes, options.seed)
            rows.append({"clearance_m": clearance, "by": name, "episode_s": seconds, **row})
            time = row["mean_time_s"]
            print(
                f"{1e3 * clearance:.1f} mm  {name:13s} in {seconds:g} s: "
                f"{100 * row['success_rate']:5.1f} % filled, "
                f"{'never' if time is None else f'after {time:.1f} s'}, "
                f"95 % of contact forces below {row['force_95_n']:.1f} N, "
                f"{100 * row['stopped_rate']:.1f} % stopped",
                flush=True,
            )
    write("insert", {"machine": machine(), "options": vars(options), "rows": rows})
    return 0
