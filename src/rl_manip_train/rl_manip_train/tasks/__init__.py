"""Tasks and reward sets by name; a task is one file with its config, reset, reward and observation.

Free of torch until one is asked for, so that names can be listed wherever there is no trainer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Type

from rl_manip_description.registry import Registry, RegistryError, UnknownNameError, own

if TYPE_CHECKING:
    from rl_manip_train.tasks.task import Task


class UnknownTaskError(UnknownNameError):
    """No task of that name; the message lists the known ones."""


class UnknownRewardError(UnknownNameError):
    """No reward set of that name; the message lists the known ones."""


def _task_problem(name: str, thing: Any) -> str:
    from rl_manip_train.tasks.task import missing_from_task

    lacking = missing_from_task(thing)
    if lacking:
        return f"lacks {', '.join(lacking)}, which rl_manip_train.tasks.task.Task describes"
    if thing.name != name:
        # by which a policy file names its task
        return f"calls itself {thing.name!r}, expected the name that it is offered by"
    return ""


def _reward_problem(name: str, thing: Any) -> str:
    if not isinstance(thing, type) or not hasattr(thing, "reward_terms"):
        return f"is {thing!r}, expected a rl_manip_train.tasks.task.RewardSet"
    return ""


TASKS = Registry(
    "task",
    "rl_manip.tasks",
    own(
        "rl_manip_train",
        {
            "reach": "rl_manip_train.tasks.reach:ReachTask",
            "reach_pose": "rl_manip_train.tasks.reach_pose:ReachPoseTask",
            "grasp": "rl_manip_train.tasks.grasp:GraspTask",
            "pick_place": "rl_manip_train.tasks.pick_place:PickPlaceTask",
            "stack": "rl_manip_train.tasks.stack:StackTask",
            "insert": "rl_manip_train.tasks.insert:InsertTask",
        },
    ),
    problem=_task_problem,
    error=UnknownTaskError,
)
"""Every task; each loads to a class that fulfils ``Task``."""

DENSE, SPARSE = "dense", "sparse"
REWARDS = Registry(
    "reward",
    "rl_manip.rewards",
    own(
        "rl_manip_train",
        {
            "at_rest": "rl_manip_train.tasks.rewards:AtRest",
            "over_first": "rl_manip_train.tasks.from_above.over_first:OverFirst",
            "step_by_step": "rl_manip_train.tasks.from_above.step_by_step:StepByStep",
        },
    ),
    also=(DENSE, SPARSE),
    problem=_reward_problem,
    error=UnknownRewardError,
)
"""What a step may earn: a task's own terms, its sparse reward, or the terms of a ``RewardSet``."""

OWN_ACTION = "auto"
"""Asks for the action kind that a task has of its own."""


def task_class(name: str, reward: str = DENSE) -> Type[Task]:
    """The class of the task called ``name``.

    Args:
      name: one of ``TASKS``.
      reward: one of ``REWARDS``; the terms of a reward set take the place of the task's own.

    Raises:
      UnknownTaskError, UnknownRewardError: nothing of that name.
      RegistryError: the package that offers it is broken, several offer it, or a reward set is not
        made for this task.
    """
    task: Type[Task] = TASKS.load(name)
    if reward in REWARDS.also:
        return task
    reward_set = REWARDS.load(reward)
    made_for = tuple(getattr(reward_set, "tasks", ()))
    if made_for and name not in made_for:
        raise RegistryError(
            f"reward {reward!r} of {REWARDS.find(reward).package} is made for "
            f"{', '.join(made_for)}, and the task is {name}; give another reward"
        )
    return type(f"{task.__name__}With{reward_set.__name__}", (reward_set, task), {})


def gripper_for(task_name: str, wanted: str) -> Optional[str]:
    """What to mount, as ``load_arm`` takes it: ``wanted``, the task's own for "auto".

    Raises:
      UnknownTaskError: no task of that name.
      RegistryError: the task has no use for a gripper: its actions would not say what it is to do.
    """
    own = task_class(task_name).gripper
    if wanted == "auto":
        return own
    if wanted == "none":
        return None
    if own is None:
        raise RegistryError(f"gripper is {wanted!r}, and {task_name} moves none: leave it at auto")
    return wanted
