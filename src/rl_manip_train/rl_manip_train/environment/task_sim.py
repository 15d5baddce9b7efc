"""A simulator that a task can be done in."""

from __future__ import annotations

from rl_manip_description import Arm
from rl_manip_sim.backends import make_sim
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.tasks.task import Task


def task_sim(
    task: Task, arm: Arm, backend: str, num_envs: int, physics_dt: float, num_threads: int = 0
) -> BatchSim:
    """A simulator of ``num_envs`` environments of a task; ``physics_dt`` 0 for the task's own."""
    step = physics_dt or task.physics_dt
    return make_sim(backend, arm, num_envs, task.control_dt, step, num_threads, task.scene)
