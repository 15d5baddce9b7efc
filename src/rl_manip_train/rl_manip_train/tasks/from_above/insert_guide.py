"""A plain controller that puts a peg into a hole: it shows that it can be done.

It sees where the hole truly is and the true wrench, which policies do not; it has to feel for
nothing. Learning may start from what it does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from rl_manip_sim.batch_sim import BatchSim
from rl_manip_sim.models.hole_geometry import HOLE_DEPTH
from rl_manip_train.graph.tool_heading import heading_of
from rl_manip_train.tasks.from_above.grip_turn import quarter_turn
from rl_manip_train.tasks.from_above.insert_geometry import tip_of

GAIN = 4.0
"""Speed per distance [1/s]."""
HOVER = 0.012
"""Height of the tip over the block on the way to the hole [m]."""
BESIDE = 0.008
"""Distance from the hole's axis within which the tip comes down [m]."""
SLIDE, TOUCH_DOWN = 0.003, 0.003
"""Speed across the block's face, and of coming down on it [m/s]: a tenth of a second passes until
what is felt changes what the arm does, in which it goes on by some newtons a millimetre second."""
LOWERING = 0.02
"""Speed down the hole [m/s]."""
SURE = 0.004
"""Depth from which the tip is lowered fast [m]: who is told 2 mm off knows it inside by then, and
higher up must expect the block's face, however well it is aimed."""
PRESS, MOST, REST = 8.0, 12.0, 2.0
"""Force on the block's face that is held while the tip slides, from which the peg is lowered no
further, and that is left at the bottom [N]."""
SEATED = 0.003
"""Height over the bottom at which the peg is let be: who is told of it is told 2 mm off [m]."""
YIELD = 1e-4
"""Speed per force [m/s/N]: some 40 N/mm and a tenth of a second allow no more."""


@dataclass(frozen=True)
class InsertGuide:
    """``guide`` for whichever kind of actions the task is done by."""

    level_tool: nn.Module
    """``LevelToolAction``, by which it moves."""

    def action(self, sim: BatchSim, clearance: Tensor, action_model: nn.Module) -> Tensor:
        """Actions (N, a) of ``action_model`` for the present, true state.

        Args:
          sim: with peg and hole.
          clearance: (N,) by which the pegs are thinner [m].
          action_model: which kind of actions.
        """
        twist = guide(sim, clearance)
        action = self.level_tool.of_speed(twist[:, :3], twist[:, 3:])
        if action_model is self.level_tool:
            return action
        commands = self.level_tool(action, sim.joint_position)
        return action_model.action_for(*commands, sim.joint_position)


def guide(sim: BatchSim, clearance: Tensor) -> Tensor:
    """Velocity (N, 3) [m/s] of the tool in axes turned with its heading, and its yaw rate [rad/s].

    Arguments as ``InsertGuide.action``; (N, 4).
    """
    c, s = heading_of(sim.tool_pose[:, 3:])
    tip = tip_of(sim.tool_pose)
    to_mouth = sim.hole_pose[:, :3] - tip
    aside, height = to_mouth[:, :2], -to_mouth[:, 2]
    lateral = aside.norm(dim=1)
    turn = quarter_turn(sim.hole_pose[:, 3:], c, s)
    yaw = torch.atan2(turn[:, 1], turn[:, 0]) / 4.0
    pressed = -sim.wrench[:, 2]  # the tool's z axis points down

    near = lateral < BESIDE
    inside = near & (height < -0.001)
    fits = inside | ((lateral < 0.4 * clearance) & (yaw.abs() < 0.02))
    # on the way: at a height over the block; up first where the tip is lower
    up = GAIN * (HOVER - height)
    across = torch.where(height > 0.5 * HOVER, GAIN * lateral, torch.zeros_like(lateral))
    # over the hole: down onto the face, and across it under a light force
    fall = (GAIN * (height - SURE)).clamp(min=TOUCH_DOWN)
    touching = YIELD * (PRESS - pressed)
    down = torch.where(pressed > 1.5, touching, fall)
    # into it
    fastest = torch.where(height > -SURE, TOUCH_DOWN, LOWERING)
    lower = (GAIN * (height + HOLE_DEPTH - SEATED)).clamp(min=0.0).minimum(fastest)
    lower = torch.where(pressed > MOST, YIELD * (MOST - pressed), lower)
    at_bottom = height < SEATED - HOLE_DEPTH + 1e-4
    lower = torch.where(at_bottom, (YIELD * (REST - pressed)).clamp(max=0.0), lower)
    down = torch.where(fits & (height < SURE), lower, down)
    up = torch.where(near, -down, up)
    slow = torch.where(height < SURE, SLIDE, 0.03)
    across = torch.where(near, (GAIN * lateral).minimum(slow), across)
    x, y = (aside / lateral.clamp(min=1e-6)[:, None] * across[:, None]).unbind(dim=1)
    c, s = c[:, 0], s[:, 0]
    return torch.stack((c * x + s * y, c * y - s * x, up, GAIN * yaw), dim=1)
