"""Every figure of the gap report: what it is, its formula and its unit.

Notation: q, v measured joint position [rad] and velocity [rad/s]; q', v' simulated by replaying
the recorded commands; u commanded velocity [rad/s]; p, R tool position [m] and orientation by
forward kinematics; <.> mean over all compared samples in which the arm moves or is told to, and
0.2 s after; the tool's whole figures count standing, too. Errors are measured minus simulated, so a
positive bias says that the arm lies ahead of the simulation in the joint's positive sense.

tracking, per joint
  position_rmse_rad     sqrt <(q - q')^2>
  position_max_rad      max |q - q'|
  position_bias_rad     <q - q'>
  velocity_rmse_rad_s, velocity_max_rad_s, velocity_bias_rad_s   the same of v - v'
tracking, tool
  position_rmse_m       sqrt <|p - p'|^2>
  position_max_m        max |p - p'|
  position_bias_x_m, position_bias_y_m, position_bias_z_m   the components of <p - p'>, base frame
  position_bias_m       |<p - p'>|; its interval begins at 0 unless the three tell it from 0
  along_track_bias_m, along_track_rmse_m   mean and RMS of (p - p') . d, d the direction in which
                        the arm's tool moves: negative where the arm trails, as by a delay
  across_track_rmse_m   RMS of the rest of p - p': where the path itself differs
  orientation_rmse_rad  sqrt <a^2>, a the angle of the rotation R R'^T
  orientation_max_rad   max a
response, per joint (response.py)
  delay_s               the lag d that maximises the correlation of u(t - d) and v(t)
  gain                  slope of v(t) over u(t - d), least squares [1]
  offset_rad_s          the same line's v at u = 0
  sim_delay_s, sim_gain the same of v' instead of v
  A servo's lag is part of d: the two cannot be told apart by correlation, identification can.
response over frequency, per joint (frequency_response.py)
  gain, phase, coherence of v under u; bandwidth_hz, where gain is 3 dB below its lowest frequency's
alignment
  aligned.*             the tracking figures of a second replay in which each joint's commands
                        are delayed by delay_s - sim_delay_s, where their intervals tell the two
                        apart: what latency does not explain
  scaled.*              the same of a third replay, whose commands are also scaled by
                        gain / sim_gain, where their intervals tell the two apart
budget, of the tool's position_rmse_m
  delay_m               sqrt(max(0, e0^2 - e1^2)), e0 of the first replay, e1 of the aligned one
  gain_m                sqrt(max(0, min(e0, e1)^2 - e2^2)), e2 of the scaled one
  rest_m                e2: friction, damping, servo, payload, noise; more than e0 where
                        correcting delay and gain adds error
timing, of states and of commands
  rate_hz               (messages - 1) / (last - first)
  period_s              median time between messages
  jitter_s              standard deviation of the time between messages, drop-outs apart
  period_p99_s          its 99th percentile
  dropouts              times between messages of more than 2.5 periods
  longest_gap_s         the longest time between messages
task, on the arm and in closed-loop simulation (goal_outcomes.py; judged as evaluate judges)
  success_rate          share of goals met: for 0.2 s the tool is within the policy's distance and,
                        where it has one, angle of the goal and slower than its speed; of a task
                        with an object the same of the object, and the gripper has let go of it or,
                        where it is to be held, has not; Wilson interval
  mean_final_distance_m mean of |p - goal| when a goal is met, or at the end of its time
  mean_time_to_goal_s   mean time from a goal until it came to stay met, met goals
inputs, per input of the policy
  share_outside         share of recorded values with an element outside [low, high] as seen in
                        training; share_outside_per_element by element

Intervals are 95 %, by block bootstrap over the windows of the replay (errors), wider by what
neighbouring windows have in common, or over blocks of one second (response); Wilson for shares,
bootstrap over goals for means over goals. Those of an RMSE are symmetric in its logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from rl_manip_deploy.evaluation.goal_judge import GoalResult
from rl_manip_description import Arm, ToolPose
from rl_manip_description.wilson import wilson_interval
from rl_manip_gap.metrics.intervals import (
    Figure,
    block_sums,
    blocks,
    bootstrap,
    mean_vector,
    skewed,
)
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.signals import along_lines

_DROPOUT = 2.5  # times between messages beyond so many periods are drop-outs [1]
_HALF_STEP = 0.025  # the path's direction is that of the way from so long before to after [s]
_HAS_DIRECTION = 0.01  # a tool that is slower goes nowhere [m/s]
_PORTION = 2048  # poses at once: their matrices stay in the processor's cache

Figures = Dict[str, Figure]


def error_figures(error: np.ndarray, block: np.ndarray, quantity: str, unit: str) -> Figures:
    """RMSE, maximum and bias of one error series (k,), named `quantity`_..._`unit`."""
    return {
        f"{quantity}_rmse_{unit}": rmse_figure(error**2, block),
        f"{quantity}_max_{unit}": Figure(float(np.abs(error).max())),
        f"{quantity}_bias_{unit}": mean_figure(error, block),
    }


def joint_figures(
    names: Sequence[str], position: np.ndarray, velocity: np.ndarray, block: np.ndarray
) -> Dict[str, Figures]:
    """Tracking figures by joint, from errors (k, n) of position [rad] and velocity [rad/s]."""
    return {
        name: {
            **error_figures(position[:, index], block, "position", "rad"),
            **error_figures(velocity[:, index], block, "velocity", "rad_s"),
        }
        for index, name in enumerate(names)
    }


def mean_figure(values: np.ndarray, block: np.ndarray) -> Figure:
    """Mean of values (k,)."""
    sums = block_sums(np.column_stack([np.ones_like(values), values]), block)
    return _figure(*bootstrap(sums, lambda s: s[..., 1] / s[..., 0]))


def rmse_figure(squared: np.ndarray, block: np.ndarray) -> Figure:
    """Root of the mean of squared errors (k,)."""
    sums = block_sums(np.column_stack([np.ones_like(squared), squared]), block)
    value, ends = bootstrap(sums, lambda s: np.sqrt(s[..., 1] / s[..., 0]))
    return _figure(value, None if ends is None else skewed(value, ends))


def tool_poses(arm: Arm, joint_position: np.ndarray) -> ToolPose:
    """Tool poses (k, ...) in the base frame of joint positions (k, n) [rad], in portions."""
    position, quaternion = np.empty((len(joint_position), 3)), np.empty((len(joint_position), 4))
    for first in range(0, len(joint_position), _PORTION):
        part = slice(first, first + _PORTION)
        position[part], quaternion[part] = arm.forward_kinematics(joint_position[part])
    return ToolPose(position, quaternion)


@dataclass(frozen=True)
class ToolErrors:
    """Tool errors of each compared sample."""

    offset: np.ndarray  # (k, 3) measured minus simulated position, base frame [m]
    angle: np.ndarray  # (k,) between the orientations [rad]

    @property
    def distance(self) -> np.ndarray:
        """(k,) [m]."""
        return np.linalg.norm(self.offset, axis=1)

    def at(self, rows: np.ndarray) -> ToolErrors:
        """The same at some samples: at rows, or where a mask is true."""
        return ToolErrors(self.offset[rows], self.angle[rows])


def tool_errors(arm: Arm, measured: np.ndarray, simulated: np.ndarray) -> ToolErrors:
    """Tool errors of measured against simulated joint positions, each (k, n) [rad]."""
    return pose_errors(tool_poses(arm, measured), tool_poses(arm, simulated))


def pose_errors(measured: ToolPose, simulated: ToolPose) -> ToolErrors:
    """Errors of measured against simulated tool poses, each (k, ...)."""
    between = (
        Rotation.from_quat(measured.quaternion) * Rotation.from_quat(simulated.quaternion).inv()
    )
    return ToolErrors(measured.position - simulated.position, between.magnitude())


def path_direction(time: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Where the tool is going at times (k,) along positions (k, 3): unit vectors (k, 3).

    NaN where it is slower than 1 cm/s, and has no direction.
    """
    order = np.argsort(time, kind="stable")
    ahead, behind = (
        along_lines(time[order], position[order], time + half) for half in (_HALF_STEP, -_HALF_STEP)
    )
    step = ahead - behind
    length = np.linalg.norm(step, axis=1)
    length[length < 2.0 * _HALF_STEP * _HAS_DIRECTION] = np.nan
    return step / length[:, None]


