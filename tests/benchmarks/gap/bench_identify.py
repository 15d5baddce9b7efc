"""Identification against ten simulated arms whose parameters are known, two bags of each.

About 45 s of one core per bag; what is done is kept, so that it can be stopped and started again.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from hidden_arms import COMPARED, DURATION, SEEDS, fitted, truth
from rich.progress import track
from written_figures import machine, write

from rl_manip_description import load_arm

BAGS = 2  # of each arm


def main() -> int:
    """Measure, print a table, and write identify.json."""
    arm = load_arm("ur5e")
    todo = [(seed, bag) for seed in SEEDS for bag in range(BAGS)]
    fits = {key: fitted(arm, *key) for key in track(todo, "fits", transient=True)}
    figures = {"arms": len(SEEDS), "bags of each": BAGS, "motion [s]": DURATION}
    for name in COMPARED:
        errors, inside, agree = [], [], []
        for seed in SEEDS:
            true = truth(arm, seed, name)
            value, half = (
                np.array([fits[seed, bag]["parameters"][name][key] for bag in range(BAGS)])
                for key in ("value", "half_width")
            )
            errors.append(value - true if "delay" in name or "lag" in name else value / true - 1.0)
            inside.append(np.abs(value - true) <= half)
            agree.append(np.abs(value[0] - value[1]) <= np.hypot(*half))
        unit, scale = ("ms", 1e3) if "delay" in name or "lag" in name else ("%", 1e2)
        size = np.abs(errors) * scale
        figures[f"{name}: largest error [{unit}]"] = float(size.max())
        figures[f"{name}: RMS error [{unit}]"] = float(np.sqrt(np.mean(size**2)))
        figures[f"{name}: intervals that hold the truth [1]"] = float(np.mean(inside))
        figures[f"{name}: bags that agree within their intervals [1]"] = float(np.mean(agree))
    ratios = [fit["nominal_m"] / fit["identified_m"] for fit in fits.values()]
    figures["held-out error, nominal over identified, smallest [1]"] = float(min(ratios))
    figures["held-out error, nominal over identified, median [1]"] = float(np.median(ratios))
    write("identify", {**figures, "machine": machine()})
    return 0
