"""Arms that a policy moves in simulation, side by side."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import numpy as np
import torch

from rl_manip_cockpit.simulated.hole_things import hole_things
from rl_manip_cockpit.state.arm_copy import BLOCK, OBJECT, ArmCopy, Thing
from rl_manip_sim.models.scene import OBJECT_SHAPES
from rl_manip_train.environment.environment import Environment
from rl_manip_train.environment.step import Step
from rl_manip_train.pictures.recording import handled, hole

POSITION, ORIENTATION = "goal_position", "goal_orientation"
UPRIGHT = (0.0, 0.0, 0.0, 1.0)


def copies_of(environment: Environment) -> Tuple[ArmCopy, ...]:
    """Every arm as it is now."""
    met = environment.task.success(environment.sim).tolist()
    return tuple(_copy_of(environment, index, met[index]) for index in range(len(met)))


def goal_of(environment: Environment, index: int) -> Optional[np.ndarray]:
    """The goal of one arm as a pose (7,) [m], xyzw; None where it is none, or a hole."""
    task = environment.task
    if POSITION not in task.goal_inputs or task.scene.has_hole:
        return None
    names = [spec.name for spec in task.input_specs]
    inputs = dict(zip(names, environment.raw_inputs()))
    turn = inputs[ORIENTATION][index].cpu().numpy() if ORIENTATION in inputs else UPRIGHT
    return np.concatenate((inputs[POSITION][index].cpu().numpy(), turn))


def rewards_of(environment: Environment, step: Step) -> Dict[str, float]:
    """Weighted terms of a step's reward, mean over the arms, by name."""
    weights = environment.task.reward_weights
    return {name: weights[name] * float(term.mean()) for name, term in step.reward_terms.items()}


def can_be_aimed(environment: Environment) -> bool:
    """Whether `aim` knows every part of its task's goals, and they may lie anywhere.

    A hole or a block to stack on stays where it is, and with it the goal.
    """
    task = environment.task
    is_free = not (task.scene.has_hole or task.scene.support)
    return is_free and set(task.goal_inputs) <= {POSITION, ORIENTATION}


def aim(environment: Environment, goal: np.ndarray) -> None:
    """Gives every arm a goal (7,) [m], xyzw, in the midst of its episode."""
    for name, part in ((POSITION, goal[:3]), (ORIENTATION, goal[3:])):
        if name in environment.task.goal_inputs:
            getattr(environment.task, name)[:] = torch.as_tensor(part, dtype=torch.float32)


def _copy_of(environment: Environment, index: int, is_met: bool) -> ArmCopy:
    sim, scene = environment.sim, environment.task.scene
    position, goal = sim.joint_position[index].cpu().numpy().copy(), goal_of(environment, index)
    if scene.has_hole:
        tool = sim.tool_pose[index].cpu().numpy()
        return ArmCopy(position, goal, is_met, things=hole_things(hole(environment, index), tool))
    if not scene.has_object:
        return ArmCopy(position, goal, is_met)
    now = handled(environment, index)
    shape = OBJECT_SHAPES[now.object_shape]
    things = [Thing("object", OBJECT, now.object_pose, shape, now.object_size)]
    if now.support_pose is not None and now.support_size is not None:
        things.append(Thing("support", BLOCK, now.support_pose, "box", now.support_size))
    return ArmCopy(position, goal, is_met, now.opening, tuple(things))
