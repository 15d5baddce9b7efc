"""One simulated arm at one moment, as pages draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np


@dataclass(frozen=True)
class ObjectCopy:
    """What the arm is to handle."""

    pose: np.ndarray
    """Of its middle: position [m] and quaternion xyzw (7,), base frame."""
    shape: str
    """box, cylinder or sphere."""
    half_extents: np.ndarray
    """Along its own axes (3,) [m]."""


@dataclass(frozen=True)
class ArmCopy:
    """Numbers are true ones, as no sensor knows them."""

    joint_position: np.ndarray
    """(n,) [rad], in the arm's order."""
    goal: Optional[np.ndarray] = None
    """Position [m] and quaternion xyzw (7,), base frame; None for a goal that is no pose."""
    is_met: bool = False
    """Whether the goal is met in this state."""
    opening: Optional[float] = None
    """Distance of the gripper's fingers [m]; None without a gripper."""
    object: Optional[ObjectCopy] = None
    """None where the task has none."""
