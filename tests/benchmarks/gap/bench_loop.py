"""Does the loop pay? Policies trained with identified ranges against default ranges and none.

Ten hidden arms. For each, one policy trained with the ranges that identification wrote from one
excitation bag of that arm; for all, policies trained with the default ranges and with the nominal
model, on the same budget. Every policy drives the arm that it is for, and every shared policy every
arm, through policy follower and velocity guard at 500 Hz, to the same goals in the same order. The
differences are paired by arm.

About an hour of one core. What is done is kept in runs/bench/, so that it can be stopped and
started again.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import numpy as np
import torch
from hidden_arms import SEEDS, fit_folder, fitted, hidden_arm
from rich.console import Console
from written_figures import FOLDER, machine, write

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import Policy, load_policy
from rl_manip_description import Arm, HalfShell, load_arm
from rl_manip_gap.compare.gap_json import write_json
from rl_manip_gap.metrics.intervals import bootstrap
from rl_manip_gap.testing.headless_arm import ArmStopped, HeadlessArm
from rl_manip_sim.stand_in.simulated_arm import CYCLE
from rl_manip_train.run.control import Control
from rl_manip_train.run.monitoring.progress import make_reporter
from rl_manip_train.run.trainer import train
from rl_manip_train.settings.default_cfg import default_cfg

SHARED = {"default": (0, 1), "none": (0, 1)}  # randomisation of the policies for all arms: seeds
ENV_STEPS = 500_000  # of every training
GOALS = 25  # for each arm
GOAL_TIME = 2.5  # for each goal, met or not [s]
CLOSE = 0.005  # a stricter criterion beside the task's own [m]
LOOP = FOLDER / "loop"
FIGURES = ("success", "within 5 mm", "time to goal [s]", "final distance [mm]")


def main() -> int:
    """Fit, train, drive, print a table, and write loop.json."""
    torch.set_num_threads(1)
    arm = load_arm("ur5e")
    say = Console(stderr=True).log
    for seed in SEEDS:
        fitted(arm, seed)
    for kind, seeds in SHARED.items():
        for seed in seeds:
            say(f"policy {kind} {seed}")
            policy(kind, seed)
    for seed in SEEDS:
        say(f"policy identified {seed}")
        policy(str(fit_folder(seed) / "randomization.yaml"), seed, f"identified_{seed}")
    results = {}
    for seed in SEEDS:
        say(f"arm {seed}")
        shared = {
            kind: np.mean([driven(arm, seed, policy(kind, s)) for s in seeds], axis=0)
            for kind, seeds in SHARED.items()
        }
        own = policy("", seed, f"identified_{seed}")
        results[seed] = {"identified": driven(arm, seed, own), **shared}
    write("loop", {**_figures(results), **_setting(), "machine": machine()})
    return 0


def policy(randomization: str, seed: int, name: str = "") -> Path:
    """The policy file of a training, which is made where it is not there yet."""
    run_dir = LOOP / "policies" / (name or f"{randomization}_{seed}")
    file = run_dir / "policy.onnx"
    if file.exists():
        return file
    shutil.rmtree(run_dir, ignore_errors=True)  # one that was interrupted
    cfg = replace(
        default_cfg(),
        randomization=randomization,
        seed=seed,
        run_dir=run_dir,
        max_env_steps=ENV_STEPS,
        target_success=1.0,
        eval_interval=100_000,
        eval_episodes=128,
        final_episodes=128,
        checkpoint_interval=10 * ENV_STEPS,
        num_threads=1,
    )
    train(cfg, make_reporter("plain"), Control())
    return file


def driven(arm: Arm, seed: int, file: Path) -> np.ndarray:
    """What a policy achieves on a hidden arm, in the order of FIGURES; kept beside the policy.

    Goals that are not met count with GOAL_TIME, so that a policy cannot win time by missing.
    """
    kept = file.with_name(f"arm_{seed}.json")
    if not kept.exists():
        write_json(kept, _drive(arm, seed, load_policy(file, arm)))
    outcomes = json.loads(kept.read_text())
    times = [GOAL_TIME if o["time_s"] is None else o["time_s"] for o in outcomes]
    return np.array(
        [
            np.mean([o["time_s"] is not None for o in outcomes]),
            np.mean([o["close"] for o in outcomes]),
            np.mean(times),
            1e3 * np.mean([o["distance_m"] for o in outcomes]),
        ]
    )


def _drive(arm: Arm, seed: int, driver: Policy) -> list[dict[str, Any]]:
    """One outcome per goal; an arm that hits something has failed that goal and starts at home."""
    metadata = driver.metadata
    region = HalfShell.from_dict(metadata.goal_region)
    goals = region.sample(GOALS, np.random.default_rng(1000 + seed))
    headless = HeadlessArm(arm, hidden_arm(arm, seed), seed)
    follower = GoalFollower(driver)
    outcomes = []
    for goal in goals:
        follower.goal.take(metadata.base_frame, [*goal, 0.0, 0.0, 0.0, 1.0])
        try:
            time, position, velocity = _follow(headless, follower, metadata.control_dt)
        except ArmStopped:
            outcomes.append({"time_s": None, "close": False, "distance_m": 0.5})
            headless = HeadlessArm(arm, hidden_arm(arm, seed), seed)
            continue
        tool = arm.forward_kinematics(position).position
        speed = np.linalg.norm(
            np.einsum("kij,kj->ki", arm.jacobian(position)[:, :3], velocity), axis=1
        )
        limit = metadata.success
        distance, slow = np.linalg.norm(tool - goal, axis=1), speed < limit.speed_m_s
        outcomes.append(
            {
                "time_s": _first(time, (distance < limit.distance_m) & slow),
                "close": _first(time, (distance < CLOSE) & slow) is not None,
                "distance_m": float(distance[-1]),
            }
        )
    return outcomes


def _first(time: np.ndarray, met: np.ndarray) -> Optional[float]:
    """The first of times (k,) at which something is met; None where it never is."""
    return float(time[met][0]) if met.any() else None


def _follow(headless: HeadlessArm, follower: GoalFollower, control_dt: float) -> tuple:
    """The arm's motion (k,), (k, n), (k, n) after a goal was set: time [s], position, velocity."""
    every = round(control_dt / CYCLE)
    start = headless.time
    time, position, velocity = [], [], []
    request = np.zeros(headless.arm.num_joints)
    for cycle in range(round(GOAL_TIME / CYCLE)):
        if cycle % every == 0:
            reading = headless.reading
            follower.on_joint_state(
                headless.arm.joint_names, reading.position, reading.velocity, headless.time
            )
            request = follower.act(headless.time).joint_velocity
        reading = headless.step(request)
        time.append(headless.time - start)
        position.append(reading.position)
        velocity.append(reading.velocity)
    return np.array(time), np.array(position), np.array(velocity)


