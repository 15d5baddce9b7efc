"""What the demonstration found: summary.json, and the same as a table."""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import fmean
from typing import Any, Mapping, Optional

from rich.table import Table

POLICY, BAG, REPORT = "policy.onnx", "bag", "gap/report.html"
TRAINING, EVALUATION, GAP = SOURCES = ("training.json", "evaluation.json", "gap/gap.json")
SUMMARY = "summary.json"


class SummaryError(ValueError):
    """A stage's file does not hold what it should; the message says which."""


def summarise(run_dir: Path) -> dict[str, Any]:
    """The figures of a whole loop, from the files that its stages wrote.

    Returns:
      {"train", "deploy", "gap", "bag", "policy"}; lengths in m, times in s, a figure that could
      not be measured is None, paths as ``run_dir`` is given.

    Raises:
      SummaryError: a stage's file is missing or not what it should be.
    """
    try:
        return _summary(
            run_dir, *(json.loads((run_dir / name).read_text("utf-8")) for name in SOURCES)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SummaryError(
            f"{', '.join(SOURCES)} in {run_dir} do not hold a whole loop "
            f"({type(error).__name__}: {error})"
        ) from error


def _summary(run_dir: Path, training: dict, evaluation: dict, gap: dict) -> dict[str, Any]:
    delays = [joint["delay_s"] for joint in gap["joints"].values() if joint["delay_s"] is not None]
    return {
        "train": _selected(training, "success_rate", "wall_s", "env_steps", "env_steps_per_s"),
        "deploy": _selected(
            evaluation, "goals", "successes", "mean_final_distance_m", "mean_time_to_goal_s"
        ),
        "gap": {
            "report": str(run_dir / REPORT),
            "tool_position_rmse_m": gap["tool"]["position_rmse_m"],
            "delay_s": fmean(delays) if delays else None,
        },
        "bag": str(run_dir / BAG),
        "policy": str(run_dir / POLICY),
    }


def write_summary(summary: Mapping[str, Any], run_dir: Path) -> Path:
    """Write summary.json, whole or not at all; returns its path."""
    path = run_dir / SUMMARY
    partial = path.with_suffix(".json.part")
    partial.write_text(json.dumps(summary, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(partial, path)
    return path


def summary_table(summary: Mapping[str, Any], durations: Mapping[str, float]) -> Table:
    """The summary for a person, with the time of each stage [s]."""
    train, deploy, gap = summary["train"], summary["deploy"], summary["gap"]
    table = Table(title="Learned in simulation, run on the arm, compared")
    table.add_column("")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_row("training", "success over fresh episodes", _text(train["success_rate"], 100, "%"))
    table.add_row("", "time", _text(train["wall_s"], 1, "s"))
    table.add_row("", "control steps", f"{train['env_steps']:,}")
    table.add_row("", "control steps per second", f"{train['env_steps_per_s']:,.0f}")
    table.add_section()
    table.add_row("arm", "goals met", f"{deploy['successes']} of {deploy['goals']}")
    table.add_row("", "mean final distance", _text(deploy["mean_final_distance_m"], 1000, "mm"))
    table.add_row("", "mean time to goal", _text(deploy["mean_time_to_goal_s"], 1, "s"))
    table.add_section()
    table.add_row("gap", "tool position, RMS error", _text(gap["tool_position_rmse_m"], 1000, "mm"))
    table.add_row("", "delay of the joints, mean", _text(gap["delay_s"], 1000, "ms"))
    table.add_section()
    for index, (name, seconds) in enumerate(durations.items()):
        table.add_row("" if index else "stages", name, _text(seconds, 1, "s"))
    return table


def _selected(figures: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: figures[name] for name in names}


def _text(value: Optional[float], scale: float, unit: str) -> str:
    return "not measured" if value is None else f"{scale * value:.1f} {unit}"
