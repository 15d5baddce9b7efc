"""Fits an arm's parameters to recordings with mujoco.sysid.

Windows of the recordings are simulated from their recorded states with the recorded commands;
measured and simulated position, velocity and effort are compared. Least squares over all windows
gives the parameters; what a window's unknown start adds to positions, a constant, is taken out.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any, List, Sequence, Tuple

import numpy as np
from mujoco import sysid

from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.identify.arm_parameters import (
    BOUNDS,
    COMMON,
    EFFORT,
    ArmParameters,
    from_vector,
    nominal_parameters,
    parameter_names,
    to_vector,
)
from rl_manip_gap.identify.beyond_model import (
    DYNAMICS,
    of_dynamics,
    of_parameters,
    widths_tried,
)
from rl_manip_gap.identify.fit_residual import FitResidual
from rl_manip_gap.identify.parameter_intervals import (
    half_widths,
    largest_misfit,
    misfit,
    with_free_stiffness,
)
from rl_manip_gap.metrics.response import joint_responses
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.twin import Twin

# Friction that turns a moment early or late makes valleys along lag against delay, so the search
# starts from several splits of the two [s].
_LAG_SHIFTS = (-0.006, 0.0, 0.006)
_FIRST_ITERATIONS, _FIRST_WINDOWS = 3, 4
_MAX_ITERATIONS = 6  # three to four suffice, the start values are good
# What fits miss on simulated arms however long the motion: about the largest error of 20 fits in
# tests/benchmarks/gap/bench_identify.py. Shares of the value, and figures in the parameter's unit.
_MODEL_ERROR_SHARE = {"friction_scale": 0.025, "damping_scale": 0.025, "armature_scale": 0.04}
_MODEL_ERROR = {"delay": 4e-4, "servo_lag": 4e-4, "payload": 0.008, "velocity_gain": 2e-4}
UNKNOWN = 0.5  # an interval wider than this share of its value says: not excited [1]


@dataclass(frozen=True)
class Identified:
    """Fitted parameters."""

    parameters: ArmParameters
    half_width: ArmParameters  # of the 95 % intervals; infinite where nothing shows a parameter
    warnings: Tuple[str, ...]
    windows: int  # used for the fit [1]
    residual_rms: float  # over the assumed noise, 1 for a perfect model [1]
    misfit: np.ndarray  # (n,) the same joint by joint [1]
    largest_misfit: float  # what a model that fits leaves of no joint [1]
    other_stiffness: np.ndarray  # (n,) bool, whose servo shows another stiffness than nominal
    over_stiffness: np.ndarray  # (n,) bool, whose dynamics are known over it alone

    @property
    def unexplained(self) -> np.ndarray:
        """Of which joints (n,) more than noise is left."""
        return self.misfit > self.largest_misfit

    @property
    def lacks_fit(self) -> np.ndarray:
        """Whose servo (n,) is not the model's: more than noise is left, or it is softer or stiffer.

        Friction, damping and armature of these joints are not measured.
        """
        return self.other_stiffness | self.unexplained


def identify(
    twin: Twin,
    recordings: Sequence[Recording],
    window: float = 4.0,
    max_windows: int = 12,
    tried: Sequence[Recording] = (),
    stiffness_known: bool = False,
) -> Identified:
    """Fits parameters to recordings of one arm.

    Args:
        twin: the nominal model.
        recordings: with commands; motions that move every joint fast and slow tell most.
        window: length of the simulated windows [s].
        max_windows: windows used at most, spread over the recordings.
        tried: motion of another kind. What it says of a parameter widens the interval, or shows
            that none was measured.
        stiffness_known: whether the arm's servos are as stiff as the model's: friction, damping
            and armature are then told from positions, too.

    Raises:
        BagError: a recording without commands, or too short for one window.
    """
    for recording in recordings:
        if recording.commands is None:
            raise BagError(f"{recording.bag} holds no commands: nothing can be identified from it.")
    fit = FitResidual(twin, recordings, window, max_windows)
    if fit.count < 2:
        raise BagError(
            f"The recordings hold {fit.count} windows of {window:g} s without a pause, at least 2 "
            "are needed: record longer motions or give a shorter --window."
        )
    joints = twin.arm.num_joints
    sketch = FitResidual(twin, recordings, window, min(max_windows, _FIRST_WINDOWS))
    sketched = [
        _solve(sketch, _shifted(_start(twin, recordings), shift), joints, _FIRST_ITERATIONS)
        for shift in _LAG_SHIFTS
    ]
    best = min(sketched, key=lambda solution: float(solution[1] @ solution[1]))
    found, residual, jacobian = _solve(fit, from_vector(best[0], joints), joints, _MAX_ITERATIONS)
    left, bound = misfit(residual, joints), largest_misfit(fit, joints)
    slopes = fit.stiffness_slopes(from_vector(found, joints), residual)
    other, of_any = with_free_stiffness(fit, residual, jacobian, slopes)
    lacking = other | (left > bound)
    parameters = from_vector(found, joints)
    half_width = half_widths(fit, residual, jacobian, of_parameters(lacking))
    over = np.zeros(joints, dtype=bool)
    if not stiffness_known:
        told = from_vector(half_width, joints)
        half_width = np.where(of_dynamics(~lacking), of_any, half_width)
        open_now = _open(parameters, from_vector(half_width, joints))
        over = ~lacking & open_now & ~_open(parameters, told)
    # what was fitted to another law of motion may predict it, and is no figure of the joint
    half_width = np.where(of_dynamics(lacking), np.inf, half_width)
    widths = _with_model_error(parameters, from_vector(half_width, joints))
    if tried:
        widths = from_vector(widths_tried(twin, tried, found, to_vector(widths)), joints)
    return Identified(
        parameters=parameters,
        half_width=widths,
        warnings=_warnings(parameters, widths, twin, fit.with_effort, lacking | over),
        windows=fit.count,
        residual_rms=float(np.sqrt(np.mean(residual**2))),
        misfit=left,
        largest_misfit=bound,
        other_stiffness=other,
        over_stiffness=over,
    )


def _start(twin: Twin, recordings: Sequence[Recording]) -> ArmParameters:
    """Nominal parameters, with delay and gain as correlation shows them."""
    nominal = nominal_parameters(twin)
    delays, gains = [], np.ones((len(recordings), twin.arm.num_joints))
    for index, recording in enumerate(recordings):
        states = recording.states
        found = joint_responses(recording.sent, states.time, states.velocity)
        for joint, response in enumerate(found):
            if response is not None:
                delays.append(response.delay_s.value)
                gains[index, joint] = response.gain.value
    delay = float(np.median(delays)) - float(np.median(nominal.servo_lag)) if delays else 0.0
    return replace(
        nominal,
        delay=np.clip([delay], 1e-3, 0.25),
        payload=np.array([0.05]),
        velocity_gain=np.clip(np.median(gains, axis=0), 0.6, 1.4),
    )


def _shifted(start: ArmParameters, shift: float) -> ArmParameters:
    """The same response with more of it as servo lag and less as delay [s]."""
    lag = np.clip(start.servo_lag + shift, *BOUNDS["servo_lag"][:2])
    delay = np.clip(start.delay - shift, *BOUNDS["delay"][:2])
    return replace(start, servo_lag=lag, delay=delay)


def _solve(
    fit: FitResidual, start: ArmParameters, joints: int, iterations: int
) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Solution (p,), its residual (m,) and Jacobian (m, p)."""
    parameters = sysid.ParameterDict()
    for name in parameter_names():
        value = getattr(start, name)
        low, high, _ = BOUNDS[name]
        frozen = name in EFFORT and not fit.with_effort
        parameters.add(
            sysid.Parameter(
                name, value, np.full_like(value, low), np.full_like(value, high), frozen=frozen
            )
        )
    free = len(parameters.as_vector())
    fixed = to_vector(start)[free:]  # the effort's parameters come last

    def whole(x: np.ndarray) -> ArmParameters:
        return from_vector(np.concatenate([np.ravel(x), fixed]), joints)

    def residual(x: np.ndarray, _params: object) -> Tuple[List[Any], List[Any], List[Any]]:
        values = fit.residual(whole(x))
        return [values.reshape(-1, 1) if np.ndim(x) == 2 else values], [], []

    def jacobian(x: np.ndarray, r: np.ndarray) -> np.ndarray:
        return fit.jacobian(whole(x), np.ravel(r))[:, :free]

    _, result = sysid.optimize(
        parameters,
        residual,
        optimizer="mujoco",
        verbose=False,
        output=io.StringIO(),  # the optimiser's own log
        jacobian=jacobian,
        x_scale="jac",
        max_iters=iterations,
        mu_factor=10.0,
        xtol=1e-3,
        gtol=1e-4,
    )
    best = whole(result.x)
    final = fit.residual(best)
    slopes = fit.jacobian(best, final)
    if not fit.with_effort:
        slopes = slopes.copy()
        slopes[:, free:] = 0.0
    return to_vector(best), final, slopes


