"""Jerk-limited changes of velocity in closed form: the mathematics under the velocity guard.

A `Profile` is the fastest change from (velocity, acceleration) to (target velocity, zero
acceleration) with |acceleration| <= A and |jerk| <= J: jerk +J, then 0, then -J in the direction
of the change. Because commands are samples of such continuous profiles, taken at any instants,
every pair of commands respects A and every triple respects J, however irregular the clock.

A stop that is broken off leaves an acceleration behind that A and J do not provide for. What is
beyond A is taken back first, and so is a deceleration that J could not take back before the joint
moves backwards: at the jerk of stops, or at as much of it as that takes.

All arrays are (..., n), float64, and broadcast over their leading axes.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple, Union

import numpy as np

# An array, or one number for all of its places.
Numbers = Union[float, np.ndarray]


class Motion(NamedTuple):
    """What is commanded at one instant."""

    velocity: np.ndarray  # (..., n) [rad/s]
    acceleration: np.ndarray  # (..., n) [rad/s^2]


def no_motion(num_joints: int) -> Motion:
    """No motion of n joints."""
    return Motion(np.zeros(num_joints), np.zeros(num_joints))


class Profile(NamedTuple):
    """Phases of constant jerk, one after the other, and the target from then on."""

    begin: Motion
    lengths: List[np.ndarray]  # each (..., n) [s]
    jerks: List[np.ndarray]  # each (..., n) [rad/s^3]
    target: np.ndarray  # (..., n) [rad/s]

    @property
    def duration(self) -> np.ndarray:
        """Time until the target velocity is reached, (..., n) [s]."""
        return sum(self.lengths, np.zeros(()))


def settling_velocity(motion: Motion, jerk: Numbers) -> np.ndarray:
    """Velocity left when the acceleration is taken to zero at once, (..., n) [rad/s]."""
    velocity, acceleration = motion
    # a / J seconds at the mean acceleration a / 2
    return velocity + acceleration * np.abs(acceleration) / (2.0 * jerk)


def plan(
    motion: Motion,
    target: Numbers,
    acceleration_limit: Numbers,
    jerk: Numbers,
    stop_jerk: Optional[Numbers] = None,
) -> Profile:
    """Fastest profile from `motion` to the constant velocity `target` [rad/s].

    Args:
        motion: where it begins.
        target: (..., n) or scalar [rad/s].
        acceleration_limit: A [rad/s^2].
        jerk: J [rad/s^3].
        stop_jerk: jerk of stops [rad/s^3], where one may have been broken off; J where it is None.
    """
    velocity, acceleration = motion
    target = np.asarray(target, dtype=float)
    lengths, jerks = _take_back(motion, target, acceleration_limit, jerk, stop_jerk)
    for length, phase in zip(lengths, jerks):
        velocity = velocity + (acceleration + 0.5 * phase * length) * length
        acceleration = acceleration + phase * length
    upwards = target >= settling_velocity(Motion(velocity, acceleration), jerk)
    direction = np.where(upwards, 1.0, -1.0)
    # turned so that the change is upwards
    begun = direction * acceleration
    change = direction * (target - velocity)
    # v1 - v0 = (2 a_peak^2 - a0^2) / 2J when A is not reached
    square = 0.5 * begun * begun
    peak = np.minimum(np.sqrt(np.maximum(jerk * change + square, 0.0)), acceleration_limit)
    rise = np.maximum((peak - begun) / jerk, 0.0)
    hold = np.maximum(change - (peak * peak - square) / jerk, 0.0) / acceleration_limit
    turned = direction * jerk
    lengths += [rise, hold, peak / jerk]
    jerks += [turned, np.zeros_like(turned), -turned]
    return Profile(motion, lengths, jerks, target)


def _take_back(
    motion: Motion,
    target: np.ndarray,
    acceleration_limit: Numbers,
    jerk: Numbers,
    stop_jerk: Optional[Numbers],
) -> Tuple[List[np.ndarray], List[np.ndarray]]:
    """Lengths [s] and jerks [rad/s^3] of what comes first: back to A, and on to zero."""
    velocity, acceleration = motion
    size = np.abs(acceleration)
    # a^2 / 2J > |v|: at J the joint would go backwards
    hasty = size * size > 2.0 * jerk * np.abs(velocity)
    if not (hasty | (size > acceleration_limit)).any():
        return [], []
    along = np.sign(acceleration)
    speed = along * velocity
    hard = jerk if stop_jerk is None else stop_jerk
    lengths, jerks = [], []
    beyond = np.maximum(size - acceleration_limit, 0.0)
    if beyond.any():
        time = beyond / hard
        speed = speed + (size - 0.5 * beyond) * time
        size = size - beyond
        lengths.append(time)
        jerks.append(-along * hard)
    if stop_jerk is not None:
        # where it is asked to go on, or to stand
        crosses = (speed <= 0.0) & (along * target <= 0.0)
        crosses &= size * size > -2.0 * jerk * speed
        if crosses.any():
            # the jerk at which velocity and acceleration end together
            enough = size * size / np.maximum(-2.0 * speed, 1e-12)
            enough = np.minimum(np.maximum(enough, jerk), stop_jerk)
            lengths.append(np.where(crosses, size / enough, 0.0))
            jerks.append(-along * enough)
    return lengths, jerks


def in_step(
    motion: Motion,
    target: np.ndarray,
    velocity_limit: Numbers,
    acceleration_limit: Numbers,
    jerk: Numbers,
) -> Tuple[np.ndarray, np.ndarray]:
    """A and J per joint at which all joints arrive at their targets together.

    The joint with the furthest way to go takes its own, the others as much less as they have less
    to change. A motion along its own direction, faster or slower, then keeps that direction.

    Returns:
        Acceleration [rad/s^2] and jerk limits [rad/s^3], (..., n), no larger than those given.
    """
    velocity, acceleration = motion
    change = target - velocity
    way = np.maximum(np.abs(change), 1e-12)
    size = np.abs(acceleration)
    square = 0.5 * size * size
    # least jerk that ends the acceleration before it has led past the target
    least = square / way
    away = acceleration * change < 0.0
    if away.any():
        # where it leads away from there, all end together, if none becomes too fast meanwhile
        share = size / acceleration_limit
        most = np.maximum(np.max(share, axis=-1, keepdims=True), 1e-12)
        room = velocity_limit - np.sign(acceleration) * velocity
        ending = np.maximum(share / most * jerk, square / np.maximum(room, 1e-12))
        least = np.where(away, ending, least)
    share = np.min(acceleration_limit / way, axis=-1, keepdims=True)
    accelerations = np.maximum(np.maximum(share * way, size), 1e-3 * acceleration_limit)
    share = np.min(jerk / way, axis=-1, keepdims=True)
    jerks = np.maximum(np.maximum(share * way, least), 1e-3 * jerk)
    return np.minimum(accelerations, acceleration_limit), np.minimum(jerks, jerk)


def sample(profile: Profile, time: Numbers) -> Tuple[np.ndarray, Motion]:
    """Displacement (..., n) [rad] and `Motion` on the profile `time` [s] after its start."""
    (v, a), lengths, jerks, target = profile
    left, way = time, 0.0
    for length, jerk in zip(lengths, jerks):
        t = np.minimum(left, length)
        gained = jerk * t
        way = way + ((gained * (1.0 / 6.0) + 0.5 * a) * t + v) * t
        v = v + (a + 0.5 * gained) * t
        a = a + gained
        left = left - t
    # exactly on target in the end: rounding must not leave a creeping velocity
    done = time >= profile.duration
    return way + left * target, Motion(np.where(done, target, v), np.where(done, 0.0, a))


def motion_at(profile: Profile, time: Numbers) -> Motion:
    """`sample` without the displacement, for those who call it often."""
    (v, a), lengths, jerks, target = profile
    left = time
    for length, jerk in zip(lengths, jerks):
        t = np.minimum(left, length)
        gained = jerk * t
        v = v + (a + 0.5 * gained) * t
        a = a + gained
        left = left - t
    done = time >= profile.duration
    return Motion(np.where(done, target, v), np.where(done, 0.0, a))


def stopping_range(
    motion: Motion, acceleration_limit: Numbers, jerk: Numbers
) -> Tuple[np.ndarray, np.ndarray]:
    """Lowest and highest displacement while stopping, two (..., n) [rad], lowest <= 0 <= highest.

    The velocity changes sign on the way where the deceleration cannot be taken back in time; the
    position turns round there, so that point counts beside the end.
    """
    profile = plan(motion, np.zeros_like(motion.velocity), acceleration_limit, jerk)
    end, _ = sample(profile, profile.duration)
    velocity, acceleration = motion
    against = np.sign(acceleration)
    speed = -against * velocity
    size = np.abs(acceleration)
    # v + a t + j t^2 / 2 = 0, first root; there is none where the joint stops without turning
    square = size * size - 2.0 * jerk * speed
    root = np.sqrt(np.maximum(square, 0.0))
    t = np.where((speed > 0.0) & (square > 0.0), size - root, 0.0) / jerk
    turn = (velocity + (0.5 * acceleration - against * jerk * t / 6.0) * t) * t
    lowest = np.minimum(np.minimum(end, turn), 0.0)
    highest = np.maximum(np.maximum(end, turn), 0.0)
    return lowest, highest


def approach_speed(
    distance: Numbers,
    deceleration: Numbers,
    jerk: Numbers,
    settling_time: Numbers,
    delay: Numbers = 0.0,
) -> np.ndarray:
    """Greatest speed at which `distance` still suffices to stop from zero acceleration.

    The last stretch is approached exponentially, speed <= distance / settling_time, because the
    exact square-root law has an unbounded slope at zero and would chatter behind any latency.
    Units: [m or rad], [1/s^2], [1/s^3], [s]; result (...) in [1/s]; zero for negative distances.

    Args:
        distance: room that is left.
        deceleration: A of the stop.
        jerk: J of the stop.
        settling_time: of the last stretch.
        delay: for so long the speed stays what it is before the stop begins [s].
    """
    distance = np.maximum(distance, 0.0)
    # d = v^2 / 2A + v (A / 2J + delay) where A is reached (v >= A^2 / J)
    half = deceleration * (0.5 * deceleration / jerk + delay)
    trapezoid = np.sqrt(half * half + 2.0 * deceleration * distance) - half
    # else d = v sqrt(v / J) + v delay; settling_time is longer than sqrt(v / J)
    last = distance / (settling_time + delay)
    return np.minimum(trapezoid, last)


def approach_room(
    speed: Numbers,
    deceleration: Numbers,
    jerk: Numbers,
    settling_time: float,
    delay: float = 0.0,
) -> np.ndarray:
    """Room from which `approach_speed` allows a speed, its inverse; zero for no speed."""
    stop = speed * (0.5 / deceleration * speed + (0.5 * deceleration / jerk + delay))
    return np.maximum(stop, (settling_time + delay) * speed)
