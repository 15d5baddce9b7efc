"""Response over frequency: gain, phase and coherence of each joint, arm beside simulation."""

from __future__ import annotations

from typing import List, Optional, Tuple

import numpy as np
from matplotlib import pyplot

from rl_manip_gap.compare.measure import Gap
from rl_manip_gap.metrics.frequency_response import COHERENT, FrequencyResponse
from rl_manip_gap.report.plots.drawing import ARM, SIM, as_svg

_TICKS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)  # [Hz]


def frequency_plots(gap: Gap) -> List[str]:
    """Of each joint that was told to move for long enough."""
    return [
        _joint(name, [(ARM, arm), (SIM, sim)])
        for name, arm, sim in zip(gap.recording.joint_names, gap.frequency, gap.sim_frequency)
        if arm is not None
    ]


def _joint(name: str, responses: List[Tuple[str, Optional[FrequencyResponse]]]) -> str:
    canvas, (gain, phase, coherence) = pyplot.subplots(
        3, 1, figsize=(4.6, 4.2), sharex=True, layout="constrained", height_ratios=(2, 2, 1)
    )
    for colour, response in responses:
        if response is None:
            continue
        where = np.where(response.known, response.frequency, np.nan)
        gain.plot(where, 20.0 * np.log10(np.maximum(response.gain, 1e-6)), color=colour)
        phase.plot(where, np.degrees(response.phase), color=colour)
        excited = np.where(response.excited, response.frequency, np.nan)
        coherence.plot(excited, response.coherence, color=colour)
    gain.set_title(name, loc="left")
    gain.set_ylabel("gain [dB]")
    phase.set_ylabel("phase [°]")
    coherence.axhline(COHERENT, color="#8a8f94", linewidth=0.8, linestyle=":")
    coherence.set(xlabel="frequency [Hz]", ylabel="coherence", ylim=(0.0, 1.05), xscale="log")
    coherence.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    coherence.minorticks_off()
    return as_svg(canvas, f"Response over frequency of {name}")
