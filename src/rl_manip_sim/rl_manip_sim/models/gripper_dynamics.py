"""How a gripper's fingers are driven, in every simulator."""

from __future__ import annotations

from rl_manip_description import Gripper

FINGER_ARMATURE = 0.2
"""What the motor's inertia adds to a finger's mass [kg]."""

SERVO_TRAVEL = 0.004
"""Difference of wanted and present opening at which the fingers press with full force [m]."""


def finger_damping(gripper: Gripper) -> float:
    """Damping [N s/m] that the grip force overcomes at a finger's share of the closing speed."""
    return 2.0 * gripper.grip_force / gripper.closing_speed
