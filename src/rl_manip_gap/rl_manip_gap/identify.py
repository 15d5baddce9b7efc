"""Fits an arm's parameters to recordings with mujoco.sysid.

Windows of the recordings are simulated from their recorded states with the recorded commands;
measured and simulated position, velocity and effort are compared. Least squares over all windows
gives the parameters; what a window's unknown start adds to positions, a constant, is taken out.

The Jacobian uses the stiffness of the servos: they force the motion, so a joint's own parameters
show in that joint's signals alone. One simulation then serves a kind of parameter for all joints,
and nine make the whole Jacobian instead of one for each of 39 parameters.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np
from mujoco import sysid

from rl_manip_gap.arm_parameters import (
    BOUNDS,
    COMMON,
    EFFORT,
    ArmParameters,
    from_vector,
    nominal_parameters,
    parameter_names,
    to_vector,
    twin_with,
)
from rl_manip_gap.oddities import BagError
from rl_manip_gap.recording import Recording
from rl_manip_gap.replay import command_grid, start_states, window_starts
from rl_manip_gap.response import Commanded, Interval, joint_response
from rl_manip_gap.twin import Twin

_SIGNALS = ("position", "velocity", "torque")
_SPACING = 0.01  # between compared samples [s]
_STICTION = 0.08  # slower joints: their friction is about to turn, its torque says little [rad/s]
# Smallest noise assumed [rad], [rad/s]: a command waits up to one control cycle for the arm, which
# no bag shows; 0.3 rad/s for half a millisecond are 1.5e-4 rad.
_FLOOR = {"position": 1.5e-4, "velocity": 1e-3}
_EFFORT_FLOOR = 0.02  # smallest effort noise assumed, over its RMS [1]
# Friction that turns a moment early or late makes valleys along lag against delay, so the search
# starts from several splits of the two [s].
_LAG_SHIFTS = (-0.006, 0.0, 0.006)
_FIRST_ITERATIONS = 3
_MAX_ITERATIONS = 6  # three to four suffice, the start values are good
_UNKNOWN = 0.5  # an interval wider than this share of its value says: not excited [1]


@dataclass(frozen=True)
class Identified:
    """Fitted parameters."""

    parameters: ArmParameters
    half_width: ArmParameters  # of the 95 % intervals; infinite where nothing shows a parameter
    warnings: Tuple[str, ...]
    windows: int  # used for the fit [1]
    residual_rms: float  # over the assumed noise, 1 for a perfect model [1]


class _Windows:
    """Windows of one recording with what was measured in them."""

    def __init__(self, recording: Recording, window: float, limit: int) -> None:
        states = recording.states
        self.commanded = Commanded(recording.commands.time, recording.commands.velocity)
        stopped = tuple(Interval(*span) for span in recording.stopped)
        starts, _ = window_starts(states, self.commanded, window, stopped)
        if len(starts) > limit:  # spread over the whole recording
            starts = starts[np.linspace(0, len(starts) - 1, limit).round().astype(int)]
        self.starts = starts
        self.position, self.velocity = start_states(states, starts)
        self.rows: List[np.ndarray] = []
        for start in starts:
            wanted = start + _SPACING * np.arange(1, int(window / _SPACING))
            rows = np.searchsorted(states.time, wanted)
            self.rows.append(np.unique(np.minimum(rows, len(states.time) - 1)))
        self.recording = recording


class Fit:
    """Residuals of all windows as a function of the parameters."""

    def __init__(
        self, twin: Twin, recordings: Sequence[Recording], window: float, max_windows: int
    ) -> None:
        self._twin = twin
        self._joints = twin.arm.num_joints
        self._window = window
        share = max(1, max_windows // len(recordings))
        self._parts = [_Windows(recording, window, share) for recording in recordings]
        self.count = sum(len(part.starts) for part in self._parts)
        self.with_effort = all(r.states.effort is not None for r in recordings)
        measured = [self._measured(part) for part in self._parts]
        self._measured_all = {
            key: np.concatenate([one[key] for one in measured]) for key in measured[0]
        }
        self._noise = self._noises(recordings)
        self._owner = np.concatenate(
            [
                np.full(len(rows), index)
                for index, rows in enumerate(rows for part in self._parts for rows in part.rows)
            ]
        )

    @property
    def owner(self) -> np.ndarray:
        """Window of each residual (m,)."""
        channels = 3 if self.with_effort else 2
        return np.tile(np.repeat(self._owner, self._joints), channels)

    def residual(self, parameters: ArmParameters) -> np.ndarray:
        """(simulated - measured) over noise: all positions, velocities, efforts, shape (m,)."""
        simulated = self._simulate(parameters)
        measured = self._measured_all
        position = simulated["position"] - measured["position"]
        parts = [
            (position - self._window_means(position)) / self._noise["position"],
            (simulated["velocity"] - measured["velocity"]) / self._noise["velocity"],
        ]
        if self.with_effort:
            effort = simulated["torque"] * parameters.effort_per_torque - measured["effort"]
            parts.append(effort * self._moving() / self._noise["effort"])
        return np.concatenate([part.reshape(-1) for part in parts])

    def jacobian(self, parameters: ArmParameters, base: np.ndarray) -> np.ndarray:
        """Change of the residual with each parameter, shape (m, p)."""
        own = np.tile(np.arange(self._joints), len(base) // self._joints)
        columns = []
        for name in parameter_names():
            value = getattr(parameters, name)
            if name == "delay":
                late = slope = self._slope(parameters, base, name)
            elif name == "servo_lag":
                # Lag and delay look nearly alike. Their difference is small, so it is measured as
                # such: a longer lag at a delay that is shorter by as much.
                slope = late + self._slope(parameters, base, name, opposed="delay")
            else:
                slope = self._slope(parameters, base, name)
            if len(value) == 1:
                columns.append(slope[:, None])
            else:
                columns.append(slope[:, None] * (own[:, None] == np.arange(self._joints)))
        return np.concatenate(columns, axis=1)

    def _slope(
        self, parameters: ArmParameters, base: np.ndarray, name: str, opposed: str = ""
    ) -> np.ndarray:
        """Change of the residual (m,) when all elements of a parameter change alike."""
        value, step = getattr(parameters, name), BOUNDS[name][2]
        step = -step if value.max() + step > BOUNDS[name][1] else step
        moved = replace(parameters, **{name: value + step})
        if not opposed:
            return (self.residual(moved) - base) / step
        other = getattr(parameters, opposed)
        behind = replace(parameters, **{name: value - step, opposed: other + step})
        moved = replace(moved, **{opposed: other - step})
        return (self.residual(moved) - self.residual(behind)) / (2.0 * step)

    def _simulate(self, parameters: ArmParameters) -> Dict[str, np.ndarray]:
        twin = twin_with(self._twin, parameters)
        steps = int(np.ceil(self._window / twin.timestep))
        delay = np.full(self._joints, float(parameters.delay[0]))
        out: Dict[str, List[np.ndarray]] = {name: [] for name in _SIGNALS}
        for part in self._parts:
            commands = command_grid(part.commanded, part.starts, steps, twin.timestep, delay)
            start, speed = part.position, part.velocity
            motion = twin.run(start, speed, commands * parameters.velocity_gain)
            for index, (begin, rows) in enumerate(zip(part.starts, part.rows)):
                at = (part.recording.states.time[rows] - begin) / twin.timestep
                later = at - float(parameters.effort_delay[0]) / twin.timestep
                for key, series, place in zip(_SIGNALS, motion, (at, at, later)):
                    cell = np.clip(place.astype(int), 0, steps - 1)
                    share = np.clip(place - cell, 0.0, 1.0)[:, None]
                    there = series[index]
                    out[key].append(there[cell] * (1 - share) + there[cell + 1] * share)
        return {key: np.concatenate(parts) for key, parts in out.items()}

    def _measured(self, part: _Windows) -> Dict[str, np.ndarray]:
        states, rows = part.recording.states, np.concatenate(part.rows)
        measured = {"position": states.position[rows], "velocity": states.velocity[rows]}
        if self.with_effort:
            measured["effort"] = states.effort[rows]
        return measured

    def _moving(self) -> np.ndarray:
        return np.abs(self._measured_all["velocity"]) > _STICTION

    def _noises(self, recordings: Sequence[Recording]) -> Dict[str, np.ndarray]:
        """Noise of each channel and joint, from third differences of neighbouring samples."""
        seen = measured_noise(recordings)
        noise = {key: np.maximum(seen[key], floor) for key, floor in _FLOOR.items()}
        if self.with_effort:
            size = np.sqrt(np.mean(self._measured_all["effort"] ** 2, axis=0))
            noise["effort"] = np.maximum(seen["effort"], _EFFORT_FLOOR * np.maximum(size, 1e-6))
        return noise

    def _window_means(self, values: np.ndarray) -> np.ndarray:
        sums = np.zeros((self.count, values.shape[1]))
        np.add.at(sums, self._owner, values)
        return (sums / np.bincount(self._owner)[:, None])[self._owner]


def identify(
    twin: Twin,
    recordings: Sequence[Recording],
    window: float = 4.0,
    max_windows: int = 12,
) -> Identified:
    """Fits parameters to recordings of one arm.

    Args:
        twin: the nominal model.
        recordings: with commands; motions that move every joint fast and slow tell most.
        window: length of the simulated windows [s].
        max_windows: windows used at most, spread over the recordings.

    Raises:
        BagError: a recording without commands, or too short for one window.
    """
    for recording in recordings:
        if recording.commands is None:
            raise BagError(f"{recording.bag} holds no commands: nothing can be identified from it.")
    fit = Fit(twin, recordings, window, max_windows)
    if fit.count < 2:
        raise BagError(
            f"The recordings hold {fit.count} windows of {window:g} s without a pause, at least 2 "
            "are needed: record longer motions or give a shorter --window."
        )
    joints = twin.arm.num_joints
    tried = [
        _solve(fit, _shifted(_start(twin, recordings), shift), joints, _FIRST_ITERATIONS)
        for shift in _LAG_SHIFTS
    ]
    best = min(tried, key=lambda solution: float(solution[1] @ solution[1]))
    found, residual, jacobian = _solve(fit, from_vector(best[0], joints), joints, _MAX_ITERATIONS)
    half_width = _half_widths(fit, residual, jacobian)
    widths = from_vector(half_width, twin.arm.num_joints)
    parameters = from_vector(found, twin.arm.num_joints)
    return Identified(
        parameters=parameters,
        half_width=widths,
        warnings=_warnings(parameters, widths, twin, fit.with_effort),
        windows=fit.count,
        residual_rms=float(np.sqrt(np.mean(residual**2))),
    )


def _start(twin: Twin, recordings: Sequence[Recording]) -> ArmParameters:
    """Nominal parameters, with delay and gain as correlation shows them."""
    nominal = nominal_parameters(twin)
    delays, gains = [], np.ones((len(recordings), twin.arm.num_joints))
    for index, recording in enumerate(recordings):
        commanded = Commanded(recording.commands.time, recording.commands.velocity)
        for joint in range(twin.arm.num_joints):
            response = joint_response(
                commanded, recording.states.time, recording.states.velocity, joint
            )
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
    fit: Fit, start: ArmParameters, joints: int, iterations: int
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

    def residual(x: np.ndarray, _params) -> Tuple[list, list, list]:
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


def _half_widths(fit: Fit, residual: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """Half 95 % intervals (p,): the larger of the noise's and the windows' disagreement.

    The first assumes a perfect model with independent noise; the second lets residuals of one
    window be as correlated as they like (cluster-robust covariance).
    """
    seen = np.linalg.norm(jacobian, axis=0) > 0.0
    part = jacobian[:, seen]
    scale = np.linalg.norm(part, axis=0)
    scaled = part / scale
    _, by_noise = sysid.calculate_intervals([residual], scaled)
    inverse = np.linalg.pinv(scaled.T @ scaled, rcond=1e-12)
    owner, count = fit.owner, fit.count
    scores = np.array([scaled[owner == w].T @ residual[owner == w] for w in range(count)])
    robust = inverse @ (scores.T @ scores) @ inverse * count / (count - 1)
    by_windows = 1.96 * np.sqrt(np.maximum(np.diag(robust), 0.0))
    half = np.full(jacobian.shape[1], np.inf)
    half[seen] = np.maximum(by_noise, by_windows) / scale
    return half


def _warnings(
    parameters: ArmParameters, half_width: ArmParameters, twin: Twin, with_effort: bool
) -> Tuple[str, ...]:
    """One sentence for each kind of parameter that the motion did not show."""
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
        if unknown is None or not unknown.any():
            continue
        which = (
            ", ".join(np.array(twin.arm.joint_names)[unknown]) if len(unknown) > 1 else "the arm"
        )
        found.append(f"The motion does not show {name.replace('_', ' ')} of {which}.")
    return tuple(found)


def unknown_joints(
    parameters: ArmParameters, half_width: ArmParameters, name: str
) -> Optional[np.ndarray]:
    """Which elements of a parameter are known too badly to be used, (k,) bool."""
    value, half = getattr(parameters, name), getattr(half_width, name)
    scale = np.maximum(np.abs(value), 0.02 if "delay" in name else 1e-9)
    low, high, _ = BOUNDS[name]
    at_bound = (value <= low * 1.001 + 1e-9) | (value >= high * 0.999)
    if name in COMMON:
        at_bound[:] = False
    return ~(half <= _UNKNOWN * scale) | at_bound


def measured_noise(recordings: Sequence[Recording]) -> Dict[str, np.ndarray]:
    """Noise of the recorded signals, median over recordings, each (n,) [rad, rad/s, effort]."""
    signals = ["position", "velocity"]
    if all(recording.states.effort is not None for recording in recordings):
        signals.append("effort")
    return {
        key: np.median([_noise(getattr(r.states, key)) for r in recordings], axis=0)
        for key in signals
    }


def _noise(values: np.ndarray) -> np.ndarray:
    """Standard deviation of white noise on smooth signals (N, n), per column.

    Third differences of smooth motion vanish; of white noise they have 20 times its variance.
    """
    third = np.diff(values, n=3, axis=0)
    return np.median(np.abs(third), axis=0) / 0.6745 / np.sqrt(20.0)
