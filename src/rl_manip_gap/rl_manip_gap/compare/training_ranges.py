"""Is this arm inside what the policy was trained for? Measured figures beside trained ranges."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from rl_manip_gap.metrics.figures import Figures
from rl_manip_gap.metrics.intervals import Figure, common_half_width
from rl_manip_sim.randomization.randomization_cfg import PRESETS

INSIDE, AT_THE_EDGE, OUTSIDE = "inside", "at the edge", "outside"
_WORDS = (INSIDE, AT_THE_EDGE, OUTSIDE)  # mildest first
DELAY, GAIN = "delay", "velocity gain"


class Beside(NamedTuple):
    """One figure of the arm beside the range that the policy was trained with."""

    name: str  # what
    joint: str  # which joint; empty for the whole arm
    unit: str
    measured: float
    low: float  # ends of the measured figure's 95 % interval
    high: float
    trained_low: float
    trained_high: float

    @property
    def word(self) -> str:
        """Inside with its whole interval, outside with all of it, or at the edge."""
        if self.high < self.trained_low or self.low > self.trained_high:
            return OUTSIDE
        if self.trained_low <= self.low and self.high <= self.trained_high:
            return INSIDE
        return AT_THE_EDGE

    def to_json(self) -> Dict[str, Any]:
        return {**self._asdict(), "is": self.word}


def trained(ranges: Mapping[str, Any], name: str, joint: int) -> Tuple[float, float]:
    """Range of a parameter in a training record, of one joint where it has one for each.

    A parameter that the record does not name was kept at its nominal value.
    """
    low, high = ranges.get(name) or getattr(PRESETS["none"], name)
    low, high = (
        float(end[joint]) if isinstance(end, (list, tuple)) else float(end) for end in (low, high)
    )
    return low, high


def response_beside_training(
    joints: Mapping[str, Figures], ranges: Mapping[str, Any]
) -> List[Beside]:
    """Delay and gain of every joint that shows them.

    The delay is what the arm is later than the simulation. Command and joint state both count, and
    so does what a servo's lag is beyond the nominal one: the trained range is that of their sum.
    """
    found = []
    for index, (name, figures) in enumerate(joints.items()):
        if "delay_s" in figures and "sim_delay_s" in figures:
            late, sim = figures["delay_s"], figures["sim_delay_s"]
            parts = [
                trained(ranges, part, index)
                for part in ("action_delay", "observation_delay", "servo_lag")
            ]
            nominal = trained({}, "servo_lag", index)[0]
            low, high = (sum(part[end] for part in parts) - nominal for end in (0, 1))
            half = common_half_width(late, sim)
            value = late.value - sim.value
            found.append(Beside(DELAY, name, "s", value, value - half, value + half, low, high))
        if "gain" in figures and "sim_gain" in figures:
            ratio = _ratio(figures["gain"], figures["sim_gain"])
            ends = ratio.ci95 or (ratio.value, ratio.value)
            low, high = trained(ranges, "velocity_gain", index)
            found.append(Beside(GAIN, name, "1", ratio.value, *ends, low, high))
    return found


def _ratio(gain: Figure, sim: Figure) -> Figure:
    """Of independent figures, whose relative half widths add as squares."""
    base = max(sim.value, 1e-9)
    value = gain.value / base
    half = float(np.hypot(gain.half_width / base, value * sim.half_width / base))
    return Figure(value, (value - half, value + half))


def worst(found: Sequence[Beside], name: str) -> Optional[str]:
    """The gravest word over the joints; None where nothing of that name is known."""
    words = [one.word for one in found if one.name == name]
    return max(words, key=_WORDS.index) if words else None


def span(found: Sequence[Beside], name: str) -> Tuple[float, float]:
    """From the lowest to the highest end that the arm shows over its joints."""
    mine = [one for one in found if one.name == name]
    return min(one.low for one in mine), max(one.high for one in mine)


def advice(found: Sequence[Beside], name: str, parameter: str) -> str:
    """What to do about a parameter, from where the arm lies in its trained range."""
    mine = [one for one in found if one.name == name]
    word = worst(found, name)
    scale, unit, digits = (1e3, " ms", 0) if name == DELAY else (1.0, "", 3)
    low, high = min(one.trained_low for one in mine), max(one.trained_high for one in mine)
    was = f"{low * scale:.{digits}f} to {high * scale:.{digits}f}{unit}"
    was += " later than the simulation" if name == DELAY else ""  # so it may begin below zero
    if word == INSIDE:
        return f"The policy was trained for that ({was}): the {name} needs no new training."
    wrong = [one.joint for one in mine if one.word == word]
    joints = "every joint" if len(wrong) == len(mine) else ", ".join(wrong)
    seen_low, seen_high = span(found, name)
    ends = [
        f"{way} the {end} end of {parameter} by {by * scale:.{digits}f}{unit}"
        for way, end, by in (
            ("lower", "lower", low - seen_low),
            ("raise", "upper", seen_high - high),
        )
        if by > 0.0
    ]
    return (
        f"The {name} of {joints} lies {word} of what the policy was trained for ({was}): train "
        f"anew, and {' and '.join(ends) or 'give each joint its own range'}."
    )
