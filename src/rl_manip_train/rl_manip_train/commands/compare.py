"""``ros2 run rl_manip_train compare``: learning curves of runs, with intervals over seeds."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import List, Literal, Sequence

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table
from typing_extensions import Annotated

from rl_manip_description.contract.whole_file import replacing
from rl_manip_train.commands import CommandError, run_command
from rl_manip_train.run.monitoring.learning_curves import Group, grouped, mean_curve, read_run

KINDS = (".png", ".svg", ".html")
"""Endings of files that are written."""
AXIS = {"env_steps": "control steps of all arms", "wall_s": "time [s]"}


@dataclass(frozen=True)
class CompareCommand:
    """Draw learning curves; runs that differ only in their seed make one curve."""

    runs: tyro.conf.Positional[List[Path]]
    """Folders of runs."""
    output: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = Path("learning_curves.png")
    """File to write: .png, .svg or .html."""
    over: Literal["env_steps", "wall_s"] = "env_steps"
    """What success is drawn over: control steps or time."""
    target: float = 0.95
    """Success whose first evaluation is reported for each setting [1]."""


def main() -> None:
    """Entry point."""
    run_command("compare", CompareCommand, run)


def run(command: CompareCommand) -> None:
    """Read, draw, print."""
    if command.output.suffix not in KINDS:
        raise CommandError(
            f"output is {command.output}, expected a name that ends in {', '.join(KINDS)}"
        )
    if not 0.0 <= command.target <= 1.0:
        raise CommandError(f"target is {command.target}, expected at least 0 and at most 1")
    if not command.runs:
        raise CommandError("no run is named, expected at least one run's folder")
    groups = grouped([read_run(path) for path in command.runs])
    draw(groups, command.over, command.target, command.output)
    Console().print(table(groups, command.target))
    print(f"learning curves: {command.output}")


def draw(groups: Sequence[Group], over: str, target: float, path: Path) -> None:
    """Write the curves of ``groups`` to ``path``."""
    import matplotlib  # half a second that the other commands need not wait for

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8.0, 4.5), layout="constrained")
    for label, runs in groups:
        curve = mean_curve(runs, over)
        (line,) = axes.plot(curve.at, curve.mean, label=f"{label} ({len(runs)} seeds)")
        axes.fill_between(curve.at, curve.low, curve.high, color=line.get_color(), alpha=0.2)
    axes.axhline(target, color="0.5", linestyle=":", linewidth=1.0)
    axes.set(xlabel=AXIS[over], ylabel="success [1]", xlim=(0.0, None), ylim=(0.0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", frameon=False)
    content = io.BytesIO()
    kind = "svg" if path.suffix == ".svg" else "png"
    figure.savefig(content, format=kind, dpi=150)
    pyplot.close(figure)
    written = content.getvalue()
    if path.suffix == ".html":
        picture = base64.b64encode(written).decode()
        written = (
            '<!doctype html><meta charset="utf-8"><title>Learning curves</title>'
            f'<img alt="success over {AXIS[over]}" src="data:image/png;base64,{picture}">\n'
        ).encode()
    with replacing(path) as temporary:
        temporary.write_bytes(written)


def table(groups: Sequence[Group], target: float) -> Table:
    """Per setting: how many seeds reached the target, and after how many steps and seconds."""
    made = Table()
    made.add_column("setting")
    for name in ("seeds", f"reached {100.0 * target:g} %", "control steps", "time [s]"):
        made.add_column(name, justify="right")
    for label, runs in groups:
        reached = [found for found in (one.reached(target) for one in runs) if found is not None]
        spreads = [_spread([found[axis] for found in reached]) for axis in (0, 1)]
        made.add_row(label, str(len(runs)), str(len(reached)), *spreads)
    return made


def _spread(values: Sequence[float]) -> str:
    """Median, and smallest to largest."""
    if not values:
        return "never"
    return f"{np.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


if __name__ == "__main__":
    main()
