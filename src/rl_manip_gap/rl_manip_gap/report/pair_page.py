"""pair.html: two recordings of one motion against each other, for people to look at."""

from __future__ import annotations

from typing import Dict, List

import matplotlib
import numpy as np

from rl_manip_gap.compare.pair import Pair
from rl_manip_gap.metrics.figures import Figures
from rl_manip_gap.report.plots.drawing import ARM, INK, STYLE, as_svg, new_canvas, short_name
from rl_manip_gap.report.rendering import render_page
from rl_manip_gap.report.tables import Column, figures_table
from rl_manip_gap.report.wording import in_mm, in_ms

_JOINTS = (
    Column("position RMSE [mrad]", "position_rmse_rad", 3),
    Column("max [mrad]", "position_max_rad", 2),
    Column("velocity RMSE [mrad/s]", "velocity_rmse_rad_s", 2),
    Column("max [mrad/s]", "velocity_max_rad_s", 1),
)
_RESPONSE = (
    Column("delay, first [ms]", "delay_first_s", 1),
    Column("second [ms]", "delay_second_s", 1),
    Column("difference [ms]", "delay_difference_s", 2),
    Column("gain, first [1]", "gain_first", 4, 1.0),
    Column("second [1]", "gain_second", 4, 1.0),
    Column("difference [1]", "gain_difference", 4, 1.0),
)
_TOOL = (
    Column("position RMSE [mm]", "position_rmse_m", 3),
    Column("max [mm]", "position_max_m", 2),
    Column("bias [mm]", "position_bias_m", 3),
    Column("orientation RMSE [mrad]", "orientation_rmse_rad", 3),
)


def pair_page(pair: Pair) -> str:
    """The HTML page."""
    joints = {name: {**found, **pair.response[name]} for name, found in pair.joints.items()}
    tool = {"brought together": pair.tool, "as recorded": pair.tool_absolute}
    return render_page(
        "pair",
        title="Two recordings of one motion",
        facts=" · ".join(
            [
                f"First {pair.bags[0]}",
                f"second {pair.bags[1]}",
                f"aligned by {pair.aligned_by}, which correlate by {pair.command_correlation:.3f}"
                if pair.aligned_by == "commands"
                else "aligned by their common goals",
                f"{pair.windows} windows of {pair.window_s:g} s",
            ]
        ),
        sentences=_sentences(pair),
        plots=_plots(joints),
        tables=[
            figures_table("joint", _JOINTS, joints),
            figures_table("joint", _RESPONSE, joints),
            figures_table("tool", _TOOL, tool),
        ],
        window=f"{pair.window_s:g}",
    )


def _sentences(pair: Pair) -> List[str]:
    """How far apart they are, and whether their delays differ."""
    tool, absolute = pair.tool["position_rmse_m"], pair.tool_absolute["position_rmse_m"]
    said = [
        f"The tools are {in_mm(tool)} apart (RMS) when brought to one pose every "
        f"{pair.window_s:g} s, {in_mm(absolute)} as recorded."
    ]
    differences = {
        name: found["delay_difference_s"]
        for name, found in pair.response.items()
        if "delay_difference_s" in found
    }
    apart = {name: delay for name, delay in differences.items() if delay.excludes_zero}
    if apart:
        name, most = max(apart.items(), key=lambda item: abs(item[1].value))
        said.append(
            f"{len(apart)} of {len(differences)} joints differ in delay by more than chance, most "
            f"{name}: the first is {in_ms(most)} later than the second."
        )
    elif differences:
        said.append("No joint differs in delay by more than chance.")
    return said


def _plots(joints: Dict[str, Figures]) -> List[str]:
    with matplotlib.rc_context(STYLE):
        drawn = (
            ("position_rmse_rad", "position error, RMS [mrad]", "Position error by joint"),
            ("delay_difference_s", "first minus second [ms]", "Difference of the delays"),
        )
        return [_by_joint(joints, *one) for one in drawn]


def _by_joint(joints: Dict[str, Figures], figure: str, label: str, title: str) -> str:
    """A figure of each joint with its interval, in thousandths of its unit."""
    canvas, axes = new_canvas(5.4, 2.5)
    for place, found in enumerate(joints.values()):
        if figure not in found:
            continue
        one = found[figure]
        axes.bar(place, one.value * 1e3, 0.5, color=ARM)
        if one.ci95 is not None:
            axes.plot([place, place], np.array(one.ci95) * 1e3, color=INK, linewidth=1.0)
    axes.axhline(0.0, color=INK, linewidth=0.6)
    axes.set_xticks(range(len(joints)), [short_name(n).replace(" ", "\n") for n in joints])
    axes.set_ylabel(label)
    axes.grid(axis="x", visible=False)
    return as_svg(canvas, title)
