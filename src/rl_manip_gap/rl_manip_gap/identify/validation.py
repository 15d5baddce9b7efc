"""Does the identified model predict motion that it was not fitted to?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

import numpy as np

from rl_manip_gap.identify.arm_parameters import ArmParameters, twin_with
from rl_manip_gap.metrics.figures import rmse_figure, tool_errors
from rl_manip_gap.metrics.intervals import Figure
from rl_manip_gap.recording.recording import Recording, between
from rl_manip_gap.replay.open_loop import replay
from rl_manip_gap.replay.twin import Twin

_SAME = 1e-4  # errors closer than that are the same: no arm repeats itself better [m]
HELD_OUT = 0.25  # share of each recording, its end, that the fit does not see [1]


@dataclass(frozen=True)
class Validation:
    """Open-loop replay error of held-out motion."""

    nominal: Figure  # tool position RMSE with the nominal model [m]
    identified: Figure  # the same with the identified model [m]
    windows: int

    @property
    def worse(self) -> bool:
        """Whether the identified model predicts the arm worse than the nominal one."""
        return self.identified.value > self.nominal.value + _SAME


def split(recording: Recording) -> Tuple[Recording, Recording]:
    """The part to fit and the part held out."""
    time = recording.states.time
    border = time.min() + (1.0 - HELD_OUT) * (time.max() - time.min())
    return between(recording, -np.inf, border), between(recording, border, np.inf)


def validate(
    twin: Twin, parameters: ArmParameters, held_out: Sequence[Recording], window: float = 1.0
) -> Validation:
    """Replays held-out motion in the nominal and in the identified model."""
    identified = twin_with(twin, parameters)
    delay = np.full(twin.arm.num_joints, float(parameters.delay[0]))
    changes: Sequence[Tuple[Twin, Dict[str, np.ndarray]]] = (
        (twin, {}),
        (identified, {"extra_delay": delay, "gain": parameters.velocity_gain}),
    )
    figures: List[Figure] = []
    windows = 0
    for model, change in changes:
        squared, block, windows = [], [], 0
        for recording in held_out:
            states, commands = recording.states, recording.sent
            run = replay(model, states, commands, window, recording.stopped, **change)
            errors = tool_errors(twin.arm, states.position[run.rows], run.position)
            squared.append(errors.distance**2)
            block.append(run.window + windows)
            windows += len(run.starts)
        figures.append(rmse_figure(np.concatenate(squared), np.concatenate(block)))
    return Validation(figures[0], figures[1], windows)
