"""What separates a simulation with given parameters from recordings: residual and Jacobian.

The Jacobian uses the stiffness of the servos: they force the motion, so a joint's own parameters
show in that joint's signals alone. One simulation then serves a kind of parameter for all joints,
and ten make the whole Jacobian instead of one for each of 39 parameters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Sequence

import numpy as np

from rl_manip_gap.identify.arm_parameters import BOUNDS, ArmParameters, parameter_names, twin_with
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.replay.open_loop import command_grid, start_states, window_starts
from rl_manip_gap.replay.twin import Twin, between_steps

_SIGNALS = ("position", "velocity", "torque")
_STIFFER = 0.05  # difference of stiffness for its slopes, over nominal [1]
_SPACING = 0.01  # between compared samples [s]
_STICTION = 0.08  # slower joints: their friction is about to turn, its torque says little [rad/s]
# Smallest noise assumed [rad], [rad/s]: a command waits up to one control cycle for the arm, which
# no bag shows; 0.3 rad/s for half a millisecond are 1.5e-4 rad.
_FLOOR = {"position": 1.5e-4, "velocity": 1e-3}
_EFFORT_FLOOR = 0.02  # smallest effort noise assumed, over its RMS [1]


class _Windows:
    """Windows of one recording with what was measured in them."""

    def __init__(self, recording: Recording, window: float, limit: int) -> None:
        states, begin = recording.states, recording.sent.time[0]
        starts, _ = window_starts(states, begin, window, recording.stopped)
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


class FitResidual:
    """Residuals of all windows as a function of the parameters."""

    def __init__(
        self, twin: Twin, recordings: Sequence[Recording], window: float, max_windows: int
    ) -> None:
        self._twin = twin
        self.joints = twin.arm.num_joints
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
    def channels(self) -> int:
        """How many signals of each joint are compared."""
        return 3 if self.with_effort else 2

    @property
    def owner(self) -> np.ndarray:
        """Window of each residual (m,)."""
        return np.tile(np.repeat(self._owner, self.joints), self.channels)

    def residual(self, parameters: ArmParameters, stiffness: float = 1.0) -> np.ndarray:
        """(simulated - measured) over noise: all positions, velocities, efforts, shape (m,).

        `stiffness` is that of all servos over the nominal one.
        """
        simulated = self._simulate(parameters, stiffness)
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
                columns.append(self._by_joint(slope))
        return np.concatenate(columns, axis=1)

    def stiffness_slopes(self, parameters: ArmParameters, base: np.ndarray) -> np.ndarray:
        """Change of the residual with each servo's stiffness over nominal, shape (m, n)."""
        return self._by_joint((self.residual(parameters, 1.0 + _STIFFER) - base) / _STIFFER)

    def _by_joint(self, slope: np.ndarray) -> np.ndarray:
        """Slopes (m,) of all joints at once as a column for each joint, (m, n)."""
        own = np.tile(np.arange(self.joints), len(slope) // self.joints)
        return np.where(own[:, None] == np.arange(self.joints), slope[:, None], 0.0)

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

    def _simulate(self, parameters: ArmParameters, stiffness: float) -> Dict[str, np.ndarray]:
        twin = twin_with(self._twin, parameters, stiffness)
        steps = int(np.ceil(self._window / twin.timestep))
        delay = np.full(self.joints, float(parameters.delay[0]))
        out: Dict[str, List[np.ndarray]] = {name: [] for name in _SIGNALS}
        for part in self._parts:
            commands = command_grid(part.recording.sent, part.starts, steps, twin.timestep, delay)
            motion = twin.run(part.position, part.velocity, commands * parameters.velocity_gain)
            for index, (begin, rows) in enumerate(zip(part.starts, part.rows)):
                at = (part.recording.states.time[rows] - begin) / twin.timestep
                later = at - float(parameters.effort_delay[0]) / twin.timestep
                for key, series, place in zip(_SIGNALS, motion, (at, at, later)):
                    if series is not None:
                        out[key].append(between_steps(series[index], place))
        return {key: np.concatenate(parts) for key, parts in out.items() if parts}

    def _measured(self, part: _Windows) -> Dict[str, np.ndarray]:
        states, rows = part.recording.states, np.concatenate(part.rows)
        measured = {"position": states.position[rows], "velocity": states.velocity[rows]}
        if self.with_effort and states.effort is not None:
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
