"""A plain controller for handling an object from above: it shows that a task can be done.

It sees the true state, grip force included, which policies do not. Learning may start from what it
does, and tests hold tasks and simulators against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rl_manip_description import Gripper
from rl_manip_sim.batch_sim import BatchSim
from rl_manip_train.graph.tool_heading import heading_of
from rl_manip_train.tasks.from_above.grip_turn import GripTurn, quarter_turn

GAIN = 4.0
"""Speed per distance [1/s]."""
SPEED, TURN_SPEED = 0.4, 2.0
"""Of ``LevelToolAction`` at an action of 1 [m/s, rad/s]."""
HOVER, CARRY = 0.08, 0.06
"""Height over the object until the tool is above it, unless a task asks for another, and over the
goal on the way there [m]."""
SLOW_FINGERS = 0.12
"""Fingers that close slower than this [m/s] are long on their way to a narrow object. Who learns
sees where they are and not that they move: what is gripped there looks like what is not yet."""
SLOW_LIFT, LIFTED = 0.06, 0.04
"""So with them an object is lifted this slowly, and straight up, until it is this high, which no
object is that stands on the table [m/s, m]: little is lost where it is not gripped yet."""
GRIPPED = 0.375
"""Grip force from which the object is lifted, over what the gripper is set to [1]."""
CLEARANCE = 0.003
"""Height above the table below which the fingertips are not sent [m]."""


@dataclass(frozen=True)
class TabletopGuide:
    """``guide`` for whichever kind of actions a task is done by."""

    gripper: Gripper
    """Which gripper."""
    level_tool: nn.Module
    """``LevelToolAction``, whose actions ``guide`` gives."""
    grip_turn: GripTurn
    """Of the arm."""
    hover: float = HOVER
    """Height over the object until the tool is above it, and in the end [m]."""

    def action(
        self, sim: BatchSim, goal_position: Tensor, release: bool, action_model: nn.Module
    ) -> Tensor:
        """Actions (N, a) of ``action_model`` for the present, true state; else as ``guide``."""
        action = guide(sim, self.gripper, self.grip_turn, goal_position, release, self.hover)
        if action_model is self.level_tool:
            return action
        commands = self.level_tool(action, sim.joint_position)
        return action_model.action_for(*commands, sim.joint_position)


def guide(
    sim: BatchSim,
    gripper: Gripper,
    grip_turn: GripTurn,
    goal_position: Tensor,
    release: bool,
    hover: float = HOVER,
) -> Tensor:
    """Actions (N, 5) of ``LevelToolAction`` for the present, true state.

    Args:
      sim: with gripper and object.
      gripper: which gripper.
      grip_turn: how far the tool turns until it can grip.
      goal_position: (N, 3) of the object's middle [m].
      release: put the object down at the goal and let go, rather than hold it there.
      hover: height over the object until the tool is above it, and once it has let go [m].
    """
    tool, thing = sim.tool_pose[:, :3], sim.object_pose[:, :3]
    c, s = heading_of(sim.tool_pose[:, 3:])
    turn = quarter_turn(sim.object_pose[:, 3:], c, s)
    angle = grip_turn(sim.joint_position[:, -1:], tool, thing, turn)[:, 0]
    aside, above = (thing - tool)[:, :2].norm(dim=1), (tool - thing)[:, 2]
    to_goal = goal_position - thing
    off_goal = to_goal[:, :2].norm(dim=1)

    pressed = sim.grip_force > 1.0
    between = (aside < 0.012) & (above.abs() < gripper.fingertip_reach - 0.001)
    between &= angle.abs() < 0.12
    close = pressed | between
    gripped = sim.grip_force >= GRIPPED * gripper.grip_force
    if release:
        placed = (off_goal < 0.012) & (to_goal[:, 2].abs() < 0.007)
        close, gripped = close & ~placed, gripped & ~placed
    else:
        placed = torch.zeros_like(close)

    # to the object: over it first, then straight down round it
    over = (aside < 0.018 + 0.2 * above.clamp(min=0.0, max=0.1)) & (angle.abs() < 0.2)
    approach = (thing - tool).clone()
    down = thing[:, 2].clamp(min=gripper.fingertip_reach + CLEARANCE) - tool[:, 2]
    approach[:, 2] = torch.where(over, down, thing[:, 2] + hover - tool[:, 2])
    # with it to the goal: up, across, down
    carry = to_goal.clone()
    if release:
        height = CARRY * ((off_goal - 0.008) / 0.03).clamp(0.0, 1.0)
        carry[:, 2] = carry[:, 2] + height
        across = ((thing[:, 2] - goal_position[:, 2] + 0.01) / CARRY).clamp(0.05, 1.0)
        carry[:, :2] = torch.where((off_goal > 0.04)[:, None], across[:, None], 1.0) * carry[:, :2]
    slow = gripper.closing_speed < SLOW_FINGERS
    if slow:
        aloft = ((thing[:, 2] - LIFTED) / 0.01 + 1.0).clamp(0.0, 1.0)
        near = off_goal < 0.04 if release else torch.zeros_like(close)
        carry[:, :2] = torch.where(near, 1.0, aloft)[:, None] * carry[:, :2]
    # away from it once it is where it shall be, and to rest above it
    leave = torch.zeros_like(carry)
    is_open = sim.gripper_opening > 0.9 * gripper.max_opening
    leave[:, 2] = torch.where(is_open, (hover - above).clamp(min=0.0, max=0.02), 0.0)

    move = torch.where(gripped[:, None], carry, approach)
    # while the fingers close it goes on to the middle: who learns from this cannot stop short of it
    move = torch.where((pressed & ~gripped)[:, None], 0.0 * move, move)
    move = torch.where(placed[:, None], leave, move)
    action = (GAIN * move / SPEED).clamp(-1.0, 1.0)
    # just gripped, or just above the table: gently
    gentle = gripped & (action[:, 2] > 0.0) & (tool[:, 2] < 0.05)
    action[:, 2] = torch.where(gentle, action[:, 2].clamp(max=0.3), action[:, 2])
    if slow:
        low = gripped & (thing[:, 2] < LIFTED)
        action[:, 2] = torch.where(low, action[:, 2].clamp(max=SLOW_LIFT / SPEED), action[:, 2])
    lowering = gripped & (action[:, 2] < 0.0) & (off_goal < 0.03)
    action[:, 2] = torch.where(lowering, action[:, 2].clamp(min=-0.3), action[:, 2])
    turning = torch.where(close | placed, torch.zeros_like(angle), GAIN * angle / TURN_SPEED)
    x, y = action[:, 0], action[:, 1]
    c, s = c[:, 0], s[:, 0]
    grip = torch.where(close, -1.0, 1.0)
    return torch.stack(
        (c * x + s * y, c * y - s * x, action[:, 2], turning.clamp(-1.0, 1.0), grip), dim=1
    )
