"""compare.html: several policies in simulation and on the arm, for people to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import matplotlib
import numpy as np

from rl_manip_gap.report.plots.drawing import ARM, INK, SIM, STYLE, as_svg, new_canvas
from rl_manip_gap.report.rendering import render_page
from rl_manip_gap.report.tables import Cell, Table

_PLACES = (("sim", SIM, "in simulation"), ("real", ARM, "on the arm"))


def compare_page(compared: Dict[str, Any]) -> str:
    """The HTML page of what `policies.comparison` returns."""
    policies = compared["policies"]
    names = _names([policy["policy"] for policy in policies])
    with matplotlib.rc_context(STYLE):
        plots = [_rates(names, policies)]
        if len(policies) > 1:
            plots.append(_against_each_other(names, policies))
    return render_page(
        "compare",
        title="Policies in simulation and on the arm",
        sentences=_sentences(names, compared),
        plots=plots,
        table=_table(names, policies),
        colours={"arm": ARM, "sim": SIM},
    )


def _names(paths: Sequence[str]) -> List[str]:
    """The folder of a policy.onnx, or the file's name; with a number where several are alike."""
    short = [one.parent.name if one.name == "policy.onnx" else one.stem for one in map(Path, paths)]
    return [
        f"{name} ({short[: index + 1].count(name)})" if short.count(name) > 1 else name
        for index, name in enumerate(short)
    ]


def _sentences(names: List[str], compared: Dict[str, Any]) -> List[str]:
    policies = compared["policies"]
    said = []
    for name, policy in zip(names, policies):
        low, high = policy["difference_ci95"]
        word = "no more than chance" if low <= 0.0 <= high else "more than chance"
        sim, real = (policy[place]["rate"] for place, *_ in _PLACES)
        said.append(
            f"{name} meets {real:.0%} of its goals on the arm and {sim:.0%} in simulation, a "
            f"difference of {policy['difference']:+.0%} ({low:+.0%} to {high:+.0%}): {word}."
        )
    if len(policies) > 1:
        correlation = _figure(compared["pearson"], compared["pearson_ci95"])
        violation = _figure(compared["mmrv"], compared["mmrv_ci95"])
        rates = [policy["real"]["rate"] for policy in policies]
        if rates.count(max(rates)) == 1:
            said.append(f"On the arm {names[rates.index(max(rates))]} is best.")
        said.append(
            f"Pearson's correlation of simulation and arm is {correlation}, the mean maximum rank "
            f"violation {violation}."
        )
    return said


def _figure(value: Optional[float], ci95: Optional[Sequence[float]]) -> str:
    if value is None:
        return "not defined"
    return f"{value:.2f}" + (f" ({ci95[0]:.2f} to {ci95[1]:.2f})" if ci95 else "")


def _rates(names: List[str], policies: List[Dict[str, Any]]) -> str:
    """Success of each policy in both places, with intervals."""
    canvas, axes = new_canvas(5.4, 1.0 + 0.5 * len(names))
    for row, policy in enumerate(policies):
        for offset, (place, colour, _) in zip((-0.12, 0.12), _PLACES):
            found = policy[place]
            axes.plot(np.array(found["ci95"]) * 100.0, [row + offset] * 2, color=colour)
            axes.plot(found["rate"] * 100.0, row + offset, "o", color=colour, markersize=4.5)
    axes.set_yticks(range(len(names)), [name[-28:] for name in names])
    axes.set(xlabel="goals met [%]", xlim=(0.0, 102.0), ylim=(len(names) - 0.5, -0.5))
    axes.grid(axis="y", visible=False)
    return as_svg(canvas, "Success of each policy")


def _against_each_other(names: List[str], policies: List[Dict[str, Any]]) -> str:
    """Success on the arm over success in simulation; on the line they are the same."""
    canvas, axes = new_canvas(5.4, 3.6)
    axes.plot([0.0, 100.0], [0.0, 100.0], color=INK, linewidth=0.7, linestyle=":")
    for name, policy in zip(names, policies):
        sim, real = (policy[place]["rate"] * 100.0 for place, *_ in _PLACES)
        axes.plot(sim, real, "o", color=ARM, markersize=4.5)
        axes.annotate(
            name[-20:], (sim, real), xytext=(-5, 5), textcoords="offset points", ha="right"
        )
    axes.set(xlabel="met in simulation [%]", ylabel="met on the arm [%]")
    axes.set(xlim=(0.0, 104.0), ylim=(0.0, 108.0), aspect="equal")
    return as_svg(canvas, "Arm against simulation")


def _table(names: List[str], policies: List[Dict[str, Any]]) -> Table:
    head = ["policy"]
    for _, _, where in _PLACES:
        head += [f"met {where}", f"time to goal {where} [s]", f"final distance {where} [mm]"]
    rows = []
    for name, policy in zip(names, policies):
        cells = [Cell(name, text=True)]
        for place, *_ in _PLACES:
            found = policy[place]
            low, high = found["ci95"]
            met = f"{found['successes']} of {found['trials']}"
            cells.append(Cell(met, f"{low:.0%} … {high:.0%}"))
            cells.append(_mean(found, "time_to_goal_s", 1.0, 2))
            cells.append(_mean(found, "final_distance_m", 1e3, 1))
        rows.append(tuple(cells))
    return Table(tuple(head), rows)


def _mean(found: Dict[str, Any], name: str, scale: float, digits: int) -> Cell:
    return Cell(f"{found[name] * scale:.{digits}f}" if name in found else "–")
