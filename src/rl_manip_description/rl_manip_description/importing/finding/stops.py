"""How hard an arm can brake, by its masses and its joints' largest torques."""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

from rl_manip_description.importing.reading.read_links import Inertia
from rl_manip_description.kinematics.serial_chain import KinematicChain
from rl_manip_description.model.arm import JointLimits

POSTURES = 500
HARDEST = 14.0
"""Deceleration that is asked for at most [rad/s^2]."""
USED = 0.8
"""Share of the torque that braking and weight may take; rotors, which a URDF does not tell of, and
what the arm carries take the rest [1]."""
NEARLY = 0.97
"""Share of postures in which all joints together can brake so [1]."""
GRAVITY = 9.81  # [m/s^2]


def stop_decelerations(
    chain: KinematicChain, limits: JointLimits, inertias: Sequence[Inertia]
) -> np.ndarray:
    """Deceleration (n,) [rad/s^2] that each joint can make in every posture, and all at once in
    nearly every one."""
    rng = np.random.default_rng(0)
    poses = rng.uniform(*limits.one_turn, (POSTURES, len(chain.axes)))
    mass, weight = _mass_and_weight(chain, inertias, poses)
    left = USED * limits.effort - np.abs(weight)
    own = np.einsum("kii->ki", mass)
    hardest = np.clip((left / own).min(axis=0), 0.0, HARDEST)
    sign = rng.choice([-1.0, 1.0], weight.shape)
    for share in np.arange(1.0, 0.0, -0.05):
        torque = np.einsum("kij,kj->ki", mass, sign * share * hardest) + weight
        if np.all(np.abs(torque) <= USED * limits.effort, axis=1).mean() >= NEARLY:
            break
    return np.floor(10.0 * share * hardest) / 10.0


def _mass_and_weight(
    chain: KinematicChain, inertias: Sequence[Inertia], poses: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Mass matrices (k, n, n) [kg m^2] and torques of the weight (k, n) [Nm].

    M = sum over links of m Jv^T Jv + Jw^T R I R^T Jw, and dU/dq = sum of m g Jv's row z.
    """
    frames, _ = chain.joint_frames(poses)
    count, n = poses.shape
    axes = np.einsum("knij,nj->kni", frames[..., :3, :3], chain.axes)
    mass, weight = np.zeros((count, n, n)), np.zeros((count, n))
    for number, body in enumerate(inertias):
        turn = frames[:, number, :3, :3]
        center = turn @ body.center + frames[:, number, :3, 3]
        linear, angular = np.zeros((count, 3, n)), np.zeros((count, 3, n))
        for joint in range(number + 1):
            linear[:, :, joint] = np.cross(axes[:, joint], center - frames[:, joint, :3, 3])
            angular[:, :, joint] = axes[:, joint]
        inertia = turn @ body.about_center @ turn.swapaxes(1, 2)
        mass += body.mass * linear.swapaxes(1, 2) @ linear
        mass += angular.swapaxes(1, 2) @ inertia @ angular
        weight += body.mass * GRAVITY * linear[:, 2]
    return mass, weight
