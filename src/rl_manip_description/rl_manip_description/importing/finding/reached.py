"""Poses that bring an arm's tool to points, by damped least squares."""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np

from rl_manip_description.kinematics.serial_chain import KinematicChain
from rl_manip_description.model.arm import JointLimits

STEPS = 80
DAMPING = 1e-3
LONGEST_STEP = 0.1
"""Of the tool, so that the linearisation holds [m]; of its direction likewise [rad]."""
NEAR = 1e-4
"""[m], and [rad] of the direction."""


class Reached(NamedTuple):
    """Poses found for k targets."""

    joint_position: np.ndarray  # (k, n) [rad]
    there: np.ndarray  # (k,) bool: at the target, within the limits


def reach(
    chain: KinematicChain,
    limits: JointLimits,
    targets: np.ndarray,
    starts: np.ndarray,
    direction: Optional[np.ndarray] = None,
) -> Reached:
    """Follows the Jacobian from each start to its target.

    Args:
        targets: (k, 3) [m].
        starts: (k, n) [rad].
        direction: unit vector (3,) that the tool's z axis is to have; None for any.
    """
    joints = starts.copy()
    lower, upper = limits.one_turn
    for _ in range(STEPS):
        frames = chain.joint_frames(joints)[1]
        error = _shortened(targets - frames[:, :3, 3])
        jacobian = chain.jacobian(joints)
        if direction is None:
            jacobian = jacobian[:, :3]
        else:
            turn = _shortened(np.cross(frames[:, :3, 2], direction))
            error = np.concatenate((error, turn), axis=1)
        gram = jacobian @ jacobian.swapaxes(1, 2) + DAMPING * np.eye(error.shape[1])
        step = np.einsum("kij,ki->kj", jacobian, np.linalg.solve(gram, error[..., None])[..., 0])
        joints = joints + np.clip(step, -0.3, 0.3)
        joints = np.where(limits.endless, joints, np.clip(joints, lower, upper))
    frames = chain.joint_frames(joints)[1]
    there = np.linalg.norm(targets - frames[:, :3, 3], axis=1) < NEAR
    if direction is not None:
        there &= np.linalg.norm(frames[:, :3, 2] - direction, axis=1) < NEAR
    return Reached(joints, there)


def _shortened(error: np.ndarray) -> np.ndarray:
    size = np.linalg.norm(error, axis=1, keepdims=True)
    return error * np.minimum(1.0, LONGEST_STEP / np.maximum(size, 1e-9))
