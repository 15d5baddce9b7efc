"""Episodes of a policy in the simulator, written down to be drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import List, NamedTuple, Optional

import numpy as np

from rl_manip_description import Arm
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.evaluation import Act, paced
from rl_manip_train.tasks import task_class

PAUSE_AT_GOAL = 0.6
"""How much is kept of the time in which the arm rests at its goal [s]."""


class Handled(NamedTuple):
    """Gripper and object after one control step, and the support where there is one."""

    opening: float  # [m]
    object_pose: np.ndarray  # (7,) [m], xyzw
    object_shape: int  # index into scene.OBJECT_SHAPES
    object_size: np.ndarray  # (3,) half extents [m]
    support_pose: Optional[np.ndarray] = None  # (7,) [m], xyzw
    support_size: Optional[np.ndarray] = None  # (3,) half extents [m]


class Moment(NamedTuple):
    """The arm after one control step."""

    joint_position: np.ndarray  # (n,) [rad]
    tool_position: np.ndarray  # (3,) [m]
    goal_position: np.ndarray  # (3,) [m]
    episode: int  # counted from 0
    at_goal: bool  # the goal is met in this state
    handled: Optional[Handled] = None  # where the task has an object


def record_episodes(
    act: Act,
    arm: Arm,
    task_name: str,
    backend: str,
    episodes: int,
    seed: int,
    physics_dt: float,
    control_dt: float = 0.0,
) -> List[Moment]:
    """Run goal after goal on one nominal arm, each from where the last one ended.

    With an object, each begins anew, with an object of its own.

    Args:
      act, arm, task_name, backend, physics_dt, control_dt: see ``evaluate``.
      episodes: how many goals, >= 1.
      seed: of the first pose and the goals.
    """
    task = paced(task_class(task_name)(arm, 1, np.random.default_rng(seed)), control_dt)
    handles = task.scene.has_object
    task.keep_pose_probability = 0.0 if handles else 1.0
    # nominal but for the objects, which are worth seeing in every size
    usual = PRESETS["default"]
    ranges = replace(
        PRESETS["none"],
        object_size=usual.object_size,
        support_half_width=usual.support_half_width,
        support_half_height=usual.support_half_height,
    )
    environment = Environment(task, arm, backend, 1, physics_dt, ranges, seed)
    moments: List[Moment] = []
    for episode in range(episodes):
        ended = False
        while not ended:
            goal = task.goal_position[0].numpy().copy()
            step = environment.drive(act(environment))
            ended = bool(step.terminated[0] | step.truncated[0])
            if ended:
                # the environment stands at the beginning of the next episode already
                continue
            moments.append(
                Moment(
                    environment.sim.joint_position[0].numpy().copy(),
                    environment.sim.tool_pose[0, :3].numpy().copy(),
                    goal,
                    episode,
                    bool(task.success(environment.sim)[0]),
                    handled(environment, 0) if handles else None,
                )
            )
    return moments


def handled(environment: Environment, index: int) -> Handled:
    """Gripper and object of one environment, of a task with an object."""
    sim, task = environment.sim, environment.task
    support = ()
    if task.scene.support:
        poses_and_sizes = (sim.support_pose, task.support_size)
        support = (values[index].cpu().numpy().copy() for values in poses_and_sizes)
    return Handled(
        float(sim.gripper_opening[index]),
        sim.object_pose[index].numpy().copy(),
        int(task.object_shape[index]),
        task.object_size[index].numpy().copy(),
        *support,
    )


def without_waiting(moments: List[Moment], control_dt: float) -> List[Moment]:
    """The moments up to ``PAUSE_AT_GOAL`` after each goal is met for good.

    Nothing moves in what is left out, so no jump is seen.
    """
    kept: List[Moment] = []
    for episode in range(moments[-1].episode + 1):
        own = [moment for moment in moments if moment.episode == episode]
        last_away = max(
            (index for index, moment in enumerate(own) if not moment.at_goal), default=-1
        )
        kept += own[: last_away + 1 + round(PAUSE_AT_GOAL / control_dt)]
    return kept
