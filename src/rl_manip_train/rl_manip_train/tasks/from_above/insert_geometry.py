"""Where peg, hole and tool are to each other."""

from __future__ import annotations

from typing import Tuple

import numpy as np
import torch
from torch import Tensor

from rl_manip_sim.models.hole_geometry import HOLE_DEPTH, PEG_LENGTH


def hole_and_seat(mouth: np.ndarray, yaw: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Poses (k, 7) [m], xyzw, of holes and of the tool with the peg at their bottom.

    Args:
      mouth: (k, 3) middle of the mouth [m].
      yaw: (k,) direction of the hole's x axis, and of the tool's [rad].
    """
    zero, half = np.zeros_like(yaw), yaw / 2.0
    hole = np.column_stack((mouth, zero, zero, np.sin(half), np.cos(half)))
    seat = np.column_stack((mouth, np.cos(half), np.sin(half), zero, zero))
    seat[:, 2] += PEG_LENGTH - HOLE_DEPTH
    return hole, seat


def tip_of(tool_pose: Tensor) -> Tensor:
    """Where the peg's tip is (..., 3) [m] of tools with poses (..., 7) [m], xyzw."""
    x, y, z, w = tool_pose[..., 3:].unbind(dim=-1)
    axis = torch.stack(
        (2.0 * (x * z + y * w), 2.0 * (y * z - x * w), 1.0 - 2.0 * (x * x + y * y)), dim=-1
    )
    return tool_pose[..., :3] + PEG_LENGTH * axis
