"""What every step of the guard's pure function must keep, whatever it was asked."""

import numpy as np

SLACK = 1e-9  # of rounding


def check_step(safe, motion, following, step):
    """AssertionError where a bound of `safe.limits` is broken between two commands.

    Args:
        safe: the SafeMotion.
        motion: the command before, (..., n).
        following: the command after.
        step: time between them [s], (..., 1) or scalar.
    """
    limits = safe.limits
    assert np.all(np.isfinite(following.velocity))
    assert np.all(np.isfinite(following.acceleration))
    assert np.all(np.abs(following.velocity) <= limits.velocity + SLACK)
    jump = np.abs(following.velocity - motion.velocity)
    jerk = np.abs(following.acceleration - motion.acceleration)
    # on the way of a stop: its own bounds, and never any faster
    stop = safe.stop_step(motion, step)
    stops = (following.velocity == stop.velocity) & (following.acceleration == stop.acceleration)
    assert np.all(jump <= limits.stop_deceleration * step + SLACK)
    assert np.all(jerk <= limits.stop_jerk * step + SLACK)
    # everywhere else the bounds of motion, to which an acceleration beyond them comes back
    size = np.abs(motion.acceleration)
    allowed = np.maximum(limits.acceleration, size)
    assert np.all(stops | (np.abs(following.acceleration) <= allowed + SLACK))
    assert np.all(stops | (jump <= allowed * step + SLACK))
    # at the jerk of stops where that is beyond them, or would carry the joint past zero
    speed = np.sign(motion.acceleration) * motion.velocity
    broken_off = (size > limits.acceleration) | (
        (speed <= SLACK) & (size * size >= -2.0 * limits.jerk * speed * (1.0 - 1e-6) - SLACK)
    )
    assert np.all(stops | broken_off | (jerk <= limits.jerk * step + SLACK))


def angle(a, b):
    """Angles between vectors (..., n) [degrees]; of vectors that are nothing, 90."""
    # of size 1 first: squares of 1e300 are no numbers
    a, b = (x / np.maximum(np.abs(x).max(axis=-1, keepdims=True), 1e-300) for x in (a, b))
    size = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    share = np.sum(a * b, axis=-1) / np.maximum(size, 1e-12)
    return np.degrees(np.arccos(np.clip(share, -1.0, 1.0)))
