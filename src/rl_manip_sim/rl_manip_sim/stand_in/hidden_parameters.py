"""What the simulated arm keeps to itself: how it differs from the model that policies train on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class HiddenParameters:
    """Physics and signal path of one simulated arm; scales are over the training model's figure."""

    command_delay: float  # [s] from the command's arrival to the servo
    state_delay: float  # [s] from the measurement to its publication
    velocity_gain: np.ndarray  # (n,) reached over commanded velocity [1]
    servo_lag: float  # [s] time constant of the servo's set point
    damping_scale: np.ndarray  # (n,) viscous friction [1]
    friction_scale: np.ndarray  # (n,) Coulomb friction [1]
    armature_scale: np.ndarray  # (n,) rotor inertia [1]
    payload: float  # [kg] at the tool, unknown to gravity compensation
    position_noise: float  # [rad] standard deviation
    velocity_noise: float  # [rad/s] standard deviation
    current_gain: np.ndarray  # (n,) [Nm/A] drive gain behind the effort field


def draw_hidden_parameters(num_joints: int, seed: int) -> HiddenParameters:
    """The same seed draws the same arm."""
    rng = np.random.default_rng(seed)
    per_joint = (num_joints,)
    return HiddenParameters(
        command_delay=rng.uniform(0.004, 0.016),
        state_delay=rng.uniform(0.0, 0.004),
        velocity_gain=rng.uniform(0.97, 1.03, per_joint),
        servo_lag=rng.uniform(0.01, 0.025),
        damping_scale=rng.uniform(0.6, 1.8, per_joint),
        friction_scale=rng.uniform(0.6, 1.5, per_joint),
        armature_scale=rng.uniform(0.8, 1.3, per_joint),
        payload=rng.uniform(0.0, 0.5),
        position_noise=rng.uniform(2e-5, 2e-4),
        velocity_noise=rng.uniform(5e-4, 5e-3),
        # published for the UR10e by Mamedov et al. 2020: 8.5 to 10.7 Nm/A
        current_gain=rng.uniform(8.5, 10.7, per_joint),
    )