def _with_model_error(parameters: ArmParameters, half_width: ArmParameters) -> ArmParameters:
    widths = {name: getattr(half_width, name) for name in parameter_names()}
    for name, share in _MODEL_ERROR_SHARE.items():
        widths[name] = np.hypot(widths[name], share * getattr(parameters, name))
    for name, error in _MODEL_ERROR.items():
        widths[name] = np.hypot(widths[name], error)
    return ArmParameters(**widths)


def _open(parameters: ArmParameters, half_width: ArmParameters) -> np.ndarray:
    """Whose friction, damping or armature (n,) is known too badly to be used."""
    unknown = [unknown_joints(parameters, half_width, name) for name in DYNAMICS]
    return np.any(unknown, axis=0)


def _warnings(
    parameters: ArmParameters,
    half_width: ArmParameters,
    twin: Twin,
    with_effort: bool,
    said: np.ndarray,
) -> Tuple[str, ...]:
    """One sentence for each kind of parameter that the motion did not show.

    Why the dynamics of some joints (n,) are not measured is `said` elsewhere.
    """
    found = []
    if not with_effort:
        found.append(
            "The bag holds no efforts: damping and servo lag cannot be told apart, nor armature "
            "and load."
        )
    for name in parameter_names():
        if name == "payload" or (name in EFFORT and not with_effort):
            continue
        unknown = unknown_joints(parameters, half_width, name)
        if name in DYNAMICS:
            unknown = unknown & ~said
        if not unknown.any():
            continue
        which = (
            ", ".join(np.array(twin.arm.joint_names)[unknown]) if len(unknown) > 1 else "the arm"
        )
        found.append(
            f"{name.replace('_', ' ').capitalize()} of {which} was not measured: the motion does "
            "not show it, or its parts disagree."
        )
    return tuple(found)


def unknown_joints(parameters: ArmParameters, half_width: ArmParameters, name: str) -> np.ndarray:
    """Which elements of a parameter are known too badly to be used, (k,) bool."""
    value, half = getattr(parameters, name), getattr(half_width, name)
    scale = np.maximum(np.abs(value), 0.02 if "delay" in name else 1e-9)
    low, high, _ = BOUNDS[name]
    at_bound = (value <= low * 1.001 + 1e-9) | (value >= high * 0.999)
    if name in COMMON:
        at_bound[:] = False
    return ~(half <= UNKNOWN * scale) | at_bound
