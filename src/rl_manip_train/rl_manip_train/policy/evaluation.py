"""How well a policy does its task over fresh episodes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import Arm
from rl_manip_description.wilson import wilson_interval
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.randomization.randomization_cfg import RandomizationCfg
from rl_manip_train.algorithms.networks.memory_actor import answer, memory_width
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.carried_memory import CarriedMemory
from rl_manip_train.tasks import task_class
from rl_manip_train.tasks.task import Task, TaskError

Act = Callable[[Environment], Tuple[Tensor, ...]]
"""Commands, as ``Environment.drive`` takes them, for the present readings of N environments."""


def acting(policy: nn.Module, action_model: Optional[nn.Module] = None) -> Act:
    """How to act by a module that turns features (N, d) into normalised actions (N, a).

    One that remembers, see ``RememberingPolicy``, gets and gives its memory, too.

    Args:
      policy: the module.
      action_model: what its actions mean, see ``Task``; None for the environment's task's own.
    """
    carried = CarriedMemory(memory_width(policy))

    def act(environment: Environment) -> Tuple[Tensor, ...]:
        action, memory = answer(policy, environment.observe(), carried.now(environment))
        carried.keep(memory)
        position = environment.sensors.joint_position
        commands = action_model or environment.task.action_model
        return commands(action.clamp(-1.0, 1.0), position)

    return act


class Evaluation(NamedTuple):
    """Results over fresh episodes; one that ends early has failed."""

    episodes: int
    success_rate: float  # share of episodes whose goal is met at their end [1]
    collision_rate: float  # share of episodes that ended early [1]
    mean_final_distance: float  # [m], over the episodes that ran to their end
    mean_time_to_goal: float  # until the goal is met for good [s], over the successes

    @property
    def success_interval(self) -> Tuple[float, float]:
        """95 % interval of the success rate."""
        return wilson_interval(round(self.success_rate * self.episodes), self.episodes)

    def to_dict(self) -> Dict[str, Optional[float]]:
        """The figures as JSON holds them; a mean over no episode is None."""
        return {
            name: None if math.isnan(value) else value for name, value in self._asdict().items()
        }


def paced(task: Task, control_dt: float) -> Task:
    """The task, made to act every ``control_dt`` [s]; 0 leaves its own rate.

    Its simulation step becomes the longest that divides ``control_dt`` and is not above its own.
    """
    if control_dt and not math.isclose(control_dt, task.control_dt, rel_tol=1e-9):
        steps = math.ceil(control_dt / task.physics_dt - 1e-9)
        task.control_dt, task.physics_dt = control_dt, control_dt / steps
    return task


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
    object_shapes: Tuple[str, ...] = (),
    sim: Optional[BatchSim] = None,
    control_dt: float = 0.0,
    in_a_row: int = 1,
) -> Evaluation:
    """Run ``episodes`` episodes side by side from fresh start poses, goals and physics.

    Args:
      act: the policy.
      arm: which arm.
      task_name: which task.
      backend: simulator backend.
      physics_dt: simulation step [s]; 0 for the task's own.
      randomization: ranges of physics and signals.
      episodes: how many, >= 1.
      seed: of every draw.
      num_threads: simulator threads; 0 for one per core.
      object_shapes: shapes that occur; none for all that the task knows.
      sim: a simulator to use again, of any number of environments: episodes beyond it follow one
        after the other; None for one of ``episodes``.
      control_dt: between two commands [s]; 0 for the task's own.
      in_a_row: goals that each arm is given one after the other, from where the one before left it,
        as on a robot; only after a collision it starts afresh.

    Raises:
      SceneError: shapes that there are not.
      TaskError: shapes for a task without an object.
    """
    num_envs = -(-episodes // in_a_row) if sim is None else sim.num_envs
    rounds: List[Ends] = []
    for first in range(0, episodes, num_envs * in_a_row):
        task = task_class(task_name)(arm, num_envs, np.random.default_rng(seed + first))
        task = paced(task, control_dt)
        if object_shapes:
            if not task.scene.has_object:
                raise TaskError(
                    f"object_shapes is {', '.join(object_shapes)}, and {task.name} has no object: "
                    "leave it out"
                )
            task.scene = replace(task.scene, object_shapes=object_shapes)
        environment = Environment(
            task,
            arm,
            backend,
            num_envs,
            physics_dt,
            randomization,
            seed + first,
            num_threads=num_threads,
            sim=sim,
        )
        if in_a_row > 1:
            task.keep_pose_probability = 1.0
        rounds.append(run_episodes(act, environment))
        for _ in range(in_a_row - 1):
            environment.next_goals()
            rounds.append(run_episodes(act, environment))
    ends = Ends(*(torch.cat(values)[:episodes] for values in zip(*rounds)))
    success = ends.met & ends.intact
    return Evaluation(
        episodes,
        int(success.sum()) / episodes,
        int((~ends.intact).sum()) / episodes,
        float(ends.goal_distance[ends.intact].mean()),
        float(ends.met_since[success].mean()),
    )


class Ends(NamedTuple):
    """How N episodes ended."""

    intact: Tensor  # (N,) bool: not early
    met: Tensor  # (N,) bool: with the goal met
    met_since: Tensor  # (N,) time from which on it was [s]; NaN where it was not
    goal_distance: Tensor  # (N,) [m]


def run_episodes(act: Act, environment: Environment) -> Ends:
    """One episode in each environment, from its start."""
    task = environment.task
    intact = torch.ones(environment.num_envs, dtype=torch.bool)
    met_since = torch.full((environment.num_envs,), float("nan"))
    for count in range(1, environment.episode_steps + 1):
        step = environment.drive(act(environment))
        intact &= ~step.terminated
        # the last step starts new episodes: ask it how the old ones ended
        met = step.success if step.truncated.any() else task.success(environment.sim)
        newly = met & met_since.isnan()
        met_since[newly] = count * task.control_dt
        met_since[~met] = float("nan")
    return Ends(intact, met, met_since, step.goal_distance)
