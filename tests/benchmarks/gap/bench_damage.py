"""Damaged bags through the whole report: cut off at random places, and random bits flipped.

Every one must end in a report whose figures are those of the intact bag over the messages that
were read, or in one sentence and an exit code. Bags without checksums (sqlite3) can hold a wrong
number that looks like a right one: how often that shows in a figure is counted.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from written_figures import machine, write

from rl_manip_description import load_arm
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.replay.twin import Twin
from rl_manip_gap.report import page
from rl_manip_gap.testing.bag_damage import (
    cut_off,
    flipped,
    run_report,
    true_figures,
    wrong_figures,
)
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag

TIMES = 100  # of each damage
PAGE_EVERY = 5  # the page, most of a report's time, is drawn for one report in so many
WITHIN = 0.01  # of a figure; what differs more is wrong [1]
# 8 s fill two chunks of MCAP; and no whole number of states fits a window, for which one ends it
# must not hang on a rounding.
TRUTH = Truth(duration=8.0, state_rate=490.7, command_rate=125.0, delay=0.03, noise=0.002)


def main() -> int:
    """Damage, report, compare, print a table, and write damage.json; 1 where one ended badly."""
    arm = load_arm("ur5e")
    twin = Twin(arm, num_threads=1)
    figures: dict[str, Any] = {}
    bad: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for storage in ("mcap", "sqlite3"):
            bag = response_bag(Path(folder) / storage, arm, TRUTH, storage)
            for name, damage in (("cut off", cut_off), ("bits flipped", flipped)):
                print(f"{storage}, {name}", flush=True)
                counts = _endings(bag, damage, twin, bad)
                figures.update({f"{storage}, {name}: {k}": v for k, v in counts.items()})
    write("damage", {**figures, "of each": TIMES, "ended badly": len(bad), "machine": machine()})
    print("\n".join(bad))
    return 1 if bad else 0


def _endings(bag: Path, damage, twin: Twin, bad: list[str]) -> dict[str, int]:
    """How often the report of a damaged bag ended how."""
    (file,) = [f for f in bag.iterdir() if f.suffix != ".yaml"]
    whole, content = read_recording(bag, twin.arm), file.read_bytes()
    counts = {"reports": 0, "sentences": 0, "reports with a wrong figure": 0, "ended badly": 0}
    damaged, out = bag.parent / f"damaged{file.suffix}", bag.parent / "gap"
    for seed in range(TIMES):
        damaged.write_bytes(damage(content, np.random.default_rng(seed)))
        shutil.rmtree(out, ignore_errors=True)
        render = page.render if seed % PAGE_EVERY == 0 else (lambda gap: "")
        try:
            with mock.patch.object(page, "render", render):
                ending = run_report(damaged, out)
        except Exception as error:  # a traceback is what is looked for
            counts["ended badly"] += 1
            bad.append(f"{file.suffix} {damage.__name__} {seed}: {error!r}")
            continue
        if ending.gap is None:
            counts["sentences"] += 1
            if ending.code == 0 or not ending.said or "\n" in ending.said.strip():
                counts["ended badly"] += 1
                bad.append(f"{file.suffix} {damage.__name__} {seed}: {ending.said!r}")
            continue
        counts["reports"] += 1
        truth = true_figures(whole, read_recording(damaged, twin.arm), twin)
        wrong = list(wrong_figures(ending.gap, truth, WITHIN))
        counts["reports with a wrong figure"] += bool(wrong)
        if wrong:
            print(f"{file.suffix} {damage.__name__} {seed}: {'; '.join(wrong[:3])}", flush=True)
    return counts
