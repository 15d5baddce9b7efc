"""Identified parameters beside the ranges that a policy was trained with."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence

import numpy as np

from rl_manip_gap.compare.training_ranges import INSIDE, Beside, trained
from rl_manip_gap.identify.arm_parameters import UNITS
from rl_manip_gap.identify.fit import Identified, unknown_joints

# Identified parameters and the ranges, added up, that they are drawn from.
_TRAINED = {
    "delay": ("action_delay", "observation_delay"),  # the fit has the whole way, there and back
    "payload": ("payload",),
    "velocity_gain": ("velocity_gain",),
    "servo_lag": ("servo_lag",),
    "friction_scale": ("joint_friction_scale",),
    "damping_scale": ("joint_damping_scale",),
    "armature_scale": ("joint_armature_scale",),
}


def identified_beside_training(
    found: Identified, joint_names: Sequence[str], ranges: Mapping[str, Any]
) -> List[Beside]:
    """Every parameter that the motion shows, with its interval and its trained range."""
    beside = []
    for name, parts in _TRAINED.items():
        values, halves = getattr(found.parameters, name), getattr(found.half_width, name)
        unknown = unknown_joints(found.parameters, found.half_width, name)
        if name == "payload":  # near zero its interval is wide beside its value, and tells enough
            unknown = ~np.isfinite(halves)
        for index in map(int, np.flatnonzero(~unknown)):
            value, half = float(values[index]), float(halves[index])
            low, high = (
                sum(ends) for ends in zip(*(trained(ranges, part, index) for part in parts))
            )
            joint = joint_names[index] if len(values) > 1 else ""
            unit = UNITS.get(name, "1")
            beside.append(Beside(name, joint, unit, value, value - half, value + half, low, high))
    return beside


def told(beside: Sequence[Beside]) -> List[str]:
    """A line for each parameter that does not lie inside, and one for all others."""
    wrong = [one for one in beside if one.word != INSIDE]
    lines = [
        f"{one.joint or 'the arm'}: {one.name.replace('_', ' ')} {one.measured:.3f} "
        f"({one.low:.3f} to {one.high:.3f}) lies {one.word} of what the policy was trained for "
        f"({one.trained_low:.3f} to {one.trained_high:.3f})"
        for one in wrong
    ]
    inside = len(beside) - len(wrong)
    return [*lines, f"{inside} of {len(beside)} parameters lie inside the policy's ranges"]
