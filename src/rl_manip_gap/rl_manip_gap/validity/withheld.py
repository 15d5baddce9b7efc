"""Which figures rest on which gate: they are withheld where the gate is not passed."""

from __future__ import annotations

from typing import Dict, Iterable, List, Tuple

from rl_manip_gap.metrics.figures import Figures
from rl_manip_gap.validity.gate import (
    CLOCK_RATE,
    DEAD_BAND,
    DELAY_CHANGES,
    NOT_FOLLOWING,
    REVERSED,
    SATURATED,
    SPEED_SCALING,
    STOOD_STILL,
    SWAPPED,
    UNCOMMANDED,
    VELOCITY,
    FailedGate,
)
from rl_manip_gap.validity.judgement import Validity

_DELAY = ("delay_s",)
_GAIN = ("gain", "offset_rad_s")
_RESPONSE = _DELAY + _GAIN
_TRACKING = (
    "position_rmse_rad",
    "position_max_rad",
    "position_bias_rad",
    "velocity_rmse_rad_s",
    "velocity_max_rad_s",
    "velocity_bias_rad_s",
)
TOOL = (
    "position_rmse_m",
    "position_max_m",
    "position_bias_m",
    "position_bias_x_m",
    "position_bias_y_m",
    "position_bias_z_m",
    "along_track_bias_m",
    "along_track_rmse_m",
    "across_track_rmse_m",
    "orientation_rmse_rad",
    "orientation_max_rad",
)
BUDGET = ("delay_m", "gain_m", "rest_m")
_NOT_FOLLOWED = (CLOCK_RATE, SWAPPED, REVERSED, STOOD_STILL, UNCOMMANDED, NOT_FOLLOWING)

# Figures of a joint that a gate withholds: its response, its tracking, its aligned tracking.
_OF_JOINT: Dict[str, Tuple[str, ...]] = {
    **dict.fromkeys(_NOT_FOLLOWED, _RESPONSE + _TRACKING),
    SPEED_SCALING: _GAIN + _TRACKING,
    VELOCITY: _GAIN + _TRACKING[3:],
    SATURATED: _GAIN,
    DEAD_BAND: _GAIN,
    DELAY_CHANGES: _DELAY,
}
# Replays with corrected delay and gain rest on both.
_ALIGNED = (*_NOT_FOLLOWED, SPEED_SCALING, DELAY_CHANGES)
_OF_TOOL = (*_NOT_FOLLOWED, SPEED_SCALING)
_OF_BUDGET = (*_ALIGNED, SATURATED, DEAD_BAND, VELOCITY)


class Withheld:
    """The figures that a recording's failed gates withhold, each with its reason."""

    def __init__(self, validity: Validity) -> None:
        self._failed = validity.failed

    def of_joint(self, name: str) -> Dict[str, str]:
        """Reasons by figure of one joint's response and tracking."""
        found: Dict[str, str] = {}
        for gate in self._failed:
            if name in gate.joints or not gate.joints:
                for figure in _OF_JOINT.get(gate.kind, ()):
                    found.setdefault(figure, _reason(gate))
        return found

    def of_aligned_joint(self, name: str) -> Dict[str, str]:
        """Reasons by figure of one joint's tracking with its delay corrected."""
        mine = [g for g in self._failed if name in g.joints or not g.joints]
        found = {name: why for name, why in self.of_joint(name).items() if name in _TRACKING}
        return {**_all(_TRACKING, mine, _ALIGNED), **found}

    def of_tool(self) -> Dict[str, str]:
        return _all(TOOL, self._failed, _OF_TOOL)

    def of_aligned_tool(self) -> Dict[str, str]:
        return _all(TOOL, self._failed, _ALIGNED)

    def of_scaled_tool(self) -> Dict[str, str]:
        return _all(TOOL, self._failed, _OF_BUDGET)

    def of_budget(self) -> Dict[str, str]:
        return _all(BUDGET, self._failed, _OF_BUDGET)

    def of_response(self, joints: Iterable[str]) -> Dict[str, str]:
        """Reasons by figure over all joints: where no joint has one left."""
        reasons: List[Dict[str, str]] = [self.of_joint(name) for name in joints]
        return {
            figure: reasons[0][figure]
            for figure in ("delay_s", "gain")
            if reasons and all(figure in of_joint for of_joint in reasons)
        }


def left(figures: Figures, withheld: Dict[str, str]) -> Figures:
    """The figures that are not withheld."""
    return {name: figure for name, figure in figures.items() if name not in withheld}


def _all(
    figures: Iterable[str], failed: Iterable[FailedGate], kinds: Tuple[str, ...]
) -> Dict[str, str]:
    first = next((gate for gate in failed if gate.kind in kinds), None)
    return dict.fromkeys(figures, _reason(first)) if first else {}


def _reason(gate: FailedGate) -> str:
    return f"{gate.kind}: {gate.finding}"