def tool_figures(
    errors: ToolErrors, block: np.ndarray, direction: Optional[np.ndarray] = None
) -> Figures:
    """Of the tool's errors at k samples in blocks (k,); along and across a path where one is given.

    `direction` (k, 3) is that of `path_direction`.
    """
    track = {} if direction is None else _track_figures(errors.offset, block, direction)
    sums = block_sums(np.column_stack([np.ones(len(errors.angle)), errors.offset]), block)
    axes, bias = mean_vector(sums)
    return {
        "position_rmse_m": rmse_figure(errors.distance**2, block),
        "position_max_m": Figure(float(errors.distance.max())),
        "position_bias_m": bias,
        **{f"position_bias_{axis}_m": figure for axis, figure in zip("xyz", axes)},
        **track,
        "orientation_rmse_rad": rmse_figure(errors.angle**2, block),
        "orientation_max_rad": Figure(float(errors.angle.max())),
    }


def _track_figures(offset: np.ndarray, block: np.ndarray, direction: np.ndarray) -> Figures:
    """Errors (k, 3) along the path and across it; empty where the tool hardly moves."""
    moves = np.isfinite(direction).all(axis=1)
    if not moves.any():
        return {}
    offset, direction, block = offset[moves], direction[moves], blocks(block[moves])
    along = np.einsum("ki,ki->k", offset, direction)
    across = np.linalg.norm(offset - along[:, None] * direction, axis=1)
    return {
        "along_track_bias_m": mean_figure(along, block),
        "along_track_rmse_m": rmse_figure(along**2, block),
        "across_track_rmse_m": rmse_figure(across**2, block),
    }


