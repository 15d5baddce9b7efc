"""What an arm at a bound goes on with: only what leads it further is taken off.

An arm that slowed down as a whole would stand at a floor or a zone for as long as it is asked to go
any further that way. Close to a bound the joints that lead there are slowed down instead, each by
as much as it leads there, and the others go on: the arm slides along. No joint moves faster than it
is asked to, nor the other way, and one that is not asked to move stands.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from rl_manip_deploy.guard.braking import approach_speed

# An arm that has no more room than this leans against the bound; over as much again before that
# its joints cease to slow down alike [m].
_LEANING = 0.005
CLOSE = 2.0 * _LEANING
# Room that an arm which slides along is led back to: by its lag, and by the noise of its states, it
# would else get out step by step, and be held for it [m].
_SLIDING = 0.002
# So often, at most, is an arm led along a bound before it slows down as a whole.
_SLIDES = 10
_STANDS = 1e-9  # [rad/s]
_NOTHING = 1e-6  # [m/s]


class Approach(NamedTuple):
    """How k bounds come nearer to some of B arms."""

    arm: np.ndarray  # (k,) number of the arm
    closing: np.ndarray  # (k, n) [m/s] by each joint's velocity
    allowed: np.ndarray  # (k,) [m/s] by all of them together
    sliding: np.ndarray  # (k,) [m/s] down to which only the joints that lead there slow down


def apart(room: np.ndarray, leaning: float = _LEANING) -> np.ndarray:
    """How far an arm leans against a bound, or a joint against its limit, by room [m or rad].

    1 where there is no more of it than `leaning`, 0 from twice that on.
    """
    return np.clip(2.0 - room / leaning, 0.0, 1.0)


def sliding_speed(room: np.ndarray, law: Tuple[float, float, float, float]) -> np.ndarray:
    """Speed [m/s] down to which the joints that lead to a bound are slowed down, by room [m].

    That of `approach_speed` and less, once the arm leans against the bound; before that it is more,
    and all joints slow down for the rest. Less than nothing where the arm is nearer than it slides:
    it is to get away.

    Args:
        room: (...) [m].
        law: of `approach_speed`: deceleration, jerk, settling time and delay.
    """
    share = apart(room)
    beyond = room - _SLIDING * share
    speed = np.where(beyond > 0.0, approach_speed(beyond, *law), beyond / law[2])
    return np.where(share > 0.0, speed / np.maximum(share, 1e-9), np.inf)


def share_allowed(allowed: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """Share of a speed [m/s] that is allowed [m/s]; 1 or more of none, and of one that is away."""
    return (allowed + _NOTHING) / np.maximum(speed, 1e-9)


def kept(velocity: np.ndarray, approach: Approach) -> np.ndarray:
    """Share (B, n) in [0, 1] of each joint's velocity (B, n) [rad/s] at which bounds hold.

    The change of velocities is the least one, in the sense of least squares, before the bounds that
    arms lean against, one after the other; what is still too fast then, all joints slow down for.
    """
    moves = np.abs(velocity) > _STANDS
    velocity = np.where(moves, velocity, 1.0)[approach.arm]
    closing = np.where(moves[approach.arm], approach.closing, 0.0)
    shares = np.ones_like(moves, dtype=float)
    for _ in range(_SLIDES):
        beyond = np.einsum("kj,kj->k", closing, shares[approach.arm]) - approach.sliding
        worst = _worst(approach.arm, beyond)
        if not len(worst):
            break
        arms = approach.arm[worst]
        shares[arms] = _slid(shares[arms], velocity[worst], closing[worst], approach.sliding[worst])
    together = np.ones(len(shares))
    speed = np.einsum("kj,kj->k", closing, shares[approach.arm])
    np.minimum.at(together, approach.arm, share_allowed(approach.allowed, speed))
    return shares * together[:, None]


def _worst(arm: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """Number of the bound that is broken most, of each arm that breaks one."""
    order = np.argsort(-beyond, kind="stable")
    order = order[beyond[order] > _NOTHING]
    _, first = np.unique(arm[order], return_index=True)
    return order[first]


def _slid(
    shares: np.ndarray, velocity: np.ndarray, closing: np.ndarray, allowed: np.ndarray
) -> np.ndarray:
    """Shares (B, n) that bring arms no faster than allowed (B,) [m/s] to one bound each.

    The least change takes `step` times a joint's lever [m/rad] off its velocity, but no more than
    there is. The speed that is left is convex in `step`, and straight between two of the joints'
    ends: Newton's steps never go too far, and the one that meets no end is the last.
    """
    leads = closing > 0.0
    lever = np.where(leads, closing / velocity, 0.0)
    step = np.zeros((len(shares), 1))
    left = shares
    for _ in range(shares.shape[1]):
        beyond = np.sum(closing * left, axis=1) - allowed
        slope = np.sum(np.where(left > 0.0, lever * lever, 0.0), axis=1)
        step[:, 0] += np.maximum(beyond, 0.0) / np.maximum(slope, 1e-12)
        left = np.where(leads, np.maximum(shares - step * lever / velocity, 0.0), shares)
    return left
