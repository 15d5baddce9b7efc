"""identified.yaml, what was found, and randomization.yaml, what the next training draws from."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Sequence, Union

import numpy as np
import yaml
from numpy.typing import ArrayLike

from rl_manip_description.contract.whole_file import write_text
from rl_manip_gap.compare.training_ranges import Beside
from rl_manip_gap.identify.acceptance import doubts
from rl_manip_gap.identify.arm_parameters import UNITS, parameter_names
from rl_manip_gap.identify.fit import Identified, unknown_joints
from rl_manip_gap.identify.fit_residual import measured_noise
from rl_manip_gap.identify.validation import Validation
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.twin import Twin
from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg

# Identified parameters and the ranges that they become.
RANGES = {
    "friction_scale": "joint_friction_scale",
    "damping_scale": "joint_damping_scale",
    "armature_scale": "joint_armature_scale",
    "velocity_gain": "velocity_gain",
    "servo_lag": "servo_lag",
}
# Half widths below these say more than an arm keeps from day to day: friction changes with
# temperature by tens of per cent, the others hardly.
NARROWEST = {
    "friction_scale": 0.1,
    "damping_scale": 0.1,
    "armature_scale": 0.03,
    "velocity_gain": 0.005,
    "servo_lag": 0.001,
    "delay": 0.002,
}


def write_identified(
    path: Path,
    twin: Twin,
    found: Identified,
    validation: Validation,
    bags: Sequence[Union[str, Path]],
    beside: Sequence[Beside] = (),
) -> None:
    """Writes identified.yaml; `beside` are the parameters in a policy's trained ranges."""
    joints = list(twin.arm.joint_names)
    parameters: Dict[str, Any] = {}
    for name in parameter_names():
        value, half = getattr(found.parameters, name), getattr(found.half_width, name)
        unknown = unknown_joints(found.parameters, found.half_width, name)
        entries = [
            {
                "value": float(v),
                "ci95": [float(v - h), float(v + h)] if np.isfinite(h) else None,
                "excited": not bool(u),
            }
            for v, h, u in zip(value, half, unknown)
        ]
        values: Dict[str, Any] = dict(zip(joints, entries)) if len(entries) > 1 else entries[0]
        parameters[name] = {"unit": UNITS.get(name, "1"), **values}
    content = {
        "arm": twin.arm.name,
        "bags": [str(bag) for bag in bags],
        "windows": found.windows,
        "residual_rms": found.residual_rms,
        "misfit": dict(zip(joints, map(float, found.misfit))),
        "largest_misfit": found.largest_misfit,
        "parameters": parameters,
        "validation": {
            "motion": "of another kind" if validation.another_kind else "of the same kind",
            "windows": validation.windows,
            "nominal_tool_position_rmse_m": validation.nominal.value,
            "identified_tool_position_rmse_m": validation.identified.value,
        },
        "against_training": [one.to_json() for one in beside],
        "warnings": [*found.warnings, *doubts(found, validation, joints)],
    }
    write_text(path, yaml.safe_dump(content, sort_keys=False))


def randomization(found: Identified, recordings: Sequence[Recording]) -> RandomizationCfg:
    """Ranges centred on the fit and as wide as its uncertainty.

    What the motion did not show keeps the default preset's range; where a joint's servo is not the
    model's, or its stiffness is left open, that range is widened to what was fitted.
    """
    default = PRESETS["default"].to_dict()
    ranges: Dict[str, Any] = dict(default)
    predicts = found.lacks_fit | found.over_stiffness
    for name, target in RANGES.items():
        unknown = unknown_joints(found.parameters, found.half_width, name)
        value, half = getattr(found.parameters, name), getattr(found.half_width, name)
        half = np.maximum(half, NARROWEST[name])
        low = np.where(unknown, default[target][0], value - half)
        high = np.where(unknown, default[target][1], value + half)
        # what was fitted with another servo than the joint's is no figure of it, and predicts its
        # motion
        low = np.where(predicts, np.minimum(low, value), low)
        high = np.where(predicts, np.maximum(high, value), high)
        ranges[target] = allowed(target, low, high)
    delay, half = float(found.parameters.delay[0]), float(found.half_width.delay[0])
    if np.isfinite(half):
        half = max(half, NARROWEST["delay"])
        ranges["action_delay"] = allowed("action_delay", [delay - half], [delay + half], True)
        ranges["observation_delay"] = [0.0, 0.0]  # the fit has the whole way, there and back
    ranges["link_mass_scale"] = [0.97, 1.03]
    payload, half = float(found.parameters.payload[0]), float(found.half_width.payload[0])
    if np.isfinite(half):
        ranges["payload"] = allowed("payload", [payload - half], [payload + half], True)
    noise = measured_noise(recordings)
    for key in ("position", "velocity"):
        ranges[f"joint_{key}_noise"] = [0.0, 1.5 * float(noise[key].max())]
    return RandomizationCfg.from_dict(ranges)


def write_randomization(path: Path, ranges: RandomizationCfg) -> None:
    """Writes randomization.yaml, which train.launch.py takes as randomization:=."""
    write_text(path, yaml.safe_dump(ranges.to_dict(), sort_keys=False))


def allowed(name: str, low: ArrayLike, high: ArrayLike, scalar: bool = False) -> List[Any]:
    """The range from `low` to `high`, (n,) or, as a scalar, (1,), within what is allowed."""
    field = RandomizationCfg.__dataclass_fields__[name]
    bounds = field.metadata["minimum"], field.metadata["maximum"]
    ends = [np.clip(np.asarray(end, dtype=float), *bounds) for end in (low, high)]
    return [float(end[0]) if scalar else [float(v) for v in end] for end in ends]