def timing_figures(time: np.ndarray) -> Figures:
    """Timing of one topic from its message times (k,) [s]; empty with fewer than three."""
    periods = np.diff(np.sort(time))
    if len(periods) < 2 or np.median(periods) <= 0.0:
        return {}
    period = float(np.median(periods))
    dropped = periods > _DROPOUT * period
    figures = {
        "messages": len(time),
        "rate_hz": len(periods) / periods.sum(),
        "period_s": period,
        "jitter_s": np.std(periods[~dropped]),
        "period_p99_s": np.quantile(periods, 0.99),
        "dropouts": int(dropped.sum()),
        "longest_gap_s": periods.max(),
    }
    return {
        name: Figure(value if isinstance(value, int) else float(value))
        for name, value in figures.items()
    }


def recorded_timing(recording: Recording) -> Dict[str, Figures]:
    """Timing of joint states and, where there are some, of commands."""
    timing = {"states": timing_figures(recording.states.time)}
    received = timing_figures(recording.states.receive_time)
    if received:
        timing["states"]["receive_jitter_s"] = received["jitter_s"]
    if recording.commands is not None:
        timing["commands"] = timing_figures(recording.commands.time)
    return timing


def goal_figures(outcomes: Sequence[GoalResult]) -> Figures:
    """Success rate, final distance and time to goal over outcomes; empty without any."""
    if not outcomes:
        return {}
    met = [outcome for outcome in outcomes if outcome.success]
    rate = Figure(len(met) / len(outcomes), wilson_interval(len(met), len(outcomes)))
    figures = {
        "goals": Figure(len(outcomes)),
        "successes": Figure(len(met)),
        "success_rate": rate,
        "mean_final_distance_m": _mean([outcome.final_distance_m for outcome in outcomes]),
    }
    if met:
        figures["mean_time_to_goal_s"] = _mean([outcome.time_to_goal_s for outcome in met])
    return figures


def _mean(values: Sequence[Optional[float]]) -> Figure:
    sums = np.column_stack([np.ones(len(values)), np.asarray(values, dtype=float)])
    found = _figure(*bootstrap(sums, lambda s: s[..., 1] / s[..., 0], ordered=False))
    return _positive(found)


def share_outside(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Which elements of values (k, m) lie outside [low, high], each (m,), shape (k, m)."""
    return (values < low) | (values > high)


def _figure(value: np.ndarray, limits: Optional[np.ndarray]) -> Figure:
    if limits is None:
        return Figure(float(value))
    return Figure(float(value), (float(limits[0]), float(limits[1])))


def _positive(figure: Figure) -> Figure:
    """The interval of a figure that cannot be negative."""
    if figure.ci95 is None:
        return figure
    return Figure(figure.value, (max(0.0, figure.ci95[0]), figure.ci95[1]))
