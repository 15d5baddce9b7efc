"""What a probe shows of a joint, and the sentence where that is not what the description says."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

import numpy as np

MOVED = 0.3
"""Share of what was asked that counts as a motion [1]."""
ALIKE = (0.8, 1.2)
"""Shares of what was asked that count as the same [1]."""
LATEST = 0.25
"""Delay beyond which an arm is not driven by what is shipped here [s]."""


class Probed(NamedTuple):
    """One joint's probe."""

    joint: int
    asked: float  # [rad]
    moved: np.ndarray  # (n,) of every joint, from the start to where it was away [rad]
    delay: Optional[float]  # of the measured behind the requested velocity [s]; None: not found
    is_whole: bool = True  # else the guard stopped the joint on its way

    @property
    def share(self) -> float:
        """Motion over what was asked [1]."""
        return float(self.moved[self.joint] / self.asked)


def wrong_with(probed: Probed, names: Sequence[str]) -> str:
    """Why the arm is not to be driven, in a sentence; empty where the joint did what was asked.

    Args:
        probed: of one joint.
        names: of every joint.
    """
    name, share = names[probed.joint], probed.share
    others = np.abs(np.delete(probed.moved, probed.joint))
    other_names = [one for one in names if one != name]
    other = int(np.argmax(others)) if len(others) else 0
    moves_another = len(others) > 0 and others[other] > MOVED * abs(probed.asked)
    if not (moves_another or share < -MOVED or probed.is_whole):
        return ""
    asked = f"{name} was asked to turn by {probed.asked:+.3f} rad"
    if abs(share) < MOVED and moves_another:
        return (
            f"{asked}, and {other_names[other]} turned: commands or joint states are in another "
            "order than the joints' names; look at the controller's list of joints."
        )
    if moves_another:
        return (
            f"{asked}, and {other_names[other]} turned, too, by {others[other]:.3f} rad: two "
            "joints follow one command; look at the controller's list of joints."
        )
    if abs(share) < MOVED:
        return (
            f"{asked} and turned by {probed.moved[probed.joint]:+.4f}: the command does not reach "
            "it; look at whether the controller is active and the brakes are released."
        )
    if share < 0.0:
        return (
            f"{asked} and turned by {probed.moved[probed.joint]:+.3f}, the other way round: the "
            "driver's sign of this joint, or the description's, is wrong."
        )
    if not ALIKE[0] <= share <= ALIKE[1]:
        return (
            f"{asked} and turned by {share:.2f} of that: look at speed scaling (the pendant's "
            "slider) and at the unit that the driver takes."
        )
    if probed.delay is not None and probed.delay > LATEST:
        return (
            f"{name} follows {1e3 * probed.delay:.0f} ms late, more than {1e3 * LATEST:.0f}: look "
            "at the network to the robot and at what smooths commands in the driver."
        )
    return ""
