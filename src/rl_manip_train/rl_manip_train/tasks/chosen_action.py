"""Another action kind than a task's own."""

from __future__ import annotations

from typing import Optional

from torch import nn

from rl_manip_description import Arm
from rl_manip_description.contract.action_kinds import (
    JOINT_POSITION_DELTA,
    JOINT_VELOCITY,
    TOOL_TWIST,
)
from rl_manip_train.graph.action_model import JointPositionDeltaAction, JointVelocityAction
from rl_manip_train.graph.gripper_action import WithGripperAction
from rl_manip_train.graph.operational_space import ANGULAR_SPEED, LINEAR_SPEED, ToolTwistAction
from rl_manip_train.tasks import OWN_ACTION
from rl_manip_train.tasks.task import Task, TaskError, action_kind, float32


def with_action(task: Task, arm: Arm, kind: str) -> Task:
    """The task, its actions being of another kind.

    Args:
      task: which task; one whose gripper acts has one more action, for its opening.
      arm: that it is done with.
      kind: one of the task's ``actions``; auto for its own.

    Raises:
      TaskError: the task cannot be done by actions of this kind.
    """
    if kind in (OWN_ACTION, own_action(task)):
        return task
    known = (OWN_ACTION, *getattr(task, "actions", ()))
    if kind not in known:
        raise TaskError(
            f"action is {kind!r}, expected {' or '.join(known)}: what {task.name} can be done by"
        )
    model = _MAKERS[kind](task, arm)
    if task.gripper is not None:
        model = WithGripperAction(model, arm.gripper.max_opening)
    task.action_model, task.action_width = model, model.width
    return task


def own_action(task: Task) -> Optional[str]:
    """The action kind of a task that nobody has chosen another for; None where it has no name."""
    known = getattr(task, "actions", ())
    return known[0] if known else action_kind(task)


def _joint_velocity(task: Task, arm: Arm) -> nn.Module:
    return JointVelocityAction(task.velocity_limit)


def _joint_position_delta(task: Task, arm: Arm) -> nn.Module:
    lower, upper = float32(arm.limits.position_lower), float32(arm.limits.position_upper)
    return JointPositionDeltaAction(task.velocity_limit, task.control_dt, lower, upper)


def _tool_twist(task: Task, arm: Arm) -> nn.Module:
    return ToolTwistAction(arm, task.velocity_limit, LINEAR_SPEED, ANGULAR_SPEED)


_MAKERS = {
    JOINT_VELOCITY: _joint_velocity,
    JOINT_POSITION_DELTA: _joint_position_delta,
    TOOL_TWIST: _tool_twist,
}
