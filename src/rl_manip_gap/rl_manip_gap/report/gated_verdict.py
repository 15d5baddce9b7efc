"""The verdict on a recording whose arm did not do what it was told."""

from __future__ import annotations

from typing import Set, Tuple

from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.report.wording import error_size, in_ms
from rl_manip_gap.validity.gate import NOT_EXCITED, SPEED_SCALING


def gated_verdict(gap: Gap) -> Tuple[str, str, str]:
    """What the arm did instead of following, what still holds, what to do."""
    followed = "position_rmse_m" in gap.tool and NOT_EXCITED not in _kinds(gap)
    lead = (
        "Not all figures of this bag hold"
        if followed
        else "The arm did not follow this bag's commands"
    )
    if NOT_EXCITED in _kinds(gap):
        lead = "This bag's commands tell nothing of the arm"
    if _kinds(gap) == {SPEED_SCALING}:
        lead = "The arm did not move at full speed"
    return f"{lead}: {gap.validity.findings}.", _what_holds(gap), gap.validity.failed[0].remedy


def _kinds(gap: Gap) -> Set[str]:
    return {gate.kind for gate in gap.validity.failed}


def _what_holds(gap: Gap) -> str:
    parts = []
    if "position_rmse_m" in gap.tool:
        size = error_size(gap)
        parts.append(size[0].lower() + size[1:])
    delay = gap.response.get("delay_s")
    if delay is not None:
        parts.append(
            f"the other joints follow {in_ms(delay)} late"
            if _some_fail(gap)
            else f"the arm follows commands {in_ms(delay)} late"
        )
    if not parts:
        return "Delay, gain and errors are withheld: they would say nothing of the arm."
    return f"What rests on that is withheld; what holds: {', and '.join(parts)}."


def _some_fail(gap: Gap) -> bool:
    """Whether the delay of some joints is withheld and that of others is not."""
    return any("delay_s" not in figures for figures in gap.joints.values())
