"""The pure function of the velocity guard: request, joint state, limits, time -> safe command.

Two layers per bound. The smooth layer slows the request down early, so that a bound is approached
at the configured deceleration; all joints slow down alike, so the direction of motion is kept. The
hard layer lets a step happen only if, after it, a stop (at the deceleration and jerk of stops)
still ends inside every bound; otherwise the step of that stop is taken, which was checked one step
before. So there is always a way to rest, and it is the way that a fault takes.

Where the arm is, is not known to the point: the joint state lacks what was commanded since it was
measured, and how old it is, up to `response_time`, nobody says. Each stop has to end inside from
every place where the arm may be, and if the next command comes `hold_time` late.

Arrays are (..., n), in the arm's order, and broadcast over leading axes.
"""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from rl_manip_deploy.guard.braking import (
    Motion,
    Numbers,
    Profile,
    approach_speed,
    in_step,
    plan,
    sample,
    stopping_range,
)
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.guarded_space import GuardedSpace
from rl_manip_description import Arm

# Points on a stopping path at which the arm is checked: shares of its duration, about evenly apart.
_PATH_SHARES = 1.0 - np.sqrt(1.0 - np.linspace(0.0, 1.0, 9))
# And one just behind its beginning, which keeps an arm that is out already from creeping on along
# paths that would lead back further on [s].
_FIRST = 0.002
# Share of the deceleration with which the smooth layer plans, so that the hard one seldom acts.
_SMOOTH_SHARE = 0.7
# Step of the finite difference that gives the velocities of guarded points [s].
_LOOK_AHEAD = 1e-4
# A joint nearer than this to its limit leans against it: it alone is slowed down, and the others
# need not wait for it. Over as much again before that, the others are let go step by step [rad].
_LEANING = 0.01


