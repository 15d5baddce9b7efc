"""Wrenches as messages have them."""

from __future__ import annotations

from typing import Tuple

from geometry_msgs.msg import WrenchStamped


def elements_of(message: WrenchStamped) -> Tuple[float, ...]:
    """Force [N] and torque [N m] of a message, side by side."""
    force, torque = message.wrench.force, message.wrench.torque
    return force.x, force.y, force.z, torque.x, torque.y, torque.z
