"""A plain controller that puts a peg into a hole: it shows that it can be done.

It goes to where the hole is said to be, as a policy has to, and only on the block's face does it
see where the hole truly is: there a policy feels it, by the torque of a peg that stands on the
hole's edge. What it feels is the true wrench. Learning may start from what it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH
from rl_manip_train.graph.tool_heading import heading_of
from rl_manip_train.tasks.from_above.grip_turn import quarter_turn
from rl_manip_train.tasks.from_above.insert_geometry import tip_of

GAIN = 4.0
"""Speed per distance [1/s]."""
HOVER = 0.012
"""Height of the tip over the block on the way to the hole [m]."""
BESIDE = 0.008
"""Distance from the told hole's axis within which the tip comes down [m]."""
TOUCHING, INSIDE = 4e-4, -1e-3
"""Heights of the tip over the face below which it stands there, and is in the hole [m]."""
SLIDE, TOUCH_DOWN = 0.003, 0.002
"""Speed across the block's face, and of coming down on it [m/s]: a tenth of a second passes until
what is felt changes what the arm does, in which it goes on by some newtons a millimetre second."""
LOWERING = 0.02
"""Speed down the hole [m/s]."""
SURE = 0.003
"""Height over the face, as told, and depth, from which the tip is moved fast [m]: who is told 2 mm
off must expect the face in between."""
FELT, PRESS, MOST, REST = 1.5, 6.0, 10.0, 2.0
"""Force that says that the peg stands, that is held while it slides, from which it is lowered no
further, and that is left at the bottom [N]."""
SEATED = 0.003
"""Height over the bottom, as told, at which the peg is let be: it is told 2 mm off [m]."""
YIELD = 1e-4
"""Speed per force [m/s/N]: some 40 N/mm and a tenth of a second allow no more."""


@dataclass(frozen=True)
class InsertGuide:
    """``guide`` for whichever kind of actions the task is done by."""

    level_tool: nn.Module
    """``LevelToolAction``, by which it moves."""

    def action(self, sim: BatchSim, told_seat: Tensor, action_model: nn.Module) -> Tensor:
        """Actions (N, a) of ``action_model`` for the present, true state.

        Args:
          sim: with peg and hole.
          told_seat: (N, 3) of the tool with the peg at the bottom of the hole, as told [m].
          action_model: which kind of actions.
        """
        twist = guide(sim, told_seat)
        action = self.level_tool.of_speed(twist[:, :3], twist[:, 3:])
        if action_model is self.level_tool:
            return action
        commands = self.level_tool(action, sim.joint_position)
        return action_model.action_for(*commands, sim.joint_position)


def guide(sim: BatchSim, told_seat: Tensor) -> Tensor:
    """Velocity (N, 3) [m/s] of the tool in axes turned with its heading, and its yaw rate [rad/s].

    Arguments as ``InsertGuide.action``; (N, 4).
    """
    c, s = heading_of(sim.tool_pose[:, 3:])
    tip = tip_of(sim.tool_pose)
    aside = told_seat[:, :2] - tip[:, :2]
    height = tip[:, 2] - (told_seat[:, 2] - PEG_LENGTH + HOLE_DEPTH)
    truly_aside, true_height = sim.hole_pose[:, :2] - tip[:, :2], tip[:, 2] - sim.hole_pose[:, 2]
    turn = quarter_turn(sim.hole_pose[:, 3:], c, s)
    yaw = torch.atan2(turn[:, 1], turn[:, 0]) / 4.0
    pressed = -sim.wrench[:, 2]  # the tool's z axis points down

    near = aside.norm(dim=1) < BESIDE
    inside, touching = near & (true_height < INSIDE), near & (true_height < TOUCHING)
    # on the way: at a height over the block; up first where the tip is lower
    up = GAIN * (HOVER - height)
    # over the hole: down onto the face, and across it under a light force
    fall = (GAIN * (height - SURE)).clamp(min=TOUCH_DOWN)
    down = torch.where(pressed > FELT, YIELD * (PRESS - pressed), fall)
    # into it
    fastest = torch.where(height > -SURE, TOUCH_DOWN, LOWERING)
    above_bottom = height + HOLE_DEPTH - SEATED
    lower = (GAIN * above_bottom).clamp(min=0.0).minimum(fastest)
    lower = torch.where(pressed > MOST, YIELD * (MOST - pressed), lower)
    lower = torch.where(above_bottom < 1e-4, (YIELD * (REST - pressed)).clamp(max=0.0), lower)
    up = torch.where(near, -torch.where(inside, lower, down), up)
    # as told, on the face as it truly is, and in the hole away from its walls
    slow = torch.where(height < SURE, SLIDE, 0.03)
    may_cross = near | (height > 0.5 * HOVER)
    across = _towards(aside, slow) * may_cross[:, None]
    across = torch.where(touching[:, None], _towards(truly_aside, slow), across)
    c, s, (x, y) = c[:, 0], s[:, 0], across.unbind(dim=1)
    across = torch.stack((c * x + s * y, c * y - s * x), dim=1)
    # y of a tool that points down is against that of its heading
    push = sim.wrench[:, :2] * torch.tensor([1.0, -1.0], device=across.device)
    across = torch.where(inside[:, None], YIELD * push, across)
    return torch.cat((across, up[:, None], GAIN * yaw[:, None]), dim=1)


def _towards(aside: Tensor, fastest: Tensor) -> Tensor:
    """Velocity (N, 2) [m/s] to what is ``aside`` (N, 2) [m], at most (N,) [m/s]."""
    distance = aside.norm(dim=1)
    speed = (GAIN * distance).minimum(fastest)
    return aside * (speed / distance.clamp(min=1e-6))[:, None]
