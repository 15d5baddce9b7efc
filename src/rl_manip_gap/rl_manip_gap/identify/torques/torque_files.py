"""identified.yaml and ranges to train with, from recordings without commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import yaml

from rl_manip_description.contract.whole_file import write_text
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.identify.identified_files import NARROWEST, RANGES, allowed
from rl_manip_gap.identify.torques.torque_fit import JointFriction, is_known
from rl_manip_gap.metrics.intervals import Figure
from rl_manip_gap.replay.twin import Twin
from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg

_SCALES = {"coulomb": "friction_scale", "viscous": "damping_scale", "armature": "armature_scale"}
_UNITS = {
    "drive_gain": "Nm per unit of effort",
    "armature": "kg m^2",
    "coulomb": "Nm",
    "viscous": "Nm s/rad",
    "stribeck": "Nm",
}


def nominal_dynamics(twin: Twin) -> Dict[str, np.ndarray]:
    """The description's Coulomb and viscous friction and rotor inertia, (n,) each."""
    model, joints = twin.model, twin.arm.num_joints
    return {
        "coulomb": model.dof_frictionloss[:joints].copy(),
        "viscous": model.dof_damping[:joints].copy(),
        "armature": model.dof_armature[:joints].copy(),
    }


def torque_randomization(
    found: Sequence[JointFriction], nominal: Dict[str, np.ndarray]
) -> RandomizationCfg:
    """The default preset with the friction and inertia that the efforts show.

    Raises:
        BagError: no joint's friction was measured.
    """
    default = PRESETS["default"].to_dict()
    ranges: Dict[str, Any] = dict(default)
    measured = 0
    for name, scale in _SCALES.items():
        target = RANGES[scale]
        low = np.full(len(found), default[target][0])
        high = np.full(len(found), default[target][1])
        for j, joint in enumerate(found):
            figure: Figure = getattr(joint, name)
            if joint.is_measured and is_known(figure):
                value, half = figure.value / nominal[name][j], figure.half_width / nominal[name][j]
                half = max(half, NARROWEST[scale])
                low[j], high[j] = value - half, value + half
                measured += 1
        ranges[target] = allowed(target, low, high)
    if not measured:
        raise BagError(
            "no ranges are written: of no joint do the efforts show friction that predicts the "
            "rest of the recording better than the description's; record a motion that turns "
            "every joint both ways, slowly and fast."
        )
    return RandomizationCfg.from_dict(ranges)


def write_torques(
    path: Path,
    twin: Twin,
    found: Sequence[JointFriction],
    bags: Sequence[Path],
) -> None:
    """Writes identified.yaml of recordings without commands."""
    joints: Dict[str, Any] = {}
    for joint in found:
        figures = {
            name: {
                "value": figure.value,
                "ci95": list(figure.ci95) if figure.ci95 else None,
                "excited": joint.is_measured and is_known(figure),
            }
            for name in _UNITS
            if (figure := getattr(joint, name)) is not None
        }
        joints[joint.name] = {
            **figures,
            "stribeck_velocity": joint.stribeck_velocity,
            "validation": {
                "nominal_torque_rmse_nm": joint.nominal_rmse_nm,
                "identified_torque_rmse_nm": joint.rmse_nm,
            },
        }
    content = {
        "arm": twin.arm.name,
        "bags": [str(bag) for bag in bags],
        "method": "inverse dynamics: the recordings hold no commands",
        "units": _UNITS,
        "joints": joints,
    }
    write_text(path, yaml.safe_dump(content, sort_keys=False))


def torque_lines(found: Sequence[JointFriction]) -> Tuple[str, ...]:
    """A line for each joint, for people."""
    lines: List[str] = []
    for joint in found:
        if not joint.is_measured:
            why = (
                "the motion does not tell its drive gain"
                if not is_known(joint.drive_gain)
                else "the description's friction predicts the rest of the recording as well"
            )
            lines.append(f"{joint.name}: not measured, {why}")
            continue
        shown = [
            _told("drive gain", joint.drive_gain, "Nm per unit of effort"),
            _told("Coulomb friction", joint.coulomb, "Nm"),
            _told("viscous friction", joint.viscous, "Nm s/rad"),
            _told("rotor inertia", joint.armature, "kg m²"),
        ]
        if joint.stribeck is not None:
            shown.append(_told("Stribeck friction", joint.stribeck, "Nm"))
        lines.append(
            f"{joint.name}: {', '.join(shown)}; the rest of the recording is predicted to "
            f"{joint.rmse_nm:.2f} Nm RMS ({joint.nominal_rmse_nm:.2f} Nm by the description)"
        )
    return tuple(lines)


def _told(name: str, figure: Figure, unit: str) -> str:
    return f"{name} {figure.value:.2f} ± {figure.half_width:.2f} {unit}"
