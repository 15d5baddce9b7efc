"""What a fit is worth where the model ends: another servo's law, motion of another kind."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from rl_manip_gap.identify.arm_parameters import (
    COMMON,
    from_vector,
    parameter_names,
)
from rl_manip_gap.identify.fit_residual import FitResidual
from rl_manip_gap.identify.parameter_intervals import half_widths, step, widened
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.twin import Twin

DYNAMICS = ("friction_scale", "damping_scale", "armature_scale")
# Moves are short and each is unlike the next: more and shorter windows tell more of them.
_TRIED_WINDOW, _TRIED_WINDOWS = 2.0, 9


def of_dynamics(of_joints: np.ndarray) -> np.ndarray:
    """Which parameters (p,) are friction, damping or inertia of some joints (n,), bool."""
    return np.concatenate(
        [
            of_joints & (name in DYNAMICS) if name not in COMMON else np.zeros(1, dtype=bool)
            for name in parameter_names()
        ]
    )


def widths_tried(
    twin: Twin,
    recordings: Sequence[Recording],
    found: np.ndarray,
    half_width: np.ndarray,
) -> np.ndarray:
    """Half intervals (p,) with what motion of another kind says of the parameters (p,)."""
    fit = FitResidual(twin, recordings, _TRIED_WINDOW, _TRIED_WINDOWS)
    if fit.count < 2:
        return half_width
    joints = twin.arm.num_joints
    parameters = from_vector(found, joints)
    residual = fit.residual(parameters)
    jacobian = np.where(np.isfinite(half_width), fit.jacobian(parameters, residual), 0.0)
    lacking = np.ones(jacobian.shape[1], dtype=bool)  # two seconds of a move are one sample
    apart = step(residual, jacobian)
    left = residual + jacobian @ apart
    return widened(half_width, half_widths(fit, left, jacobian, lacking), apart)


def of_parameters(of_joints: np.ndarray) -> np.ndarray:
    """Whether something holds of each parameter (p,), from of which joints (n,) it does."""
    whole = np.array([of_joints.any()])
    return np.concatenate([whole if name in COMMON else of_joints for name in parameter_names()])
