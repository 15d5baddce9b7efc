"""All gates of a recording, in the order of their gravity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.validity.following import following
from rl_manip_gap.validity.gate import KINDS, FailedGate
from rl_manip_gap.validity.matched import match
from rl_manip_gap.validity.shape import shapes
from rl_manip_gap.validity.steadiness import clock_rate, delay_changes, speed_scaling


@dataclass(frozen=True)
class Validity:
    """Whether the arm followed its commands, so that figures of it mean something."""

    failed: Tuple[FailedGate, ...]
    judged: bool  # False: no commands, or too short a motion to judge
    correlation: Dict[str, Optional[float]]  # by joint; None where it was not commanded to move

    @property
    def passed(self) -> bool:
        return not self.failed

    @property
    def findings(self) -> str:
        """What was found, for the reader; empty where every gate is passed."""
        return "; ".join(gate.finding for gate in self.failed)


def judge(recording: Recording) -> Validity:
    """Judges whether the arm followed the recorded commands.

    A recording without commands, or with less than two seconds of known motion, passes: nothing
    can be said of it, and nothing that rests on commands is.
    """
    names = recording.joint_names
    unknown: Dict[str, Optional[float]] = dict.fromkeys(names)
    matched = match(recording) if recording.commands is not None else None
    if matched is None:
        return Validity((), False, unknown)
    found, gates = following(matched, names)
    clocks = clock_rate(recording)
    if any(gate.joints == () for gate in clocks):
        gates = []  # a wrong clock makes any motion look like another one
    failed: List[FailedGate] = [*gates, *clocks]
    if not clocks:
        scaled = speed_scaling(recording, found)
        failed += scaled + shapes(matched, found, names)
        failed += delay_changes(matched, found)
    correlation = {
        name: one.correlation if one.excited else None for name, one in zip(names, found)
    }
    return Validity(
        tuple(sorted(failed, key=lambda gate: KINDS.index(gate.kind))), True, correlation
    )
