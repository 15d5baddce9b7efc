"""`ros2 run rl_manip_gap compare RUN… -o DIR`: several policies in simulation and on the arm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import tyro
from typing_extensions import Annotated

from rl_manip_description.contract.whole_file import write_text
from rl_manip_gap.commands import run_command
from rl_manip_gap.compare.gap_json import write_json
from rl_manip_gap.compare.policies import comparison, read_results
from rl_manip_gap.report.compare_page import compare_page


@dataclass(frozen=True)
class CompareArguments:
    """Compares success in simulation and on the arm over several policies."""

    runs: Annotated[Tuple[Path, ...], tyro.conf.Positional]
    """Run folders (evaluation.json and gap/gap.json) or JSON lists of results."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Folder that compare.html and compare.json are written to."""


def main() -> None:
    run_command("compare", CompareArguments, _compare)


def _compare(arguments: CompareArguments) -> None:
    compared = comparison(read_results(arguments.runs))
    write_json(arguments.out / "compare.json", compared)
    write_text(arguments.out / "compare.html", compare_page(compared))
    print(_table(compared))
    print(f"Report: {arguments.out / 'compare.html'}\nFigures: {arguments.out / 'compare.json'}")


def _table(compared: Dict[str, Any]) -> str:
    lines = [
        f"{'policy':<32} {'simulation':>22} {'arm':>22} {'arm - simulation':>24} "
        f"{'time, sim/arm [s]':>18} {'distance, sim/arm [mm]':>23}"
    ]
    for policy in compared["policies"]:
        places = policy["sim"], policy["real"]
        rates = [
            f"{place['rate']:.0%} ({place['ci95'][0]:.0%} to {place['ci95'][1]:.0%})"
            for place in places
        ]
        low, high = policy["difference_ci95"]
        gap = f"{policy['difference']:+.0%} ({low:+.0%} to {high:+.0%})"
        time = _both(places, "time_to_goal_s", 1.0, 2)
        distance = _both(places, "final_distance_m", 1e3, 1)
        lines.append(
            f"{policy['policy'][-32:]:<32} {rates[0]:>22} {rates[1]:>22} {gap:>24} {time:>18} "
            f"{distance:>23}"
        )
    correlation, violation = (
        _with_interval(compared[name], compared[f"{name}_ci95"]) for name in ("pearson", "mmrv")
    )
    lines.append(f"Pearson correlation {correlation}, mean maximum rank violation {violation}")
    return "\n".join(lines)


def _with_interval(value: Optional[float], ci95: Optional[List[float]]) -> str:
    if value is None:
        return "not defined"
    return f"{value:.3f}" + (f" ({ci95[0]:.3f} to {ci95[1]:.3f})" if ci95 else "")


def _both(places: Tuple[Dict[str, Any], ...], name: str, scale: float, digits: int) -> str:
    return " / ".join(
        f"{place[name] * scale:.{digits}f}" if name in place else "-" for place in places
    )


if __name__ == "__main__":
    main()
