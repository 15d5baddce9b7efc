"""Another copy of an arm: its chain as a factory calibration would find it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rl_manip_description.kinematics.serial_chain import KinematicChain, rotation_about

DISTANCE = 1.5e-3
"""How far a joint is from where the data sheet has it, along each axis [m]; at most."""
ANGLE = 4e-3
"""Likewise its turn about each axis [rad]."""


def drawn_calibration(
    chain: KinematicChain,
    rng: np.random.Generator,
    distance: float = DISTANCE,
    angle: float = ANGLE,
) -> KinematicChain:
    """The chain with each joint's origin moved and turned by uniform draws; the tool stays.

    Args:
        chain: the data sheet's.
        rng: of the draws.
        distance: largest move along each axis [m].
        angle: largest turn about each axis [rad].
    """
    count = len(chain.axes)
    origins = np.array(chain.origins)
    turns = rng.uniform(-angle, angle, (count, 3))
    origins[:, :3, 3] += rng.uniform(-distance, distance, (count, 3))
    for axis, turn in zip(np.eye(3), turns.T):
        origins[:, :3, :3] = origins[:, :3, :3] @ rotation_about(axis, turn)
    origins.setflags(write=False)
    return replace(chain, origins=origins)
