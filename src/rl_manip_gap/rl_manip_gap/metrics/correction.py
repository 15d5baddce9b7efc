"""Commands delayed and scaled so that the simulation responds as the arm, and what that leaves."""

from __future__ import annotations

from typing import Optional

import numpy as np

from rl_manip_gap.metrics.figures import Figures
from rl_manip_gap.metrics.intervals import Figure, common_half_width
from rl_manip_gap.metrics.response import JointResponse

_LONGEST_SHIFT = 1.0  # as far as the gates look for a match of command and motion [s]
_SCALES = (0.2, 5.0)  # gains beyond are no gains [1]


def shift(real: Optional[JointResponse], sim: Optional[JointResponse]) -> float:
    """By how much the arm responds later than the simulation [s]; 0 where that is not known."""
    if real is None or sim is None or not _apart(real.delay_s, sim.delay_s):
        return 0.0
    later = real.delay_s.value - sim.delay_s.value
    return later if abs(later) < _LONGEST_SHIFT else 0.0


def scale(real: Optional[JointResponse], sim: Optional[JointResponse]) -> float:
    """The arm's gain over the simulation's [1]; 1 where that is not known."""
    if real is None or sim is None or not _apart(real.gain, sim.gain):
        return 1.0
    over = real.gain.value / sim.gain.value
    return over if _SCALES[0] < over < _SCALES[1] else 1.0


def budget(nominal: float, aligned: float, scaled: float) -> Figures:
    """What the tool's error comes from, from RMSEs of the three replays [m].

    A correction that adds error explains nothing; what then remains is more than there was.
    """
    return {
        "delay_m": Figure(float(np.sqrt(max(0.0, nominal**2 - aligned**2)))),
        "gain_m": Figure(float(np.sqrt(max(0.0, min(nominal, aligned) ** 2 - scaled**2)))),
        "rest_m": Figure(scaled),
    }


def _apart(one: Figure, other: Figure) -> bool:
    """Whether figures differ by more than chance: correcting what is not known would add error."""
    return abs(one.value - other.value) > common_half_width(one, other)
