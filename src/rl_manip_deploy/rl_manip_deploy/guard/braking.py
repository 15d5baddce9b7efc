"""Jerk-limited changes of velocity in closed form: the mathematics under the velocity guard.

A `Profile` is the fastest change from (velocity, acceleration) to (target velocity, zero
acceleration) with |acceleration| <= A and |jerk| <= J: jerk +J, then 0, then -J in the direction
of the change. Because commands are samples of such continuous profiles, taken at any instants,
every pair of commands respects A and every triple respects J, however irregular the clock.
A start beyond A, as a harder stop leaves behind, goes back to A first, at jerk -J.

All arrays are (..., n), float64, and broadcast over their leading axes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Motion(NamedTuple):
    """What is commanded at one instant."""

    velocity: np.ndarray  # (..., n) [rad/s]
    acceleration: np.ndarray  # (..., n) [rad/s^2]


class Profile(NamedTuple):
    """Three phases of constant jerk, in coordinates turned so that the change is upwards."""

    direction: np.ndarray  # (..., n) +1 or -1: sign of the change
    velocity: np.ndarray  # (..., n) [rad/s] at the start, turned
    acceleration: np.ndarray  # (..., n) [rad/s^2] at the start, turned
    target: np.ndarray  # (..., n) [rad/s] at the end, not turned
    rise: np.ndarray  # (..., n) [s] jerk +J, or -J from an acceleration above A
    hold: np.ndarray  # (..., n) [s] acceleration A
    fall: np.ndarray  # (..., n) [s] jerk -J
    rise_jerk: np.ndarray  # (..., n) [rad/s^3] +J or -J
    jerk: np.ndarray  # (..., n) [rad/s^3] J

    @property
    def duration(self) -> np.ndarray:
        """Time until the target velocity is reached, (..., n) [s]."""
        return self.rise + self.hold + self.fall


def settling_velocity(motion: Motion, jerk: np.ndarray) -> np.ndarray:
    """Velocity left when the acceleration is taken to zero at once, (..., n) [rad/s]."""
    velocity, acceleration = motion
    # a / J seconds at the mean acceleration a / 2
    return velocity + acceleration * np.abs(acceleration) / (2.0 * jerk)


def plan(motion: Motion, target, acceleration_limit, jerk) -> Profile:
    """Fastest profile from `motion` to the constant velocity `target` [rad/s]."""
    target = np.asarray(target, dtype=float)
    direction = np.where(target >= settling_velocity(motion, jerk), 1.0, -1.0)
    velocity = direction * motion.velocity
    acceleration = direction * motion.acceleration
    change = direction * target - velocity
    # v1 - v0 = (2 a_peak^2 - a0^2) / 2J when A is not reached
    peak = np.sqrt(np.maximum(jerk * change + 0.5 * acceleration**2, 0.0))
    peak = np.minimum(peak, acceleration_limit)
    rise_jerk = np.where(acceleration > acceleration_limit, -jerk, jerk)
    rise = np.maximum((peak - acceleration) / rise_jerk, 0.0)
    fall = peak / jerk
    gained = (peak**2 - acceleration**2) / (2.0 * rise_jerk) + peak**2 / (2.0 * jerk)
    hold = np.maximum(change - gained, 0.0) / acceleration_limit
    return Profile(direction, velocity, acceleration, target, rise, hold, fall, rise_jerk, jerk)


def sample(profile: Profile, time) -> tuple:
    """Displacement (..., n) [rad] and `Motion` on the profile `time` [s] after its start."""
    direction, v0, a0, target, rise, hold, fall, rise_jerk, jerk = profile
    t1 = np.minimum(time, rise)
    t2 = np.minimum(np.maximum(time - rise, 0.0), hold)
    t3 = np.minimum(np.maximum(time - rise - hold, 0.0), fall)
    t4 = np.maximum(time - rise - hold - fall, 0.0)
    a1 = a0 + rise_jerk * t1
    v1 = v0 + (a0 + 0.5 * rise_jerk * t1) * t1
    v2 = v1 + a1 * t2
    a3 = a1 - jerk * t3
    v3 = v2 + (a1 - 0.5 * jerk * t3) * t3
    displacement = (
        (v0 + (0.5 * a0 + rise_jerk * t1 / 6.0) * t1) * t1
        + (v1 + 0.5 * a1 * t2) * t2
        + (v2 + (0.5 * a1 - jerk * t3 / 6.0) * t3) * t3
        + v3 * t4
    )
    # at the end exactly on target: rounding must not leave a creeping velocity
    done = time >= rise + hold + fall
    velocity = np.where(done, target, direction * v3)
    acceleration = np.where(done, 0.0, direction * a3)
    return direction * displacement, Motion(velocity, acceleration)


def stopping_range(motion: Motion, acceleration_limit, jerk) -> tuple:
    """Lowest and highest displacement while stopping, two (..., n) [rad], lowest <= 0 <= highest.

    The velocity changes sign on the way where the deceleration cannot be taken back in time; the
    position turns round there, so that point counts beside the end.
    """
    profile = plan(motion, np.zeros_like(motion.velocity), acceleration_limit, jerk)
    end, _ = sample(profile, profile.duration)
    v0, a0 = profile.velocity, profile.acceleration
    # turned velocity v0 + a0 t + J t^2 / 2 = 0, first root; only where it starts above the target
    root = np.sqrt(np.maximum(a0**2 - 2.0 * jerk * v0, 0.0))
    t = np.where(v0 > 0.0, np.maximum(-a0 - root, 0.0) / jerk, 0.0)
    turn = profile.direction * (v0 + (0.5 * a0 + jerk * t / 6.0) * t) * t
    lowest = np.minimum(np.minimum(end, turn), 0.0)
    highest = np.maximum(np.maximum(end, turn), 0.0)
    return lowest, highest


def approach_speed(distance, deceleration, jerk, settling_time) -> np.ndarray:
    """Greatest speed at which `distance` still suffices to stop from zero acceleration.

    The last stretch is approached exponentially, speed <= distance / settling_time, because the
    exact square-root law has an unbounded slope at zero and would chatter behind any latency.
    Units: [m or rad], [1/s^2], [1/s^3], [s]; result (...) in [1/s]; zero for negative distances.
    """
    distance = np.maximum(distance, 0.0)
    # d = v^2 / 2A + v A / 2J where A is reached (v >= A^2 / J), else d = v sqrt(v / J)
    half = deceleration**2 / (2.0 * jerk)
    trapezoid = np.sqrt(half**2 + 2.0 * deceleration * distance) - half
    triangle = np.cbrt(jerk * distance**2)
    short = distance < deceleration**3 / jerk**2
    speed = np.where(short, triangle, trapezoid)
    return np.minimum(speed, distance / settling_time)
