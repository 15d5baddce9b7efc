"""Figures in words, as every sentence of the report gives them."""

from __future__ import annotations

from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.metrics.intervals import Figure


def error_size(gap: Gap) -> str:
    """The tool's error, the beginning of a sentence."""
    return (
        f"Under the same {'commands' if gap.commands_recorded else 'velocities'} the tool is "
        f"{in_mm(gap.tool['position_rmse_m'])} (RMS over windows of {gap.window_s:g} s while it "
        "moves) from where the simulation puts it"
    )


def in_mm(figure: Figure) -> str:
    """A length [m] for the reader, without its interval."""
    return f"{figure.value * 1e3:.2f} mm"


def in_ms(figure: Figure) -> str:
    """A time [s] for the reader, without its interval."""
    return f"{figure.value * 1e3:.1f} ms"
