"""gap.json: every figure of the report, for programs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence

from rl_manip_description.contract.whole_file import write_text
from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.compare.pair import Pair
from rl_manip_gap.metrics.figures import Figures
from rl_manip_gap.metrics.frequency_response import FrequencyResponse
from rl_manip_gap.validity.gate import KINDS
from rl_manip_gap.validity.judgement import Validity
from rl_manip_gap.validity.withheld import Withheld

SCHEMA_VERSION = 1
_NOTHING: Mapping[str, str] = {}
# Null for a joint that moved too little to show them.
_RESPONSE = ("delay_s", "gain", "offset_rad_s", "sim_delay_s", "sim_gain")


def gap_to_json(gap: Gap, verdict: Sequence[str]) -> Dict[str, Any]:
    """The figures as plain values; intervals lie beside them under `ci95`, by figure name.

    A figure that a failed gate withholds is null; why stands beside it under `withheld`.
    """
    withheld = Withheld(gap.validity)
    return {
        "schema_version": SCHEMA_VERSION,
        "bag": gap.recording.bag,
        "arm": gap.arm_name,
        "policy": gap.policy or None,
        "tool_on_flange": gap.recording.tool,
        "backend": gap.backend,
        "duration_s": gap.recording.duration_s,
        "moving_s": gap.moving_s,
        "window_s": gap.window_s,
        "windows": len(gap.replayed.starts),
        "windows_left_out": gap.replayed.left_out,
        "commands": "recorded" if gap.commands_recorded else "measured velocity stood in",
        "stand_in_lead_s": None if gap.commands_recorded else gap.lead_s,
        "verdict": list(verdict),
        "validity": validity_to_json(gap.validity),
        "joints": {
            name: {
                **dict.fromkeys(_RESPONSE),
                **_plain(figures, withheld.of_joint(name)),
                "aligned": _plain(gap.joints_aligned[name], withheld.of_aligned_joint(name)),
                "over_frequency": _over_frequency(arm_response, sim_response),
            }
            for (name, figures), arm_response, sim_response in zip(
                gap.joints.items(), gap.frequency, gap.sim_frequency
            )
        },
        "tool": {
            **_plain(gap.tool, withheld.of_tool()),
            "whole": _plain(gap.tool_whole, withheld.of_tool()),
            "aligned": _plain(gap.tool_aligned, withheld.of_aligned_tool()),
            "scaled": _plain(gap.tool_scaled, withheld.of_scaled_tool()),
        },
        "budget": _plain(gap.budget, withheld.of_budget()),
        "response": {
            **dict.fromkeys(("delay_s", "gain")),
            **_plain(gap.response, withheld.of_response(gap.joints)),
        },
        "timing": {topic: _plain(figures) for topic, figures in gap.timing.items()},
        "task": {
            where: {
                **_plain(figures),
                "per_goal": [
                    {name: _number(value) for name, value in vars(goal).items()}
                    for goal in gap.outcomes[where]
                ],
            }
            for where, figures in gap.goals.items()
        },
        "task_difference": _paired(gap),
        "inputs": {
            name: {
                "share_outside": share.share_outside,
                "share_outside_per_element": list(share.per_element),
                **_observed(gap, name),
            }
            for name, share in gap.inputs.items()
        },
        "command_difference_rmse_rad_s": (
            gap.observations.command_rmse_rad_s if gap.observations else None
        ),
        "against_training": [one.to_json() for one in gap.training],
        "floor": pair_to_json(gap.floor) if gap.floor else None,
        "oddities": [vars(irregularity) for irregularity in gap.recording.irregularities],
    }


def _over_frequency(
    arm: Optional[FrequencyResponse], sim: Optional[FrequencyResponse]
) -> Optional[Dict[str, Any]]:
    """Of one joint, null where it was not told to move for long enough."""
    if arm is None:
        return None
    return {
        "frequency_hz": arm.frequency.tolist(),
        **{
            where: {
                "gain": response.gain.tolist(),
                "phase_rad": response.phase.tolist(),
                "coherence": response.coherence.tolist(),
                "bandwidth_hz": response.bandwidth_hz,
            }
            for where, response in (("arm", arm), ("simulation", sim))
            if response is not None
        },
    }


def validity_to_json(validity: Validity) -> Dict[str, Any]:
    """Every gate, whether it was passed, and why not."""
    failed = {gate.kind: gate for gate in validity.failed}
    return {
        "judged": validity.judged,
        "passed": validity.passed,
        "gates": {
            kind: {
                "passed": kind not in failed,
                **(
                    {
                        "joints": list(failed[kind].joints),
                        "why": failed[kind].finding,
                        "remedy": failed[kind].remedy,
                        "measured": {
                            name: _number(value) for name, value in failed[kind].measured.items()
                        },
                    }
                    if kind in failed
                    else {}
                ),
            }
            for kind in KINDS
        },
        "correlation": {
            name: None if value is None else _number(value)
            for name, value in validity.correlation.items()
        },
    }


def _paired(gap: Gap) -> Optional[Dict[str, Any]]:
    """Arm minus simulation, goal by goal; None where the goals are not the same."""
    pairs = gap.paired
    if pairs is None:
        return None
    parts = {
        "success_rate": pairs.success,
        "time_to_goal_s": pairs.time_s,
        "final_distance_m": pairs.distance_m,
    }
    return {
        "goals": pairs.goals,
        **{
            name: part and {"difference": part.value, "ci95": part.ci95}
            for name, part in parts.items()
        },
    }


def _observed(gap: Gap, name: str) -> Dict[str, Any]:
    """Arm minus simulation of one input, element by element."""
    found = gap.observations.inputs.get(name) if gap.observations else None
    if found is None:
        return {}
    return {
        "difference_rmse": list(found.rmse),
        "difference_bias": list(found.bias),
        "difference_max": list(found.largest),
    }


def pair_to_json(pair: Pair) -> Dict[str, Any]:
    """The figures of two recordings against each other, first minus second."""
    return {
        "schema_version": SCHEMA_VERSION,
        "bags": list(pair.bags),
        "aligned_by": pair.aligned_by,
        "command_correlation": pair.command_correlation,
        "window_s": pair.window_s,
        "windows": pair.windows,
        "joints": {
            name: {**_plain(figures), "response": _plain(pair.response[name])}
            for name, figures in pair.joints.items()
        },
        "tool": {**_plain(pair.tool), "absolute": _plain(pair.tool_absolute)},
    }


def write_json(path: Path, content: Any) -> None:
    """Writes a JSON file whole or not at all."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def _plain(figures: Figures, withheld: Mapping[str, str] = _NOTHING) -> Dict[str, Any]:
    plain: Dict[str, Any] = {name: _number(figure.value) for name, figure in figures.items()}
    plain.update(dict.fromkeys(withheld))
    intervals = {
        name: [_number(end) for end in figure.ci95]
        for name, figure in figures.items()
        if figure.ci95 is not None
    }
    if intervals:
        plain["ci95"] = intervals
    if withheld:
        plain["withheld"] = dict(withheld)
    return plain


def _number(value: Any) -> Any:
    """JSON knows neither NaN nor infinity."""
    if isinstance(value, tuple):
        return [_number(element) for element in value]
    return value if value is None or isinstance(value, int) or math.isfinite(value) else None
