"""Friction, inertia and servos of joints and fingers, in every simulator."""

from __future__ import annotations

from dataclasses import dataclass

from rl_manip_description import Gripper

PAYLOAD_RADIUS = 0.03
"""Radius of the ball that a payload's inertia is that of [m]."""

FINGER_ARMATURE = 0.2
"""What the motor's inertia adds to a finger's mass [kg]."""

SERVO_TRAVEL = 0.004
"""Difference of wanted and present opening at which the fingers press with full force [m]."""


@dataclass(frozen=True)
class JointDynamics:
    """Nominal joint and servo dynamics, in proportion to each joint's effort limit.

    Friction: published for the UR10e by Mamedov et al., "Practical Aspects of Model-Based Collision
    Detection", Frontiers in Robotics and AI, 2020: 12.5, 13.3, 5.0, 2.0, 2.7, 2.3 Nm of Coulomb and
    21.3, 20.2, 10.4, 3.6, 2.5, 3.0 Nm s/rad of viscous friction at effort limits of
    330, 330, 150, 54, 54, 54 Nm.
    """

    coulomb_friction: float = 0.04
    """Coulomb friction over the effort limit [1]."""
    viscous_friction: float = 0.063
    """Viscous friction over the effort limit [s/rad]."""
    armature: float = 0.0103
    """Rotor inertia seen at the joint over the effort limit [kg m^2/Nm]: 0.56 at 54 Nm and 1.55 at
    150 Nm, fitted to the torques in the logs of a UR10e that the same authors publish."""
    servo_stiffness: float = 133.0
    """Servo torque per position error over the effort limit [1/rad]: full torque at 0.43 deg."""
    servo_lag: float = 0.02
    """Time by which the motion trails the commanded velocity [s]."""


NOMINAL = JointDynamics()
"""What every scale of the randomisation is over."""


def finger_damping(gripper: Gripper) -> float:
    """Damping [N s/m] that the grip force overcomes at a finger's share of the closing speed."""
    return 2.0 * gripper.grip_force / gripper.closing_speed
