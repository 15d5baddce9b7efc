"""The parameters of an arm that identification fits, and how they change its model."""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields
from typing import Dict, List, Tuple

import numpy as np

from rl_manip_gap.replay.twin import Twin
from rl_manip_sim.models.arm_model import change_dynamics


@dataclass(frozen=True)
class ArmParameters:
    """What may differ from the nominal model; scales are over the nominal figure."""

    delay: np.ndarray  # (1,) from command to measured motion, servo lag apart [s]
    payload: np.ndarray  # (1,) at the tool, not gravity-compensated [kg]
    velocity_gain: np.ndarray  # (n,) reached over commanded velocity [1]
    servo_lag: np.ndarray  # (n,) time by which motion trails the command [s]
    friction_scale: np.ndarray  # (n,) Coulomb friction [1]
    damping_scale: np.ndarray  # (n,) viscous friction [1]
    armature_scale: np.ndarray  # (n,) rotor inertia [1]
    effort_delay: np.ndarray  # (1,) of the reported effort behind position and velocity [s]
    effort_per_torque: np.ndarray  # (n,) reported effort over torque (UR: [A/Nm])


# Lowest, highest and, for the Jacobian, difference of each parameter, in its unit.
BOUNDS: Dict[str, Tuple[float, float, float]] = {
    "delay": (0.0, 0.3, 5e-4),
    "payload": (0.0, 10.0, 0.02),
    "velocity_gain": (0.5, 1.5, 2e-3),
    "servo_lag": (1e-3, 0.2, 5e-4),
    "friction_scale": (0.0, 20.0, 0.05),
    "damping_scale": (0.0, 20.0, 0.05),
    "armature_scale": (0.1, 20.0, 0.05),
    "effort_delay": (-0.02, 0.1, 1e-3),
    "effort_per_torque": (0.005, 5.0, 1e-3),
}
UNITS = {"delay": "s", "servo_lag": "s", "payload": "kg", "effort_delay": "s"}  # else ratios
COMMON = ("delay", "payload", "effort_delay")  # one figure for the arm; the others per joint
EFFORT = ("effort_delay", "effort_per_torque")  # shown by efforts alone; they come last
# Typical reported effort over torque: one over the drive gains published for the UR10e.
_EFFORT_PER_TORQUE = 1.0 / 9.6  # [A/Nm]


def nominal_parameters(twin: Twin) -> ArmParameters:
    """The parameters at which the model is the nominal one."""
    joints = twin.arm.num_joints
    ones = np.ones(joints)
    lag = -twin.model.actuator_biasprm[:, 2] / twin.model.actuator_gainprm[:, 0]
    return ArmParameters(
        delay=np.zeros(1),
        payload=np.zeros(1),
        velocity_gain=ones,
        servo_lag=lag.copy(),
        friction_scale=ones,
        damping_scale=ones,
        armature_scale=ones,
        effort_delay=np.zeros(1),
        effort_per_torque=_EFFORT_PER_TORQUE * ones,
    )


def parameter_names() -> List[str]:
    return [field.name for field in fields(ArmParameters)]


def to_vector(parameters: ArmParameters) -> np.ndarray:
    """All parameters in the order of `parameter_names`, shape (p,)."""
    return np.concatenate([getattr(parameters, name) for name in parameter_names()])


def from_vector(vector: np.ndarray, joints: int) -> ArmParameters:
    sizes = [1 if name in COMMON else joints for name in parameter_names()]
    parts = np.split(np.asarray(vector, dtype=float), np.cumsum(sizes)[:-1])
    return ArmParameters(**dict(zip(parameter_names(), parts)))


def twin_with(nominal: Twin, parameters: ArmParameters, stiffness: float = 1.0) -> Twin:
    """A twin whose physics have the parameters; delay and gain belong to the commands.

    `stiffness` is that of all servos over the nominal one.
    """
    model = copy.copy(nominal.model)
    joints = nominal.arm.num_joints
    model.actuator_gainprm[:joints, 0] *= stiffness
    model.actuator_biasprm[:joints, 1] *= stiffness
    model.actuator_biasprm[:, 2] = -model.actuator_gainprm[:, 0] * parameters.servo_lag
    scales = parameters.friction_scale, parameters.damping_scale, parameters.armature_scale
    change_dynamics(model, *scales, payload=float(parameters.payload[0]))
    return Twin(nominal.arm, model, nominal.num_threads)
