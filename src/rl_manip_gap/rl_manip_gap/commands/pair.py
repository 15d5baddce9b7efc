"""`ros2 run rl_manip_gap pair BAG BAG -o DIR`: two recordings of one motion against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional, Tuple

import tyro
from typing_extensions import Annotated

from rl_manip_description import load_arm
from rl_manip_description.contract.whole_file import write_text
from rl_manip_description.model.own_kinematics import with_tool
from rl_manip_gap.commands import check_window, run_command
from rl_manip_gap.compare.gap_json import pair_to_json, write_json
from rl_manip_gap.compare.pair import Pair, measure_pair
from rl_manip_gap.metrics.intervals import Figure
from rl_manip_gap.recording.recording import read_recording
from rl_manip_gap.recording.topic_choice import TopicChoice
from rl_manip_gap.report.pair_page import pair_page


@dataclass(frozen=True)
class PairArguments:
    """Compares two recordings of one motion: simulation and arm, or an arm with itself."""

    bags: Annotated[Tuple[Path, Path], tyro.conf.Positional]
    """Two rosbag2 folders or files, sent the same commands or the same goals."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Folder that pair.html and pair.json are written to."""
    arm: str = "ur5e"
    """Kind of arm that was recorded."""
    window: float = 1.0
    """Time between re-synchronisations [s]."""
    topics: Annotated[TopicChoice, tyro.conf.arg(name="")] = TopicChoice()


def main() -> None:
    run_command("pair", PairArguments, _pair)


def _pair(arguments: PairArguments) -> None:
    check_window(arguments.window)
    arm = load_arm(arguments.arm)
    first, second = (read_recording(bag, arm, arguments.topics) for bag in arguments.bags)
    pair = measure_pair(first, second, with_tool(arm, first.tool), arguments.window)
    write_json(arguments.out / "pair.json", pair_to_json(pair))
    write_text(arguments.out / "pair.html", pair_page(pair))
    print(_table(pair))
    print(f"Report: {arguments.out / 'pair.html'}\nFigures: {arguments.out / 'pair.json'}")


def _table(pair: Pair) -> str:
    lines = [
        f"Aligned by {pair.aligned_by} (commands correlate by {pair.command_correlation:.3f}), "
        f"{pair.windows} windows of {pair.window_s:g} s",
        f"{'joint':<22} {'position RMSE [mrad]':>22} {'delay, 1st - 2nd [ms]':>24} "
        f"{'gain, 1st - 2nd [1]':>24}",
    ]
    for name, figures in pair.joints.items():
        response = pair.response[name]
        cells = [
            _cell(figures.get("position_rmse_rad"), 1e3, 3),
            _cell(response.get("delay_difference_s"), 1e3, 2),
            _cell(response.get("gain_difference"), 1.0, 4),
        ]
        lines.append(f"{name:<22} {cells[0]:>22} {cells[1]:>24} {cells[2]:>24}")
    synchronised, absolute = (
        _cell(tool["position_rmse_m"], 1e3, 3) for tool in (pair.tool, pair.tool_absolute)
    )
    lines.append(
        f"tool: {synchronised} mm RMS apart when set to one place every window, {absolute} mm as "
        "recorded"
    )
    return "\n".join(lines)


def _cell(figure: Optional[Figure], scale: float, digits: int) -> str:
    if figure is None:
        return "-"
    value, *ends = figure.texts(scale, digits)
    return f"{value} ({' to '.join(ends)})" if ends else value


if __name__ == "__main__":
    main()
