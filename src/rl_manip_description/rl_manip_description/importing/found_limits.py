"""How far, fast and hard an arm's joints may move: told, assumed, or computed from its masses."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Sequence
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.importing.finding.stops import stop_decelerations
from rl_manip_description.importing.reading.more_files import max_accelerations
from rl_manip_description.importing.reading.read_links import Inertia
from rl_manip_description.importing.reading.urdf_source import ImportArmError
from rl_manip_description.importing.writing.write_yaml import Row
from rl_manip_description.kinematics.serial_chain import KinematicChain
from rl_manip_description.model.arm import JointLimits

ACCELERATION, JERK, STOP_JERK = 10.0, 500.0, 4000.0
"""What is commanded where nobody says less [rad/s^2], [rad/s^3]; as for the arms shipped."""
LEAST_STOP = 0.5
"""A joint that cannot brake so hard under its own weight cannot be guarded [rad/s^2]."""


def told_limits(
    root: ElementTree.Element,
    names: Sequence[str],
    moveit: Optional[Path],
    rows: List[Row],
) -> JointLimits:
    """Limits by the URDF, accelerations by MoveIt's file where there is one; stops come later."""
    joints = {joint.get("name"): joint for joint in root.findall("joint")}

    def each(key: str, endless: float) -> np.ndarray:
        """A limit of every joint."""
        values = []
        for name in names:
            continuous = joints[name].get("type") == "continuous" and key in ("lower", "upper")
            limit = joints[name].find("limit")
            said = "nan" if limit is None else limit.get(key, "nan")
            values.append(endless if continuous else float(said))
        return np.array(values)

    told: Dict[str, float] = max_accelerations(moveit, names) if moveit else {}
    acceleration = np.array([min(told.get(name, ACCELERATION), ACCELERATION) for name in names])
    rows.append(
        Row(
            "acceleration",
            _span(acceleration, "rad/s^2"),
            "MoveIt" if told else "assumed",
            not told,
        )
    )
    rows.append(Row("jerk", f"{JERK:g} rad/s^3", "assumed", True))
    ones = np.ones(len(names))
    return JointLimits(
        position_lower=each("lower", -np.inf),
        position_upper=each("upper", np.inf),
        velocity=each("velocity", 0.0),
        acceleration=acceleration,
        jerk=JERK * ones,
        stop_deceleration=np.maximum(acceleration, ACCELERATION),
        stop_jerk=STOP_JERK * ones,
        effort=each("effort", 0.0),
    )


def with_stops(
    limits: JointLimits,
    chain: KinematicChain,
    inertias: Sequence[Inertia],
    names: Sequence[str],
    rows: List[Row],
) -> JointLimits:
    """The limits with the stops that masses and torques allow.

    Raises:
        ImportArmError: a joint is too weak for the arm's weight.
    """
    stops = stop_decelerations(chain, limits, inertias)
    weak = np.flatnonzero(stops < LEAST_STOP)
    if len(weak):
        raise ImportArmError(
            f"joint {names[weak[0]]!r} has the effort limit {limits.effort[weak[0]]:g} Nm, which "
            "does not hold the arm's weight and brake it: mend effort limit or masses."
        )
    rows.append(
        Row("deceleration of stops", _span(stops, "rad/s^2"), "computed from masses and torques")
    )
    values = {**vars(limits), "stop_deceleration": stops}
    values["acceleration"] = np.minimum(limits.acceleration, stops)
    return JointLimits(**values)


def _span(values: np.ndarray, unit: str) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}"