class SafeMotion:
    """Turns requests for one arm into safe commands; holds geometry and limits, no state."""

    def __init__(self, arm: Arm, limits: GuardLimits) -> None:
        self.limits = limits
        self._space = GuardedSpace(arm, limits)
        self._jerk_time = 2.0 * limits.stop_deceleration / limits.stop_jerk

    def step(
        self,
        request: np.ndarray,
        motion: Motion,
        joint_position: np.ndarray,
        time_step: Numbers,
        scaling: Numbers = 1.0,
        pending: Optional[np.ndarray] = None,
    ) -> Motion:
        """The next command.

        Args:
            request: velocities asked for, finite [rad/s].
            motion: the last command.
            joint_position: measured, finite [rad].
            time_step: time since the last command [s], (...) or scalar.
            scaling: share of full speed that the robot allows, in [0, 1].
            pending: way that was commanded and is not in `joint_position` yet [rad]: (..., n) for
                the oldest state there may be, or (k, ..., n) for k ages, the oldest first, see
                `CommandHistory.pending`. None: what the last command makes in `response_time`.

        Returns:
            A command within velocity, acceleration and jerk limits of the last one, or the next
            one of a stop; from either the arm can stop inside position limits, tool box and above
            the floor.
        """
        limits = self.limits
        places = self._places(joint_position, motion, pending)
        target, share = self._within_velocity(request, scaling)
        target, slowed = self._slow_before_position_limits(target, places)
        share = share * slowed
        target, slowed, room = self._slow_before_faces(target, places[0])
        share = share * slowed

        acceleration, jerk = limits.acceleration, limits.jerk
        if (slower := share < 1.0).any():
            together = in_step(motion, target, limits.velocity, acceleration, jerk)
            acceleration = np.where(slower, together[0], acceleration)
            jerk = np.where(slower, together[1], jerk)
        profile = plan(motion, target, acceleration, jerk, limits.stop_jerk)
        _, following = sample(profile, time_step)
        if self._is_far_from_bounds(following, places, room):
            return following
        stop = None
        unsafe = ~self._stops_inside(following, places)
        if np.any(unsafe):
            stop = self.stop_step(motion, time_step)
            following = _choose(unsafe, stop, following)
        leaves = ~self._stops_in_space(following, places)
        if np.any(leaves):
            stop = stop or self.stop_step(motion, time_step)
            following = _choose(leaves[..., None], stop, following)
        return following

    def stop_step(self, motion: Motion, time_step: Numbers) -> Motion:
        """The next command of a stop; needs no joint state and may come at any time.

        A command that is late, however much, goes on where the stop would be by then. One that
        comes too soon for the arm to have stopped may be followed by `step` again: what the stop
        leaves behind is taken back without a joint going backwards.
        """
        _, following = sample(stop_profile(motion, self.limits), time_step)
        return following

    def _places(
        self, joint_position: np.ndarray, motion: Motion, pending: Optional[np.ndarray]
    ) -> np.ndarray:
        """Where the arm may be by the last command, (k, ..., n) [rad], furthest on first."""
        if pending is None:
            pending = motion.velocity * self.limits.response_time
        places = np.asarray(joint_position + pending)
        return places if places.ndim > motion.velocity.ndim else places[None]

    def _position_bounds(self, places: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Position limits with their margins and room for the ages between those of `places`."""
        limits = self.limits
        # over a time T the velocity strays by A T: from a mean, by no more than A T^2 / 8 of way;
        # with one place only nothing is known of the velocity before, and it is A T^2 / 2
        parts = len(places) - 1
        share = 1.0 / (8.0 * parts * parts) if parts else 0.5
        strays = share * limits.stop_deceleration * limits.response_time**2
        kept = limits.position_margin + strays
        return limits.position_lower + kept, limits.position_upper - kept

    def _within_velocity(
        self, request: np.ndarray, scaling: Numbers
    ) -> Tuple[np.ndarray, np.ndarray]:
        """The request within the velocity limits, all joints scaled alike, and by which share."""
        most = np.max(np.abs(request), axis=-1, keepdims=True)
        # first of size 1: the product of a share with 1e308 would lose digits
        unit = request / np.where(most > 0.0, most, 1.0)
        allowed = scaling * np.min(
            self.limits.velocity / np.maximum(np.abs(unit), 1e-9), axis=-1, keepdims=True
        )
        size = np.minimum(most, allowed)
        return unit * size, np.where(size < most, 0.0, 1.0)

    def _slow_before_position_limits(
        self, target: np.ndarray, places: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray]:
        """The slower target, and the share (..., 1) by which all joints are slower.

        A joint that leans against its limit is left out of that share, and slows down alone.
        """
        limits = self.limits
        lower, upper = self._position_bounds(places)
        room = np.where(target > 0.0, upper - places, places - lower).min(axis=0)
        allowed = approach_speed(
            room,
            _SMOOTH_SHARE * limits.acceleration,
            limits.jerk,
            limits.settling_time,
            limits.hold_time,
        )
        speed = np.abs(target)
        share = allowed / np.maximum(speed, 1e-9)
        if share.min() >= 1.0:
            return target, np.ones_like(share[..., :1])
        alone = np.clip(2.0 - room / _LEANING, 0.0, 1.0)
        together = np.min(np.maximum(share, alone), axis=-1, keepdims=True)
        together = np.minimum(together, 1.0)
        return np.clip(target * together, -allowed, allowed), together

    def _slow_before_faces(
        self, target: np.ndarray, position: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The slower target, the share (..., 1) of it that is left, and the room (..., c) [m]."""
        limits, space = self.limits, self._space
        place, ahead = space.coordinates(np.stack([position, position + _LOOK_AHEAD * target]))
        velocity = (ahead - place) / _LOOK_AHEAD
        below, above = place - space.lower, space.upper - place
        allowed = approach_speed(
            np.where(velocity > 0.0, above, below),
            limits.tool_deceleration,
            limits.tool_jerk,
            limits.settling_time,
            limits.hold_time,
        )
        share = np.min(allowed / np.maximum(np.abs(velocity), 1e-9), axis=-1, keepdims=True)
        share = np.minimum(share, 1.0)
        return target * share, share, np.minimum(below, above)

    def _is_far_from_bounds(self, motion: Motion, places: np.ndarray, room: np.ndarray) -> bool:
        """Whether a rough bound on the way to rest already rules every trouble out."""
        limits = self.limits
        speed, deceleration = np.abs(motion.velocity), np.abs(motion.acceleration)
        # a / J seconds to end the acceleration, then from the highest speed v + a^2 / 2J to rest
        highest = speed + 0.5 * deceleration**2 / limits.stop_jerk
        way = highest * (highest / limits.stop_deceleration + self._jerk_time + limits.hold_time)
        way = way + np.abs(places - places[0]).max(axis=0)
        lower, upper = self._position_bounds(places)
        if not ((places[0] - way >= lower) & (places[0] + way <= upper)).all():
            return False
        # no point moves further than each joint's way times its distance on the stretched arm
        return bool((way @ self._space.levers < room).all())

    def _stops_inside(self, motion: Motion, places: np.ndarray) -> np.ndarray:
        """Per joint, whether a stop from here ends inside, or at least goes no further out."""
        limits = self.limits
        low, high = stopping_range(motion, limits.stop_deceleration, limits.stop_jerk)
        low = low + limits.hold_time * np.minimum(motion.velocity, 0.0)
        high = high + limits.hold_time * np.maximum(motion.velocity, 0.0)
        lower, upper = self._position_bounds(places)
        above = places + high <= np.maximum(upper, places)
        below = places + low >= np.minimum(lower, places)
        return np.all(above & below, axis=0)

    def _stops_in_space(self, motion: Motion, places: np.ndarray) -> np.ndarray:
        """Whether every point stays inside on the stopping path, or goes no further out; (...)."""
        profile, space = stop_profile(motion, self.limits), self._space
        duration = profile.duration.max(axis=-1, keepdims=True)
        times = np.multiply.outer(_PATH_SHARES, duration)
        moved, then = sample(profile, times)
        # each command stands for a while: the arm is behind the stop, and gets further
        moved = moved + self.limits.hold_time * (motion.velocity - then.velocity)
        moved = np.concatenate([moved[:1], _FIRST * motion.velocity[None], moved[1:]])
        path = space.coordinates(places[:, None] + moved)
        begin = path[:, :1]
        inside = path >= np.minimum(space.lower, begin)
        inside &= path <= np.maximum(space.upper, begin)
        return np.all(inside, axis=(0, 1, -1))


def stop_profile(motion: Motion, limits: GuardLimits) -> Profile:
    """The way to rest that every fault takes."""
    rest = np.zeros_like(motion.velocity)
    return plan(motion, rest, limits.stop_deceleration, limits.stop_jerk)


def stopping_time(limits: GuardLimits, velocity: Numbers) -> float:
    """Longest time that a stop from joint velocities (n,), or one for all, takes [s]."""
    rest = np.zeros_like(limits.velocity)
    return float(stop_profile(Motion(rest + velocity, rest), limits).duration.max())


def _choose(stops: np.ndarray, stop: Motion, following: Motion) -> Motion:
    return Motion(*(np.where(stops, one, other) for one, other in zip(stop, following)))
