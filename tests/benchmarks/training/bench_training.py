"""What training leaves of the simulation's rate: everything included against simulation alone.

Blocks take turns: iterations of PPO, which explore, learn and normalise; the same number of steps
of an environment of its own, with observation, reward, randomisation and resets, under random
actions; and of its simulator alone.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch
from bench_simulation import timed
from peer_training import environment_of
from written_figures import machine, quartiles, write

from rl_manip_train.algorithms.learners import make_learner
from rl_manip_train.algorithms.optimization.finite_guard import FiniteGuard
from rl_manip_train.settings.default_cfg import default_cfg

BLOCKS = 15  # odd, so that the median is a block
ITERATIONS = 2  # of PPO in a block
LEARNED_BEFORE = 10  # iterations, after which episodes are as in most of a training
TARGET = 0.5


def main() -> int:
    """Measure, print a table, and write training.json."""
    torch.set_num_threads(1)
    cfg = default_cfg()
    learner = make_learner(cfg, environment_of(cfg.task, cfg.num_envs, 0), FiniteGuard(_unexpected))
    environment = environment_of(cfg.task, cfg.num_envs, 1)
    steps = ITERATIONS * cfg.ppo.horizon
    generator = torch.Generator().manual_seed(0)
    shape = (steps, cfg.num_envs, environment.task.action_width)
    actions = cfg.ppo.initial_std * torch.randn(shape, generator=generator)
    commands = environment.task.velocity_limit * actions.clamp(-1.0, 1.0)

    def train() -> None:
        for _ in range(ITERATIONS):
            learner.collect()
            learner.update()

    def simulate() -> None:
        for action in actions:
            environment.step(action)

    def simulate_only() -> None:
        for command in commands:
            environment.sim.step(command)

    for _ in range(LEARNED_BEFORE):
        train()
    kinds = {"training": train, "environment": simulate, "simulator": simulate_only}
    seconds = {name: [] for name in kinds}
    for _ in range(BLOCKS):
        for name, work in kinds.items():
            seconds[name].append(timed(work)[0])
    made = steps * cfg.num_envs
    rates = {name: made / np.array(values) for name, values in seconds.items()}
    write(
        "training",
        {
            "arm": cfg.arm,
            "task": cfg.task,
            "arms": cfg.num_envs,
            **{f"{name} [env steps/s]": quartiles(rate) for name, rate in rates.items()},
            "training over environment [1]": quartiles(rates["training"] / rates["environment"]),
            "training over simulator [1]": quartiles(rates["training"] / rates["simulator"]),
            "target [1]": TARGET,
            "machine": machine(),
        },
    )
    return 0


def _unexpected(what: str, tensors: dict[str, torch.Tensor]) -> None:
    raise RuntimeError(f"{what} is not finite")
