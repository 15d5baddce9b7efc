"""One simulated arm at one moment, as pages draw it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import numpy as np

OBJECT, PEG, BLOCK, POST = "object", "peg", "block", "post"
"""What a thing is: to be handled, held by the tool, to be met by them, or there for the eye."""


@dataclass(frozen=True)
class Thing:
    """Something beside the arm, or at its tool."""

    name: str
    """Its own among the things of an arm."""
    kind: str
    """One of OBJECT, PEG, BLOCK and POST."""
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
    """Position [m] and quaternion xyzw (7,), base frame; None for a goal that is no pose, or a
    hole."""
    is_met: bool = False
    """Whether the goal is met in this state."""
    opening: Optional[float] = None
    """Distance of the gripper's fingers [m]; None without a gripper."""
    things: Tuple[Thing, ...] = ()
    """What there is beside the arm, each by a name of its own."""

    @property
    def object(self) -> Optional[Thing]:
        """What the arm is to handle; None where the task has no object."""
        return next((thing for thing in self.things if thing.kind == OBJECT), None)
