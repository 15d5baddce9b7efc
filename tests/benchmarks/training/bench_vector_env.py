"""Environment steps per second against Stable-Baselines3's SubprocVecEnv with two workers.

The same arm, time steps and random actions; ours draws physics and signals at random besides, and
computes the whole reward. Blocks take turns.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import time

import numpy as np
import torch
from peer_packages import add_peer_packages
from written_figures import machine, quartiles, write

from rl_manip_description import load_arm
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_train.environment.environment import Environment
from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks import task_class

WORKERS = 2
OUR_STEPS, THEIR_STEPS = 20, 800  # control steps of a block, each of every environment
BLOCKS = 9
TARGET = 2.0


def main() -> int:
    """Measure, print a table, and write vector_env.json."""
    torch.set_num_threads(1)
    add_peer_packages()
    from reach_gym_env import ReachGymEnv
    from stable_baselines3.common.vec_env import SubprocVecEnv

    cfg, arm = TrainCfg(), load_arm("ur5e")
    task = task_class("reach")(arm, cfg.num_envs, np.random.default_rng(0))
    physics_dt = task.physics_dt
    substeps = round(task.control_dt / physics_dt)
    limit = float(task.velocity_limit[0])
    ranges = load_randomization("default")
    ours = Environment(
        task, arm, "mujoco", cfg.num_envs, physics_dt, ranges, 0, True, num_threads=WORKERS
    )
    theirs = SubprocVecEnv([lambda: ReachGymEnv(physics_dt, substeps, limit)] * WORKERS)
    generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
    our_actions = 0.6 * torch.randn(OUR_STEPS, cfg.num_envs, 6, generator=generator)
    their_actions = 0.6 * rng.standard_normal((THEIR_STEPS, WORKERS, 6)).astype(np.float32)
    theirs.reset()
    our_rate, their_rate = [], []
    try:
        for block in range(BLOCKS + 1):
            begin = time.perf_counter()
            for action in our_actions:
                ours.step(action)
            middle = time.perf_counter()
            for action in their_actions:
                theirs.step(action)
            end = time.perf_counter()
            if block:  # the first one finds its memory
                our_rate.append(OUR_STEPS * cfg.num_envs / (middle - begin))
                their_rate.append(THEIR_STEPS * WORKERS / (end - middle))
    finally:
        theirs.close()
    ratio = [our / their for our, their in zip(our_rate, their_rate)]
    figures = {
        "arm": arm.name,
        "our_environments": cfg.num_envs,
        "our_env_steps_per_s": quartiles(our_rate),
        "subproc_vec_env_workers": WORKERS,
        "subproc_vec_env_steps_per_s": quartiles(their_rate),
        "ratio": quartiles(ratio),
        "target": TARGET,
        "machine": machine(),
    }
    write("vector_env", figures)
    return 0
