"""A gate: a condition without which some figures of a recording mean nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Sequence, Tuple

# Kinds of gates, gravest first; what each withholds stands in withheld.py.
NOT_EXCITED = "not_excited"  # commands too small to tell anything
CLOCK_RATE = "clock_rate"  # time runs at another rate for states than for commands
SWAPPED = "swapped"  # the joint followed another joint's commands
REVERSED = "reversed"  # the joint moved against its commands
STOOD_STILL = "stood_still"  # the joint was commanded to move and did not
UNCOMMANDED = "uncommanded"  # the joint moved and was not commanded to
NOT_FOLLOWING = "not_following"  # the joint's motion is not what was commanded
SPEED_SCALING = "speed_scaling"  # the robot scales every commanded velocity
VELOCITY = "velocity"  # measured velocities are not the change of measured positions
SATURATED = "saturated"  # the joint does not get beyond a speed
DEAD_BAND = "dead_band"  # the joint ignores small commands
DELAY_CHANGES = "delay_changes"  # one figure cannot say how late the arm is
KINDS = (
    NOT_EXCITED,
    CLOCK_RATE,
    SWAPPED,
    REVERSED,
    STOOD_STILL,
    UNCOMMANDED,
    NOT_FOLLOWING,
    SPEED_SCALING,
    VELOCITY,
    SATURATED,
    DEAD_BAND,
    DELAY_CHANGES,
)


@dataclass(frozen=True)
class FailedGate:
    """A gate that a recording does not pass."""

    kind: str  # one of KINDS
    joints: Tuple[str, ...]  # that do not pass it; empty where it is the whole recording
    finding: str  # a clause for the reader: what was seen
    remedy: str  # a sentence: what to do about it
    measured: Dict[str, float] = field(default_factory=dict)  # by name with unit


def listed(names: Sequence[str]) -> str:
    """Names for a sentence: "a", "a and b", "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
