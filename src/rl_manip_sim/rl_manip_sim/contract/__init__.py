"""What every backend promises, as functions that the tests and ``rl_manip_sim.check`` run."""

from __future__ import annotations

from rl_manip_sim.contract import gripper_and_object, knobs, motion, state, support
from rl_manip_sim.contract.subject import PROMISES, Promise, Subject

__all__ = ["CHECKS", "PROMISES", "Promise", "Subject"]

CHECKS = (
    *state.CHECKS,
    *motion.CHECKS,
    *knobs.CHECKS,
    *gripper_and_object.CHECKS,
    *support.CHECKS,
)
"""Functions of a ``Subject`` that raise AssertionError where the backend breaks its promise."""
