"""Arms that a policy moves in simulation, side by side."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import numpy as np
import torch

from rl_manip_cockpit.state.arm_copy import ArmCopy, ObjectCopy
from rl_manip_sim.models.scene import OBJECT_SHAPES
from rl_manip_train.environment.environment import Environment
from rl_manip_train.environment.step import Step
from rl_manip_train.pictures.recording import handled

POSITION, ORIENTATION = "goal_position", "goal_orientation"
UPRIGHT = (0.0, 0.0, 0.0, 1.0)


def copies_of(environment: Environment) -> Tuple[ArmCopy, ...]:
    """Every arm as it is now."""
    met = environment.task.success(environment.sim).tolist()
    return tuple(_copy_of(environment, index, met[index]) for index in range(len(met)))


def goal_of(environment: Environment, index: int) -> Optional[np.ndarray]:
    """The goal of one arm as a pose (7,) [m], xyzw; None where it is none."""
    task = environment.task
    if POSITION not in task.goal_inputs:
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
    """Whether `aim` knows every part of its task's goals."""
    return set(environment.task.goal_inputs) <= {POSITION, ORIENTATION}


def aim(environment: Environment, goal: np.ndarray) -> None:
    """Gives every arm a goal (7,) [m], xyzw, in the midst of its episode."""
    for name, part in ((POSITION, goal[:3]), (ORIENTATION, goal[3:])):
        if name in environment.task.goal_inputs:
            getattr(environment.task, name)[:] = torch.as_tensor(part, dtype=torch.float32)


def _copy_of(environment: Environment, index: int, is_met: bool) -> ArmCopy:
    sim = environment.sim
    position, goal = sim.joint_position[index].cpu().numpy().copy(), goal_of(environment, index)
    if not environment.task.scene.has_object:
        return ArmCopy(position, goal, is_met)
    now = handled(environment, index)
    shown = ObjectCopy(now.object_pose, OBJECT_SHAPES[now.object_shape], now.object_size)
    return ArmCopy(position, goal, is_met, now.opening, shown)