def _figures(results: dict[int, dict[str, np.ndarray]]) -> dict[str, Any]:
    """Means over the arms and paired differences, each with a 95 % interval over the arms."""
    kinds = ("identified", *SHARED)
    table = {kind: np.array([results[seed][kind] for seed in SEEDS]) for kind in kinds}
    shown: dict[str, Any] = {}
    for column, figure in enumerate(FIGURES):
        for kind in kinds:
            shown[f"{figure}, {kind}"] = _interval(table[kind][:, column])
        for kind in SHARED:
            difference = table["identified"][:, column] - table[kind][:, column]
            shown[f"{figure}, identified - {kind}"] = _interval(difference)
    return shown


def _interval(values: np.ndarray) -> dict[str, float]:
    """Mean over the arms (A,) and its interval by bootstrap over the arms."""
    sums = np.column_stack([np.ones(len(values)), values])
    mean, ends = bootstrap(sums, lambda s: s[..., 1] / s[..., 0])
    return {"mean": float(mean), "low": float(ends[0]), "high": float(ends[1])}


def _setting() -> dict[str, Any]:
    return {
        "arms": len(SEEDS),
        "goals per arm": GOALS,
        "time per goal [s]": GOAL_TIME,
        "trainings per shared policy": len(SHARED["default"]),
        "control steps per training": ENV_STEPS,
    }
