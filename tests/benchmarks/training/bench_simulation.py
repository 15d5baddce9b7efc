"""Simulation with observation, reward, randomisation and resets against raw `Batch.step`.

Same model, substeps, threads and number of arms; blocks of steps take turns. Each raw block repeats
the one before it: from the same states, with the commands that reached the servos.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import time
from collections.abc import Callable

import mujoco
import mujoco.batch
import numpy as np
import torch
from written_figures import machine, quartiles, write

from rl_manip_description import load_arm
from rl_manip_sim.models.arm_model import build_arm_spec
from rl_manip_sim.randomization.randomization_cfg import load_randomization
from rl_manip_train.environment.environment import Environment
from rl_manip_train.settings.train_cfg import TrainCfg
from rl_manip_train.tasks import task_class

SIZES = (512, 1024)  # arms: as many as training takes by default, and twice that
BLOCKS = 11  # odd, so that the median is a block
STEPS = 25  # control steps of a block
ACTION_STD = 0.6  # of the first actions of a training run, over the velocity limit
TARGET = 0.70


def main() -> int:
    """Measure, print a table, and write simulation.json; "ratio" is that of the largest size."""
    torch.set_num_threads(1)
    figures = {"task": "reach", "arm": "ur5e", "steps_per_block": STEPS, "blocks": BLOCKS}
    for num_envs in SIZES:
        wall, cpu = measured(num_envs)
        steps = STEPS * num_envs
        figures[f"env_steps_per_s_{num_envs}"] = quartiles([steps / full for full, _ in wall])
        figures[f"raw_steps_per_s_{num_envs}"] = quartiles([steps / bare for _, bare in wall])
        figures[f"ratio_{num_envs}"] = quartiles([bare / full for full, bare in wall])
        figures[f"cpu_ratio_{num_envs}"] = quartiles([bare / full for full, bare in cpu])
    figures["ratio"] = figures[f"ratio_{SIZES[-1]}"]["median"]
    write("simulation", {**figures, "target": TARGET, "machine": machine()})
    return 0


def measured(num_envs: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Wall and processor times [s] of each block, everything included and raw."""
    cfg = TrainCfg()
    arm = load_arm(cfg.arm)
    task = task_class(cfg.task)(arm, num_envs, np.random.default_rng(cfg.seed))
    physics_dt = cfg.physics_dt or task.physics_dt
    environment = Environment(
        task,
        arm,
        "mujoco",
        num_envs,
        physics_dt,
        load_randomization(cfg.randomization),
        cfg.seed,
        staggered=True,
        num_threads=cfg.num_threads,
    )
    model = build_arm_spec(arm, physics_dt, visual=False).compile()
    raw = mujoco.batch.Batch(model, num_envs, cfg.num_threads)
    substeps = round(task.control_dt / physics_dt)
    generator = torch.Generator().manual_seed(cfg.seed)
    actions = ACTION_STD * torch.randn(STEPS, num_envs, arm.num_joints, generator=generator)
    simulated = environment.sim._batch
    control, raw_control = simulated.bind("ctrl"), raw.bind("ctrl")
    state = [(simulated.bind(name), raw.bind(name)) for name in ("qpos", "qvel", "act")]
    sent = np.zeros((STEPS, *control.shape))

    def full() -> None:
        for step, action in enumerate(actions):
            environment.step(action)
            sent[step] = control

    def bare() -> None:
        for commands in sent:
            raw_control[:] = commands
            raw.step(nstep=substeps)

    def copy_state() -> None:
        for source, target in state:
            target[:] = source
        raw.forward()

    wall, cpu = [], []
    full()  # the first resets find their memory
    for _ in range(BLOCKS):
        copy_state()
        full_time, bare_time = timed(full), timed(bare)
        wall.append((full_time[0], bare_time[0]))
        cpu.append((full_time[1], bare_time[1]))
    return wall, cpu


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and processor time of a call [s]."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu
