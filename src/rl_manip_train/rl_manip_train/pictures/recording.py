"""Episodes of a policy in the simulator, written down to be drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_description import Arm
from rl_manip_sim.models.hole_geometry import FLOOR, HOLE_DEPTH
from rl_manip_sim.randomization.randomization_cfg import PRESETS
from rl_manip_train.environment.environment import Environment
from rl_manip_train.policy.evaluation import Act, paced
from rl_manip_train.tasks import task_class

PAUSE_AT_GOAL = 0.6
"""How much is kept of the time in which the arm rests at its goal [s]."""
POST_RADIUS = 0.025
"""Of what a block with a hole is drawn to stand on [m]."""


class Handled(NamedTuple):
    """Gripper and object after one control step, and the support where there is one."""

    opening: float  # [m]
    object_pose: np.ndarray  # (7,) [m], xyzw
    object_shape: int  # index into scene.OBJECT_SHAPES
    object_size: np.ndarray  # (3,) half extents [m]
    support_pose: Optional[np.ndarray] = None  # (7,) [m], xyzw
    support_size: Optional[np.ndarray] = None  # (3,) half extents [m]


class Hole(NamedTuple):
    """The block's hole, and the peg that the tool holds for it."""

    pose: np.ndarray  # (7,) of the middle of its mouth [m], xyzw
    shape: int  # index into scene.HOLE_SHAPES, of both
    clearance: float  # by which the peg is thinner [m]

    @property
    def post(self) -> Optional[Tuple[np.ndarray, np.ndarray]]:
        """Middle and half extents (3,) [m] of a round post from the table to the block.

        It is for the eye only; None for a block that reaches down to the table.
        """
        x, y, mouth = self.pose[:3]
        half = (mouth - HOLE_DEPTH - FLOOR) / 2.0
        if half <= 0.0:
            return None
        return np.array((x, y, half)), np.array((POST_RADIUS, POST_RADIUS, half))


class Moment(NamedTuple):
    """The arm after one control step."""

    joint_position: np.ndarray  # (n,) [rad]
    tool_position: np.ndarray  # (3,) [m]
    goal_position: np.ndarray  # (3,) [m]
    episode: int  # counted from 0
    at_goal: bool  # the goal is met in this state
    handled: Optional[Handled] = None  # where the task has an object
    hole: Optional[Hole] = None  # where the task has one


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

    With an object or a hole, each begins anew, with one of its own.

    Args:
      act, arm, task_name, backend, physics_dt, control_dt: see ``evaluate``.
      episodes: how many goals, >= 1.
      seed: of the first pose and the goals.
    """
    task = paced(task_class(task_name)(arm, 1, np.random.default_rng(seed)), control_dt)
    scene = task.scene
    task.keep_pose_probability = 1.0 if scene.is_empty else 0.0
    # nominal but for the things, which are worth seeing in every size and place
    usual = PRESETS["default"]
    ranges = replace(
        PRESETS["none"],
        object_size=usual.object_size,
        support_half_width=usual.support_half_width,
        support_half_height=usual.support_half_height,
        hole_clearance=usual.hole_clearance,
        hole_position_error=usual.hole_position_error,
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
                    handled(environment, 0) if scene.has_object else None,
                    hole(environment, 0) if scene.has_hole else None,
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


def hole(environment: Environment, index: int) -> Hole:
    """Peg and hole of one environment, of a task with a hole."""
    task = environment.task
    return Hole(
        environment.sim.hole_pose[index].cpu().numpy().copy(),
        int(task.hole_shape[index]),
        float(task.hole_clearance[index]),
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
