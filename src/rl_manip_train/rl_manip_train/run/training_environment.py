"""The environments that one process of a training learns in."""

from __future__ import annotations

import os
from typing import Optional

import numpy as np

from rl_manip_description import Arm
from rl_manip_sim.backends import BACKENDS
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.environment.environment import Environment
from rl_manip_train.machine.data_parallel import Team, local_size
from rl_manip_train.settings.train_cfg import TrainCfg, TrainCfgError
from rl_manip_train.tasks import task_class
from rl_manip_train.tasks.chosen_action import with_action


def training_environment(
    cfg: TrainCfg, arm: Arm, backend: str, randomization: RandomizationCfg, team: Team
) -> Environment:
    """The share of the process among those that train together, ``team``.

    Raises:
      TrainCfgError: environments that cannot be shared out, or a guide that the task does not have.
      TaskError: actions that the task cannot be done by.
    """
    kind, guided_steps = task_class(cfg.task, cfg.reward), cfg.algorithm.guided_steps
    if guided_steps and not hasattr(kind, "guide"):
        raise TrainCfgError(
            f"{cfg.algo}.guided_steps is {guided_steps} and {cfg.task} has no guide to learn from, "
            "expected 0"
        )
    if cfg.num_envs % team.size:
        raise TrainCfgError(
            f"num_envs is {cfg.num_envs}, expected a multiple of the {team.size} processes that "
            "train"
        )
    num_envs, seed = cfg.num_envs // team.size, team.seed(cfg.seed)
    task = with_action(kind(arm, num_envs, np.random.default_rng(seed)), arm, cfg.action)
    task.training = True
    # as bad as never to meet the goal again
    worst = -1.0 / (1.0 - cfg.algorithm.discount)
    return Environment(
        task,
        arm,
        backend,
        num_envs,
        cfg.physics_dt,
        randomization,
        seed,
        staggered=True,
        num_threads=cfg.num_threads or _num_threads(),
        sparse_termination=worst if cfg.reward == "sparse" else None,
        reveals=getattr(cfg.algorithm, "privileged_critic", False),
        eased_share=cfg.eased_share,
    )


def only_simulator(environment: Environment, backend: str) -> Optional[BatchSim]:
    """The training's simulator where a process can have no other; else None."""
    return environment.sim if BACKENDS.load(backend).one_at_a_time else None


def _num_threads() -> int:
    """Threads that step this process's simulation; 0 for one per core."""
    neighbours = local_size()
    return 0 if neighbours is None else max(1, (os.cpu_count() or 1) // neighbours)
