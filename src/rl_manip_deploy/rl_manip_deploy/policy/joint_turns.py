"""Joints a whole turn further: the same pose, which the policy has only seen unturned."""

from __future__ import annotations

import numpy as np

from rl_manip_description import Arm
from rl_manip_description.contract.policy_contract import PolicyMetadata

TURN = 2.0 * np.pi
# Turns looked at to either side; an endless joint may have made more, and is first brought near.
_TURNS = TURN * np.arange(-3, 4)
# Further beyond what was seen in training than this a policy is not asked to act [rad]: at 0.5 the
# shipped ones still met 5 to 8 of 8 goals, at 1.0 none.
STRANGE = 0.5
# A turned joint needs so much room to either of its limits, which the policy believes far away
# [rad]: goals lie up to 1.5 rad from home about the base.
ROOM = 1.5
_UNTURNED = np.zeros(1)


def range_trouble(metadata: PolicyMetadata) -> str:
    """What may come of a file that says of no joint how far it is known; empty where it says so."""
    spec = next(spec for spec in metadata.inputs if spec.name == "joint_position")
    if spec.low is not None and spec.high is not None:
        return ""
    return (
        "nothing says how far training had its joints: a goal that it misses may leave the arm "
        "where it knows the way to no other; import it with joint_spread in its spec"
    )


class JointTurns:
    """Shows a policy its joints within the range that it was trained in.

    A joint that can make more than a turn has several angles for one pose. The policy gets the one
    nearest to home of those inside its training range, or within half a turn of home where its file
    has no range; the guard sees the true one. The choice is
    made when a goal is taken and stays with it: an angle that jumped by a turn while the arm moves
    would change what the policy wants.
    """

    def __init__(self, arm: Arm, metadata: PolicyMetadata) -> None:
        spec = next(spec for spec in metadata.inputs if spec.name == "joint_position")
        limits = arm.limits
        self._names = metadata.joint_names
        self._home = arm.home
        self._lowest, self._highest = limits.position_lower, limits.position_upper
        self._endless = limits.endless
        self._can_turn = self._highest - self._lowest > TURN
        # a policy that says nothing of its range knows no pose twice
        low, high = arm.home - np.pi, arm.home + np.pi
        known = spec.low is not None and spec.high is not None
        self._low = np.array(spec.low) if known else np.maximum(low, limits.position_lower)
        self._high = np.array(spec.high) if known else np.minimum(high, limits.position_upper)
        self._offset = np.zeros(arm.num_joints)

    def choose(self, position: np.ndarray, counts: np.ndarray) -> str:
        """Chooses the turns for a goal that begins here; says which joint has none that will do.

        Args:
            position: measured (n,) [rad].
            counts: which joints move the tool, (n,) bool; the others may be anywhere.
        """
        offset = np.zeros(len(position))
        for joint, angle in enumerate(position):
            turns = _TURNS if self._can_turn[joint] else _UNTURNED
            if self._endless[joint]:
                turns = turns + TURN * np.round((self._home[joint] - angle) / TURN)
            seen = angle + turns
            beyond = np.maximum(self._low[joint] - seen, seen - self._high[joint])
            inside = np.maximum(beyond, 0.0) <= (STRANGE if counts[joint] else np.inf)
            room = min(angle - self._lowest[joint], self._highest[joint] - angle)
            roomy = (turns == 0.0) | (room >= ROOM) | ~counts[joint]
            if np.any(inside & roomy):
                wrong = np.maximum(beyond, 0.0) + np.where(inside & roomy, 0.0, np.inf)
                best = wrong <= wrong.min() + 1e-9
                away = np.where(best, np.abs(seen - self._home[joint]), np.inf)
                offset[joint] = turns[np.argmin(away)]
            elif np.any(inside):
                return (
                    f"{self._names[joint]} is at {angle:.2f} rad, {room:.2f} rad from its limit "
                    "and a turn further than the policy knows it: turn it back by a whole turn"
                )
            else:
                return (
                    f"{self._names[joint]} is at {angle:.2f} rad, the policy was trained with "
                    f"{self._low[joint]:.2f} to {self._high[joint]:.2f}: move that joint back, at "
                    "the pendant or by hand"
                )
        self._offset = offset
        return ""

    def shown(self, position: np.ndarray) -> np.ndarray:
        """What the policy is shown for measured joint positions (n,) [rad]."""
        return position + self._offset

    @property
    def turned(self) -> str:
        """Which joints are shown by whole turns further back or on; empty where none is."""
        return ", ".join(
            f"{name} by {round(offset / TURN):+d}"
            for name, offset in zip(self._names, self._offset)
            if offset
        )
