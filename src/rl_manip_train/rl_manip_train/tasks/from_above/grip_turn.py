"""By how much a tool has to turn until its fingers are along an object's sides."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from rl_manip_description import Arm

MARGIN = 0.3
"""How near to its limits the last joint is not sent [rad]."""


class GripTurn(nn.Module):
    """The least turn to either pair of sides; to the other one where the last joint would end.

    An arm whose last joint does not make a whole turn, such as the FR3's, would be at its limit
    after a few objects, each of which turns it by up to an eighth of a turn.

    Args:
      arm: which arm.
    """

    def __init__(self, arm: Arm) -> None:
        super().__init__()
        lower, upper = float(arm.limits.position_lower[-1]), float(arm.limits.position_upper[-1])
        self.is_bounded = upper - lower < 2.0 * math.pi
        """Whether it matters where the last joint is."""
        self._lowest, self._highest = lower + MARGIN, upper - MARGIN
        # which way the tool turns about the vertical with the last joint
        self._sign = float(np.sign(arm.jacobian(arm.home)[5, -1]))

    def forward(
        self, last_joint: Tensor, tool_position: Tensor, object_position: Tensor, turn: Tensor
    ) -> Tensor:
        """Angle (N, 1) about the vertical, in (-3/4 pi, 3/4 pi) [rad].

        Args:
          last_joint: (N, 1) [rad].
          tool_position: (N, 3) of a tool that points down [m].
          object_position: (N, 3) [m].
          turn: (N, 2) what ``quarter_turn`` says of the object, from the tool's heading.
        """
        cosine, sine = turn.split(1, dim=1)
        angle = torch.atan(sine / (1.0 + cosine).clamp(min=1e-6)) / 2.0
        if not self.is_bounded:
            return angle
        # what the arm's own turning about its base does to the heading, the last joint need not
        x, y, _ = tool_position.split(1, dim=1)
        to_x, to_y, _ = object_position.split(1, dim=1)
        ahead = torch.atan((x * to_y - y * to_x) / (x * to_x + y * to_y).clamp(min=1e-3))
        ends = last_joint + self._sign * (angle - ahead)
        back = (ends < self._lowest).float() - (ends > self._highest).float()
        return angle + self._sign * 0.5 * math.pi * back


def quarter_turn(quaternion: Tensor, c: Tensor, s: Tensor) -> Tensor:
    """Cosine and sine (N, 2) of four times the angle about z from a heading to a body's x axis.

    Args:
      quaternion: (N, 4) xyzw of the body.
      c, s: (N, 1) cosine and sine of the heading's angle.
    """
    x, y, z, w = quaternion.split(1, dim=1)
    along, across = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + z * w)
    along, across = c * along + s * across, c * across - s * along
    scale = torch.rsqrt(along * along + across * across + 1e-6)
    along, across = along * scale, across * scale
    for _ in range(2):  # twice the angle, twice
        along, across = along * along - across * across, 2.0 * along * across
    return torch.cat((along, across), dim=1)
