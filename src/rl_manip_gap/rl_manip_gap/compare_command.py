"""`ros2 run rl_manip_gap compare RUN… -o DIR`: several policies in simulation and on the arm."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Tuple

import tyro
from typing_extensions import Annotated

from rl_manip_gap.compare import comparison, read_results
from rl_manip_gap.gap_json import write_json


@dataclass(frozen=True)
class CompareArguments:
    """Compares success in simulation and on the arm over several policies."""

    runs: Annotated[Tuple[Path, ...], tyro.conf.Positional]
    """Run folders (evaluation.json and gap/gap.json) or JSON lists of results."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Folder that compare.json is written to."""


def main() -> None:
    arguments = tyro.cli(CompareArguments, prog="compare")
    try:
        compared = comparison(read_results(arguments.runs))
        arguments.out.mkdir(parents=True, exist_ok=True)
        write_json(arguments.out / "compare.json", compared)
    except (ValueError, OSError) as error:
        sys.exit(f"compare: {error}")
    print(_table(compared))
    print(f"Figures: {arguments.out / 'compare.json'}")


def _table(compared: Dict[str, Any]) -> str:
    lines = [f"{'policy':<40} {'simulation':>24} {'arm':>24} {'arm - simulation':>24}"]
    for policy in compared["policies"]:
        rates = [
            f"{place['rate']:.0%} ({place['ci95'][0]:.0%} to {place['ci95'][1]:.0%})"
            for place in (policy["sim"], policy["real"])
        ]
        low, high = policy["difference_ci95"]
        gap = f"{policy['difference']:+.0%} ({low:+.0%} to {high:+.0%})"
        lines.append(f"{policy['policy'][-40:]:<40} {rates[0]:>24} {rates[1]:>24} {gap:>24}")
    correlation = compared["pearson"]
    shown = "not defined" if correlation is None else f"{correlation:.3f}"
    lines.append(f"Pearson correlation {shown}, mean maximum rank violation {compared['mmrv']:.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
