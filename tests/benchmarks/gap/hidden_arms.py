"""Simulated arms with hidden parameters, and what identification makes of their excitation."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from written_figures import FOLDER

from rl_manip_description import Arm
from rl_manip_gap.compare.gap_json import write_json
from rl_manip_gap.identify.fit import identify
from rl_manip_gap.identify.identified_files import randomization, write_randomization
from rl_manip_gap.identify.motion.kinds_of_motion import parts
from rl_manip_gap.identify.validation import validate
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.replay.twin import Twin
from rl_manip_gap.testing.headless_arm import excitation_bag, true_delay
from rl_manip_sim.stand_in.hidden_parameters import HiddenParameters, draw_hidden_parameters

SEEDS = tuple(range(10))  # of the hidden arms
DURATION = 60.0  # of the excitation, the default of excite.launch.py [s]
COMPARED = ("delay", "servo_lag", "velocity_gain", "friction_scale", "damping_scale")


def hidden_arm(arm: Arm, seed: int) -> HiddenParameters:
    return draw_hidden_parameters(arm.num_joints, seed)


def fit_folder(seed: int, repeat: int = 0) -> Path:
    return FOLDER / "hidden_arms" / f"seed{seed}_bag{repeat}"


def fitted(arm: Arm, seed: int, repeat: int = 0) -> dict[str, Any]:
    """The fit of one bag of a hidden arm; made once, kept in runs/bench/hidden_arms/.

    Beside fit.json lies randomization.yaml, as identify writes it.
    """
    folder = fit_folder(seed, repeat)
    kept = folder / "fit.json"
    if kept.exists():
        return json.loads(kept.read_text())
    twin = Twin(arm, num_threads=1)
    with tempfile.TemporaryDirectory() as temporary:
        motion_seed = seed + 1000 * repeat  # another motion and other noise
        bag = excitation_bag(
            Path(temporary) / "bag", arm, hidden_arm(arm, seed), DURATION, motion_seed
        )
        motion = parts([read_recording(bag, arm)])
    other = motion.tried if motion.another_kind else ()
    found = identify(twin, motion.fitted, tried=other, stiffness_known=True)
    checked = validate(twin, found.parameters, motion.tried, another_kind=motion.another_kind)
    fit = {
        "nominal_m": checked.nominal.value,
        "identified_m": checked.identified.value,
        "parameters": {
            name: {
                "value": getattr(found.parameters, name).tolist(),
                "half_width": getattr(found.half_width, name).tolist(),
            }
            for name in COMPARED
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_randomization(folder / "randomization.yaml", randomization(found, motion.fitted))
    write_json(kept, fit)
    return fit


def truth(arm: Arm, seed: int, name: str) -> np.ndarray:
    """The hidden figure of a compared parameter, (1,) or (n,)."""
    hidden = hidden_arm(arm, seed)
    if name == "delay":
        return np.array([true_delay(hidden)])
    value = np.asarray(getattr(hidden, name), dtype=float)
    return np.broadcast_to(value, (arm.num_joints,))
