"""What each range of the randomisation costs the shipped policies, taken alone at its ends.

    make bench BENCH="knobs [--episodes 500] [--policies ur5e_reach ur5e_pick_place]"

Everything but one figure is nominal; that one stands, in every episode, at an end of its
`aggressive` range. The same starts, goals and draws otherwise. A figure that a policy's task has
nothing to do with is not tried with it, and of one that is zero in the middle one end is.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from written_figures import machine, write

from rl_manip_sim.randomization.drawing import absent_from
from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg, Range
from rl_manip_train.policy.evaluation import Evaluation, evaluate
from rl_manip_train.policy.onnx_policy import load_onnx_policy

POLICIES = Path(__file__).resolve().parents[3] / "policies"
SEED = 4711
OF_AN_OBJECT = ("object_", "gripper_")
"""How names of figures begin that mean nothing where no object is handled."""
NONE, WIDE = PRESETS["none"], PRESETS["aggressive"]


def main() -> int:
    """Measure, print a table, and write knobs.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--policies", nargs="+", default=["ur5e_reach", "ur5e_pick_place"])
    parser.add_argument("--episodes", type=int, default=500)
    arguments = parser.parse_args()
    rows: dict[str, dict[str, Any]] = {row: {} for row in ("nominal", *_alone())}
    for name in arguments.policies:
        judge = _Judge(name, arguments.episodes)
        for row, ranges in judge.rows().items():
            rows[row][name] = judge(ranges).to_dict()
            print(name, row, rows[row][name]["success_rate"], flush=True)
    rows = {row: found for row, found in rows.items() if found}
    _show(rows)
    write("knobs", {"episodes": arguments.episodes, "machine": machine(), "rows": rows})
    return 0


def _alone() -> dict[str, tuple[str, RandomizationCfg]]:
    """A figure's name and the ranges in which it alone is off nominal, by a row's name."""
    found = {}
    for item in dataclasses.fields(RandomizationCfg):
        nominal, wide = getattr(NONE, item.name).low, getattr(WIDE, item.name)
        unit = "" if item.metadata["unit"] == "1" else " " + item.metadata["unit"]
        for end in (wide.high,) if wide.low == -wide.high else wide:
            if end != nominal:
                ranges = dataclasses.replace(NONE, **{item.name: Range(end, end)})
                found[f"{item.name} {end:g}{unit}"] = (item.name, ranges)
    return found


class _Judge:
    """Judges one shipped policy."""

    def __init__(self, name: str, episodes: int) -> None:
        self._policy = load_onnx_policy(POLICIES / name / "policy.onnx")
        self._arm, self._task = self._policy.arm_and_task(SEED)
        self._episodes = episodes

    def __call__(self, ranges: RandomizationCfg) -> Evaluation:
        policy, arm, name = self._policy, self._arm, self._task.name
        return evaluate(policy.act, arm, name, "mujoco", 0.0, ranges, self._episodes, SEED)

    def rows(self) -> dict[str, RandomizationCfg]:
        """Ranges by a row's name, of figures that matter for the task."""
        scene = self._task.scene
        without = absent_from(scene) + (() if scene.object_shapes else OF_AN_OBJECT)
        alone = {
            row: ranges for row, (name, ranges) in _alone().items() if not name.startswith(without)
        }
        return {"nominal": NONE, **alone}


def _show(rows: dict[str, dict[str, Any]]) -> None:
    names = list(rows["nominal"])
    unknown = {"success_rate": None, "mean_final_distance": None, "mean_time_to_goal": None}
    table = Table("", *(f"{name}: {part}" for name in names for part in ("success", "mm", "s")))
    for row, found in rows.items():
        cells = []
        for name in names:
            one = found.get(name, unknown)
            cells += [
                _cell(one["success_rate"], 1e2, "{:.1f} %"),
                _cell(one["mean_final_distance"], 1e3, "{:.1f}"),
                _cell(one["mean_time_to_goal"], 1.0, "{:.2f}"),
            ]
        table.add_row(row, *cells)
    Console(width=140).print(table)


def _cell(value: float | None, scale: float, form: str) -> str:
    return "–" if value is None else form.format(scale * value)


if __name__ == "__main__":
    raise SystemExit(main())
