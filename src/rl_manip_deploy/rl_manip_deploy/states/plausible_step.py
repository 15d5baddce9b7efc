"""Whether an arm can have moved from one joint state to the next."""

from __future__ import annotations

from typing import List, Optional, Sequence

import numpy as np

from rl_manip_description.model.arm import JointLimits

# Two states may have been measured by so much further apart than they were received: the age of the
# oldest state that the guard acts on [s].
RECEIPT_JITTER = 0.05
# Zero offsets and noise of encoders, with room: fifty times the noise of the noisiest simulated arm
# [rad].
NOISE = 0.01
# No joint speeds up or slows down faster, not even in a protective stop of a UR [rad/s^2].
HARDEST_ACCELERATION = 40.0
# Measured speeds overshoot the limit a little; twice the limit is no overshoot [1].
FASTEST_SHARE = 2.0
# A joint of less than a turn gets no further beyond its limits than this [rad]. One of more may be
# a joint without end (wrist 3 of a UR3e): its angle counts turns.
OVERSHOOT = 0.5
OVERSHOOT_OF_TURNING = 4.0 * np.pi
# Joints that go back by more than `BACK`, against a velocity above `FAST`, were seen by two [rad],
# [rad/s]; seven times the noise of a simulated arm.
BACK, FAST = 2e-3, 0.1


class PlausibleSteps:
    """Judges single states and steps between them for one arm.

    States are lists of numbers, [rad] and [rad/s]: with six joints that is faster than arrays, and
    the way from a state to a command is short on time.

    Args:
        names: joint names, for the sentences.
        limits: the arm's.
    """

    def __init__(self, names: Sequence[str], limits: JointLimits) -> None:
        self._names = tuple(names)
        self._fastest = limits.velocity.tolist()
        turning = limits.position_upper - limits.position_lower > 2.0 * np.pi
        beyond = np.where(turning, OVERSHOOT_OF_TURNING, OVERSHOOT)
        self._lowest = (limits.position_lower - beyond).tolist()
        self._highest = (limits.position_upper + beyond).tolist()

    def where(self, position: List[float], velocity: Optional[List[float]]) -> str:
        """Why no arm can be in this state; empty where one can."""
        for joint, q in enumerate(position):
            if not self._lowest[joint] <= q <= self._highest[joint]:
                return (
                    f"{self._names[joint]} is said to be at {q:.3f} rad, beyond "
                    f"{self._lowest[joint]:.3f} to {self._highest[joint]:.3f}: joint states are "
                    "in radians"
                )
        for joint, v in enumerate(velocity or ()):
            if abs(v) > FASTEST_SHARE * self._fastest[joint]:
                return (
                    f"{self._names[joint]} is said to move at {v:.2f} rad/s, its limit is "
                    f"{self._fastest[joint]:.2f}"
                )
        return ""

    def between(
        self,
        before: List[float],
        velocity_before: Optional[List[float]],
        after: List[float],
        velocity_after: Optional[List[float]],
        elapsed: float,
    ) -> str:
        """Why no joint can have gone from `before` to `after`; empty where it can.

        |q1 - q0| <= noise + v (t + jitter) + A t^2 / 4, with v the faster of the two measured
        speeds, or the joint's limit where speeds are not measured; the last term is a joint that
        speeds up and slows down again between the two.

        Args:
            velocity_before, velocity_after: measured; None where the driver says nothing.
            elapsed: between the receipts [s].
        """
        still = NOISE + 0.25 * HARDEST_ACCELERATION * elapsed**2
        span = elapsed + RECEIPT_JITTER
        for joint, (q0, q1) in enumerate(zip(before, after)):
            moved = abs(q1 - q0)
            if moved <= still:
                continue
            speed = self._fastest[joint]
            said = ""
            if velocity_before is not None and velocity_after is not None:
                speed = max(abs(velocity_before[joint]), abs(velocity_after[joint]))
                said = f" at a measured {velocity_after[joint]:.2f} rad/s"
            if moved > still + speed * span:
                return (
                    f"{self._names[joint]} went from {q0:.3f} to {q1:.3f} rad within "
                    f"{1e3 * elapsed:.1f} ms{said}"
                )
        return ""

    def backwards(
        self,
        before: List[float],
        velocity_before: List[float],
        after: List[float],
        velocity_after: List[float],
    ) -> str:
        """Which joint has gone back while it moves on; empty where none has.

        So it looks when two publish the same motion, one of them later.
        """
        for joint, (v0, v1) in enumerate(zip(velocity_before, velocity_after)):
            if (v0 > FAST and v1 > FAST) or (v0 < -FAST and v1 < -FAST):
                moved = after[joint] - before[joint]
                if abs(moved) > BACK and moved * v0 < 0.0:
                    return (
                        f"{self._names[joint]} goes back by {1e3 * abs(moved):.1f} mrad while it "
                        f"moves on at {v0:.2f} rad/s"
                    )
        return ""
