"""Denavit-Hartenberg figures of the arms, typed in apart from the arms' files to check those.

Source: Universal Robots, "DH parameters for calculations of kinematics and dynamics".
"""

from __future__ import annotations

import numpy as np

# a2, a3, d1, d4, d5, d6 [m]; the other lengths are zero.
LENGTHS = {
    "ur3e": (-0.24355, -0.2132, 0.15185, 0.13105, 0.08535, 0.0921),
    "ur5e": (-0.425, -0.3922, 0.1625, 0.1333, 0.0997, 0.0996),
    "ur10e": (-0.6127, -0.57155, 0.1807, 0.17415, 0.11985, 0.11655),
    "ur16e": (-0.4784, -0.36, 0.1807, 0.17415, 0.11985, 0.11655),
}
ALPHAS = (np.pi / 2, 0.0, 0.0, np.pi / 2, -np.pi / 2, 0.0)


def dh_frames(name: str, joint_position: np.ndarray) -> np.ndarray:
    """DH frames 1 to 6 in base_link for joint positions [rad] of shape (6,), shape (6, 4, 4)."""
    a2, a3, d1, d4, d5, d6 = LENGTHS[name]
    frames = []
    # The pendant's base frame, in which these figures hold, is base_link turned by pi about z.
    frame = np.diag([-1.0, -1.0, 1.0, 1.0])
    for theta, a, d, alpha in zip(
        joint_position, (0, a2, a3, 0, 0, 0), (d1, 0, 0, d4, d5, d6), ALPHAS
    ):
        ct, st, ca, sa = np.cos(theta), np.sin(theta), np.cos(alpha), np.sin(alpha)
        frame = frame @ np.array(
            [
                [ct, -st * ca, st * sa, a * ct],
                [st, ct * ca, -ct * sa, a * st],
                [0.0, sa, ca, d],
                [0.0, 0.0, 0.0, 1.0],
            ]
        )
        frames.append(frame)
    return np.stack(frames)
