"""Tasks by name; a task is one file with its config, reset, reward and observation."""

from __future__ import annotations

from typing import Dict, Optional, Type

from rl_manip_train.tasks.grasp import GraspTask
from rl_manip_train.tasks.pick_place import PickPlaceTask
from rl_manip_train.tasks.reach import ReachTask
from rl_manip_train.tasks.reach_pose import ReachPoseTask
from rl_manip_train.tasks.task import Task

TASKS: Dict[str, Type[Task]] = {
    task.name: task for task in (ReachTask, ReachPoseTask, GraspTask, PickPlaceTask)
}
"""Every registered task."""


class UnknownTaskError(ValueError):
    """No task of that name; the message lists the known ones."""


def task_class(name: str) -> Type[Task]:
    """The class of the task called ``name``.

    Raises:
      UnknownTaskError: no task of that name.
    """
    try:
        return TASKS[name]
    except KeyError:
        raise UnknownTaskError(f"task is {name!r}, expected one of {', '.join(TASKS)}") from None


def gripper_for(task_name: str, wanted: str) -> Optional[str]:
    """Name of the gripper to mount: ``wanted``, nothing for "none", the task's own for "auto".

    Raises:
      UnknownTaskError: no task of that name.
    """
    if wanted == "auto":
        return task_class(task_name).gripper
    return None if wanted == "none" else wanted
