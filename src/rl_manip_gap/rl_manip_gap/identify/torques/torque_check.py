"""Is the arm's description right? Torques by inverse dynamics against motor currents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, List

import mujoco
import numpy as np
from scipy.signal import savgol_filter

from rl_manip_description import Arm
from rl_manip_gap.bags.irregularities import BagError
from rl_manip_gap.recording.recording import Recording
from rl_manip_gap.recording.signals import along_lines
from rl_manip_gap.replay.twin import TIMESTEP
from rl_manip_sim.models.arm_model import build_arm_spec

_SMOOTHING = 0.2  # window of the cubic that gives accelerations [s]
_EDGE = 0.5  # left out at both ends, where the cubic has neighbours on one side only [s]


@dataclass(frozen=True)
class JointTorque:
    """Predicted against measured torque of one joint."""

    name: str
    measured_rms_nm: float
    rmse_nm: float
    bias_nm: float
    explained: float  # 1 - variance of the error over that of the measured torque [1]


@dataclass(frozen=True)
class SmoothMotion:
    """Positions, velocities, accelerations and efforts on one grid, smoothed alike."""

    time: np.ndarray  # (k,) evenly spaced [s]
    position: np.ndarray  # (k, n) [rad]
    velocity: np.ndarray  # (k, n) [rad/s]
    acceleration: np.ndarray  # (k, n) [rad/s^2]
    effort: np.ndarray  # (k, n) as the driver reports it
    raw_velocity: np.ndarray  # (N, n) as measured [rad/s]
    smooth: Callable[[np.ndarray], np.ndarray]  # what is known at the states, (N, n), as (k, n)


def smooth_motion(recording: Recording) -> SmoothMotion:
    """Motion and efforts of a recording, by cubics over 0.2 s (Savitzky-Golay).

    Raises:
        BagError: no efforts, or too short a recording.
    """
    states = recording.states
    if states.effort is None:
        raise BagError(f"{recording.bag} holds no efforts: record joint states with currents.")
    step = float(np.median(np.diff(states.time)))
    time = np.arange(states.time[0], states.time[-1], step)
    width = max(5, 2 * round(0.5 * _SMOOTHING / step) + 1)
    edge = int(_EDGE / step)
    if len(time) < width + 2 * edge + 10:
        raise BagError(f"{recording.bag} is {recording.duration_s:.1f} s long, too short to check.")

    def smooth(values: np.ndarray, derivative: int = 0) -> np.ndarray:
        even = along_lines(states.time, values, time)
        smoothed = savgol_filter(even, width, 3, deriv=derivative, delta=step, axis=0)
        return smoothed[edge:-edge]

    return SmoothMotion(
        time=time[edge:-edge],
        position=smooth(states.position),
        velocity=smooth(states.velocity),
        acceleration=smooth(states.velocity, derivative=1),
        effort=smooth(states.effort),
        raw_velocity=states.velocity,
        smooth=smooth,
    )


def rigid_body_torque(
    arm: Arm, position: np.ndarray, velocity: np.ndarray, acceleration: np.ndarray
) -> np.ndarray:
    """Joint torques (k, n) [Nm] that move the arm's links so, gravity included.

    No friction, no rotor inertia, no contact: the description's masses and geometry alone.
    """
    model = build_arm_spec(arm, TIMESTEP, visual=False).compile()
    model.body_gravcomp[:] = 0.0
    model.dof_damping[:] = 0.0
    model.dof_frictionloss[:] = 0.0
    model.dof_armature[:] = 0.0
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_CONSTRAINT)
    model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_ACTUATION)
    data = mujoco.MjData(model)
    torque = np.empty_like(position)
    for row, (q, v, a) in enumerate(zip(position, velocity, acceleration)):
        data.qpos[:], data.qvel[:], data.qacc[:] = q, v, a
        mujoco.mj_inverse(model, data)
        torque[row] = data.qfrc_inverse
    return torque


def check_torques(
    recording: Recording,
    arm: Arm,
    drive_gain: np.ndarray,
    viscous: np.ndarray,
    coulomb: np.ndarray,
) -> List[JointTorque]:
    """Compares inverse dynamics plus friction with motor current times drive gain.

    Args:
        recording: with efforts [A].
        arm: which arm.
        drive_gain: (n,) [Nm/A].
        viscous: (n,) viscous friction [Nm s/rad].
        coulomb: (n,) Coulomb friction [Nm].

    Raises:
        BagError: no efforts, or too short a recording.
    """
    motion = smooth_motion(recording)
    predicted = rigid_body_torque(arm, motion.position, motion.velocity, motion.acceleration)
    # The measured torque's steps at a reversal are smoothed, so the predicted ones are too.
    predicted += viscous * motion.velocity + coulomb * motion.smooth(np.sign(motion.raw_velocity))
    measured = motion.effort * drive_gain
    error = measured - predicted
    return [
        JointTorque(
            name=name,
            measured_rms_nm=float(np.sqrt(np.mean(measured[:, j] ** 2))),
            rmse_nm=float(np.sqrt(np.mean(error[:, j] ** 2))),
            bias_nm=float(error[:, j].mean()),
            explained=float(1.0 - error[:, j].var() / measured[:, j].var()),
        )
        for j, name in enumerate(arm.joint_names)
    ]
