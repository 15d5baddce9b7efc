"""States of the velocity guard; `velocity_guard` says what leads from one to another."""

from __future__ import annotations

from enum import Enum


class Mode(str, Enum):
    """State of the guard; the value is the word that `~/state` shows."""

    DISARMED = "disarmed"
    ARMED = "armed"
    HOLDING = "holding"
    STOPPING = "stopping"
    STOPPED = "stopped"


MOVING = (Mode.ARMED, Mode.HOLDING)
"""States in which a fault stops the arm."""
