"""A forward_position_controller as ros2_controllers documents it, for the simulated arm.

Each array goes to the joints as it is, without a ramp, and stays in force until the next one: there
is no time-out. Arrays of the wrong length and, from Jazzy on, with a number that is not finite are
dropped. An activated controller commands nothing before the first array: the drives hold. Drives
of joints that turn without end go to a position by the shorter way.
Source: ros2_controllers (Jazzy), forward_command_controller, and issue 95 (the last command is
repeated for ever).
"""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np


def whole_turns(position: np.ndarray, near: np.ndarray, endless: np.ndarray) -> np.ndarray:
    """What brings a position to within half a turn of another one, each (n,) [rad].

    Args:
        endless: joints that turn without end, (n,) bool; of the others nothing is changed.
    """
    turns = np.round((near - position) / (2.0 * np.pi))
    return np.where(endless, 2.0 * np.pi * turns, 0.0)


class PositionController:
    """The last position that was commanded.

    Args:
        position: of the joints now, (n,) [rad].
        endless: which of them turn without end, (n,) bool.
    """

    def __init__(self, position: np.ndarray, endless: np.ndarray) -> None:
        self._endless = endless
        self.hold(position)

    def hold(self, position: np.ndarray) -> None:
        """Stays at a position (n,) [rad], as after activation."""
        self._position = position.copy()

    def take(self, position: Sequence[float]) -> bool:
        """Takes joint positions (n,) [rad]; false where they were dropped."""
        if len(position) != len(self._position) or not np.all(np.isfinite(position)):
            return False
        wanted = np.array(position, dtype=float)
        self._position = wanted + whole_turns(wanted, self._position, self._endless)
        return True

    def desired(self, now: float) -> Tuple[np.ndarray, np.ndarray]:
        """Position [rad] and velocity [rad/s], each (n,); the same at any time [s]."""
        return self._position, np.zeros_like(self._position)
