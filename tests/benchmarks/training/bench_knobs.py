"""What each range of the randomisation costs the shipped policies, taken alone at its far end.

    make bench BENCH="knobs [--episodes 500] [--policies ur5e_reach ur5e_pick_place]"

Everything but one figure is nominal; that one stands, in every episode, at the end of its
`aggressive` range that is further from nominal. The same starts, goals and draws otherwise.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any, Callable

from rich.console import Console
from rich.table import Table
from written_figures import machine, write

from rl_manip_sim.randomization.randomization_cfg import PRESETS, RandomizationCfg, Range
from rl_manip_train.policy.evaluation import Evaluation, evaluate
from rl_manip_train.policy.onnx_policy import load_onnx_policy

POLICIES = Path(__file__).resolve().parents[3] / "policies"
SEED = 4711
NONE, WIDE = PRESETS["none"], PRESETS["aggressive"]


def main() -> int:
    """Measure, print a table, and write knobs.json."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--policies", nargs="+", default=["ur5e_reach", "ur5e_pick_place"])
    parser.add_argument("--episodes", type=int, default=500)
    arguments = parser.parse_args()
    judges = {name: _judge(name, arguments.episodes) for name in arguments.policies}
    rows: dict[str, dict[str, Any]] = {}
    for row, ranges in {"nominal": NONE, **_alone()}.items():
        rows[row] = {name: judge(ranges).to_dict() for name, judge in judges.items()}
        print(row, {name: one["success_rate"] for name, one in rows[row].items()}, flush=True)
    _show(rows)
    write("knobs", {"episodes": arguments.episodes, "machine": machine(), "rows": rows})
    return 0


def _alone() -> dict[str, RandomizationCfg]:
    """Ranges in which one figure alone is off nominal, by a row's name."""
    found = {}
    for item in dataclasses.fields(RandomizationCfg):
        nominal, wide = getattr(NONE, item.name).low, getattr(WIDE, item.name)
        end = max(wide, key=lambda value, usual=nominal: abs(value - usual))
        unit = item.metadata["unit"]
        row = f"{item.name} {end:g}" + (f" {unit}" if unit != "1" else "")
        found[row] = dataclasses.replace(NONE, **{item.name: Range(end, end)})
    return found


def _judge(name: str, episodes: int) -> Callable[[RandomizationCfg], Evaluation]:
    policy = load_onnx_policy(POLICIES / name / "policy.onnx")
    arm, task = policy.arm_and_task(SEED)

    def judge(ranges: RandomizationCfg) -> Evaluation:
        return evaluate(policy.act, arm, task.name, "mujoco", 0.0, ranges, episodes, SEED)

    return judge


def _show(rows: dict[str, dict[str, Any]]) -> None:
    names = list(rows["nominal"])
    table = Table("", *(f"{name}: {part}" for name in names for part in ("success", "mm", "s")))
    for row, found in rows.items():
        cells = []
        for name in names:
            one = found[name]
            cells += [
                f"{one['success_rate']:.1%}",
                _cell(one["mean_final_distance"], 1e3, "{:.1f}"),
                _cell(one["mean_time_to_goal"], 1.0, "{:.2f}"),
            ]
        table.add_row(row, *cells)
    Console(width=140).print(table)


def _cell(value: float | None, scale: float, form: str) -> str:
    return "–" if value is None else form.format(scale * value)


if __name__ == "__main__":
    raise SystemExit(main())
