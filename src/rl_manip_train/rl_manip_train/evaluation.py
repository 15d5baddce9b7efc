"""How well a policy does its task over fresh episodes."""

from __future__ import annotations

from typing import Callable, NamedTuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.randomization import RandomizationCfg
from rl_manip_train.environment import Environment
from rl_manip_train.tasks import task_class

Act = Callable[[Environment], Tensor]
"""Normalised actions (N, n) for the present state of N environments."""


class Evaluation(NamedTuple):
    """Results over fresh episodes; one that ends early has failed."""

    episodes: int
    success_rate: float  # share of episodes whose goal is met at their end [1]
    collision_rate: float  # share of episodes that ended early [1]
    mean_final_distance: float  # [m], over the episodes that ran to their end
    mean_time_to_goal: float  # until the goal is met for good [s], over the successes


def evaluate(
    act: Act,
    arm: Arm,
    task_name: str,
    backend: str,
    physics_dt: float,
    randomization: RandomizationCfg,
    episodes: int,
    seed: int,
    num_threads: int = 0,
) -> Evaluation:
    """Run ``episodes`` episodes side by side from fresh start poses, goals and physics.

    Args:
      act: the policy.
      arm: which arm.
      task_name: which task.
      backend: simulator backend.
      physics_dt: simulation step [s].
      randomization: ranges of physics and signals.
      episodes: how many, >= 1.
      seed: of every draw.
      num_threads: simulator threads; 0 for one per core.
    """
    task = task_class(task_name)(arm, episodes, np.random.default_rng(seed))
    environment = Environment(
        task, arm, backend, episodes, physics_dt, randomization, seed, num_threads=num_threads
    )
    intact = torch.ones(episodes, dtype=torch.bool)
    met_since = torch.full((episodes,), float("nan"))
    for count in range(1, environment.episode_steps + 1):
        step = environment.step(act(environment))
        intact &= ~step.terminated
        # the last step starts new episodes: ask it how the old ones ended
        met = step.success if step.truncated.any() else task.success(environment.sim)
        newly = met & met_since.isnan()
        met_since[newly] = count * task.control_dt
        met_since[~met] = float("nan")
    success = met & intact
    return Evaluation(
        episodes,
        float(success.float().mean()),
        float((~intact).float().mean()),
        float(step.goal_distance[intact].mean()),
        float(met_since[success].mean()),
    )
