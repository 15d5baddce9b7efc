"""Identification against ten arms whose servos are of other makes than the model's.

Each arm is excited as excite.launch.py does (30 s of tones, 20 s of moves) and drives, for the
judgement alone, other moves. What is done is kept, so that it can be stopped and started again.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from foreign_arms import ARMS, Law, bags_of
from rich.console import Console
from rich.table import Table
from written_figures import FOLDER, machine, write

from rl_manip_description import Arm, load_arm
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.compare.gap_json import write_json
from rl_manip_gap.identify.acceptance import check_fit, check_followed
from rl_manip_gap.identify.fit import Identified, identify, unknown_joints
from rl_manip_gap.identify.motion.kinds_of_motion import parts
from rl_manip_gap.identify.motion.moves import Moves
from rl_manip_gap.identify.motion.two_motions import TwoMotions
from rl_manip_gap.identify.validation import validate
from rl_manip_gap.recording.recording import Recording, read_recording
from rl_manip_gap.replay.twin import Twin

TONES, MOVES = 30.0, 20.0  # of the excitation [s]
SEED, OTHER_SEED = 0, 77  # of the excitation and of the moves that judge
KEPT = FOLDER / "foreign_arms"


def main() -> int:
    """Measure, print a table, and write foreign_arms.json."""
    arm = load_arm("ur5e")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        bags: dict[str, tuple[Path, Path]] = {}
        for name, law in ARMS.items():
            kept = KEPT / f"{name.replace(' ', '_')}.json"
            if not kept.exists():
                bags = bags or _bags(Path(folder), arm)
                KEPT.mkdir(parents=True, exist_ok=True)
                write_json(kept, _tried(arm, law, *(read_recording(b, arm) for b in bags[name])))
            found[name] = json.loads(kept.read_text())
            print(name, {key: found[name][key] for key in ("outcome", "nominal_mm")}, flush=True)
    _show(found)
    taken = [one for one in found.values() if one["identified_mm"] is not None]
    accepted = [one for one in taken if not one["outcome"]]
    figures = {
        "arms": len(found),
        "accepted": len(accepted),
        "accepted, better than nominal": sum(
            one["identified_mm"] < one["nominal_mm"] for one in accepted
        ),
        "intervals that hold the truth [1]": (
            sum(one["held"] for one in accepted) / max(1, sum(one["measured"] for one in accepted))
        ),
        "intervals": sum(one["measured"] for one in accepted),
        "machine": machine(),
        "each": found,
    }
    write("foreign_arms", figures)
    return 0


def _bags(folder: Path, arm: Arm) -> dict[str, tuple[Path, Path]]:
    """Of each arm the bag that identify gets, and the one that judges."""
    excited = TwoMotions(arm, arm.home, TONES, MOVES, SEED)
    judging = Moves(arm, arm.home, arm.home, MOVES, OTHER_SEED)
    first, second = (
        bags_of(folder / kind, arm, ARMS, motion.velocity, motion.duration)
        for kind, motion in (("excited", excited), ("judging", judging))
    )
    return {name: (first[name], second[name]) for name in ARMS}


def _tried(arm: Arm, law: Law, recording: Recording, judging: Recording) -> dict[str, Any]:
    """What identify says of an arm, and how its fit predicts other moves."""
    twin = Twin(arm)
    outcome, found = "", None
    try:
        check_followed([recording])
        motion = parts([recording])
        found = identify(twin, motion.fitted, tried=motion.tried)
        own = validate(twin, found.parameters, motion.tried, another_kind=motion.another_kind)
        check_fit(found, own, arm.joint_names)
    except BagError as error:
        outcome = str(error)
    told: dict[str, Any] = {"outcome": outcome, "nominal_mm": None, "identified_mm": None}
    if found is None:
        return told
    judged = validate(twin, found.parameters, [judging])
    held, measured, parameters = _held(arm, law, found)
    return {
        **told,
        "nominal_mm": 1e3 * judged.nominal.value,
        "identified_mm": 1e3 * judged.identified.value,
        "own_mm": [1e3 * own.nominal.value, 1e3 * own.identified.value],
        "misfit": found.misfit.tolist(),
        "largest_misfit": found.largest_misfit,
        "lacks_fit": found.lacks_fit.tolist(),
        "other_stiffness": found.other_stiffness.tolist(),
        "held": held,
        "measured": measured,
        "parameters": parameters,
    }


def _held(arm: Arm, law: Law, found: Identified) -> tuple[int, int, dict[str, Any]]:
    """Intervals that hold the truth, intervals that are given where there is one, all figures."""
    truth = {
        "velocity_gain": law.gain,
        "friction_scale": law.friction,
        "damping_scale": law.viscous,
    }
    held = measured = 0
    parameters = {}
    for name, true in truth.items():
        value, half = getattr(found.parameters, name), getattr(found.half_width, name)
        known = ~unknown_joints(found.parameters, found.half_width, name)
        inside = np.abs(value - np.broadcast_to(true, value.shape)) <= half
        if name in law.truth:
            held += int((inside & known).sum())
            measured += int(known.sum())
        shown = np.where(np.isfinite(half), half, -1.0)
        parameters[name] = {
            "true": np.broadcast_to(true, value.shape).tolist(),
            "value": value.tolist(),
            "half_width": shown.tolist(),
            "measured": known.tolist(),
        }
    return held, measured, parameters


def _show(found: dict[str, dict[str, Any]]) -> None:
    table = Table("arm", "other moves: nominal", "identified", "truth held", "identify says")
    for name, one in found.items():
        figures = ["–", "–", "–"]
        if one["nominal_mm"] is not None:
            figures = [f"{one['nominal_mm']:.2f} mm", f"{one['identified_mm']:.2f} mm"]
            figures.append(f"{one['held']} of {one['measured']}")
        table.add_row(name, *figures, one["outcome"].partition(": ")[2] or "ranges written")
    Console(width=160).print(table)
