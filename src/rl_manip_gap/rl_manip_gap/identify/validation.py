"""Does the identified model predict motion that it was not fitted to?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

import numpy as np

from rl_manip_gap.identify.arm_parameters import ArmParameters, twin_with
from rl_manip_gap.metrics.figures import mean_figure, rmse_figure, tool_errors
from rl_manip_gap.metrics.intervals import Figure
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.open_loop import replay
from rl_manip_gap.replay.twin import Twin

_SAME = 1e-4  # errors closer than that are the same: no arm repeats itself better [m]


@dataclass(frozen=True)
class Validation:
    """Open-loop replay error of held-out motion."""

    nominal: Figure  # tool position RMSE with the nominal model [m]
    identified: Figure  # the same with the identified model [m]
    windows: int
    gained: Figure  # squared error of the nominal model minus that of the identified one [m^2]
    another_kind: bool = False  # whether the motion is of another kind than what was fitted

    @property
    def better(self) -> bool:
        """Whether the identified model predicts better by more than chance."""
        return self.gained.excludes_zero and self.gained.value > 0.0

    @property
    def motion(self) -> str:
        """What the models were held against, for a sentence."""
        return "motion of another kind" if self.another_kind else "held-out motion"

    @property
    def worse(self) -> bool:
        """Whether the identified model predicts the arm worse than the nominal one."""
        return self.identified.value > self.nominal.value + _SAME


def validate(
    twin: Twin,
    parameters: ArmParameters,
    held_out: Sequence[Recording],
    window: float = 1.0,
    another_kind: bool = False,
) -> Validation:
    """Replays motion that the fit did not see in the nominal and in the identified model."""
    identified = twin_with(twin, parameters)
    delay = np.full(twin.arm.num_joints, float(parameters.delay[0]))
    changes: Sequence[Tuple[Twin, Dict[str, np.ndarray]]] = (
        (twin, {}),
        (identified, {"extra_delay": delay, "gain": parameters.velocity_gain}),
    )
    found: List[np.ndarray] = []
    owner, windows = np.empty(0), 0
    for model, change in changes:
        squared, block, windows = [], [], 0
        for recording in held_out:
            states, commands = recording.states, recording.sent
            run = replay(model, states, commands, window, recording.stopped, **change)
            errors = tool_errors(twin.arm, states.position[run.rows], run.position)
            squared.append(errors.distance**2)
            block.append(run.window + windows)
            windows += len(run.starts)
        found.append(np.concatenate(squared))
        owner = np.concatenate(block)
    nominal, fitted = (rmse_figure(squared, owner) for squared in found)
    gained = mean_figure(found[0] - found[1], owner)
    return Validation(nominal, fitted, windows, gained, another_kind)
