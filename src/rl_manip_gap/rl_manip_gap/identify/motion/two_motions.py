"""What excite plays: tones that show the parameters, a rest, and moves that try the fit."""

from __future__ import annotations

import numpy as np

from rl_manip_description import Arm
from rl_manip_gap.identify.motion.excitation import FULL, Excitation, ExcitationLimits
from rl_manip_gap.identify.motion.moves import Moves

REST = 1.5  # between the two motions: by it they are told apart in the bag [s]


class TwoMotions:
    """Velocities of tones, a rest and moves; of tones alone where there are to be no moves.

    Args:
        arm: which arm.
        start: (n,) joint positions from which it sets out [rad].
        tones: length of the tones [s].
        moves: length of the moves [s]; 0 for none.
        seed: of both.
        limits: what both keep to.

    Raises:
        ValueError: a duration that is too short, or a start too low.
    """

    def __init__(
        self,
        arm: Arm,
        start: np.ndarray,
        tones: float = 60.0,
        moves: float = 20.0,
        seed: int = 0,
        limits: ExcitationLimits = FULL,
    ) -> None:
        self._start = np.asarray(start, dtype=float)
        self._tones = Excitation(arm, self._start, tones, seed, limits)
        self._begin = tones + REST
        self.duration = self._begin + moves if moves else tones
        self._parts = [self._tones.path()]
        if moves:
            self._moves = Moves(arm, self._parts[0][-1], self._start, moves, seed, limits)
            self._parts.append(self._moves.path())

    def velocity(self, time: np.ndarray) -> np.ndarray:
        """Joint velocities (k, n) [rad/s] at times (k,) [s], zero outside the motions."""
        time = np.asarray(time, dtype=float)
        velocity = self._tones.velocity(time)
        if len(self._parts) > 1:
            velocity = velocity + self._moves.velocity(time - self._begin)
        return velocity

    def path(self) -> np.ndarray:
        """Joint positions (k, n) [rad], 40 ms apart or less, as far as the arm follows exactly."""
        return np.concatenate(self._parts)

    @property
    def excursion(self) -> float:
        """Largest distance of any joint from its start [rad]."""
        return float(np.abs(self.path() - self._start).max())
