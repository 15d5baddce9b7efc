"""The pure function of the velocity guard: request, joint state, limits, time -> safe command.

Two layers per bound. The smooth layer slows the request down early, so that a bound is approached
at the configured deceleration. The hard layer lets a step happen only if, after it, a stop (at the
deceleration and jerk of stops) still ends inside every bound; otherwise the step of that stop is
taken, which was checked one step before. So there is always a way to rest, and it is the way that
a fault takes.

Arrays are (..., n), in the arm's order, and broadcast over leading axes.
"""

from __future__ import annotations

import numpy as np

from rl_manip_deploy.guard.braking import (
    Motion,
    Profile,
    approach_speed,
    plan,
    sample,
    stopping_range,
)
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.guarded_space import GuardedSpace
from rl_manip_description import Arm

# Points on a stopping path at which the arm is checked, as shares of its duration. The first one
# keeps an arm that is out already from creeping on along paths that would lead back further on.
_PATH_SHARES = np.linspace(0.0, 1.0, 9)
# Share of the deceleration with which the smooth layer plans, so that the hard one seldom acts.
_SMOOTH_SHARE = 0.7
# Step of the finite difference that gives the velocities of guarded points [s].
_LOOK_AHEAD = 1e-4


class SafeMotion:
    """Turns requests for one arm into safe commands; holds geometry and limits, no state."""

    def __init__(self, arm: Arm, limits: GuardLimits) -> None:
        self.limits = limits
        self._space = GuardedSpace(arm, limits)
        self._jerk_time = 2.0 * limits.stop_deceleration / limits.stop_jerk
        # a pure delay hides at most v T + A T^2 / 2 of the way; v T is predicted, the rest is room
        hidden = 0.5 * limits.stop_deceleration * limits.response_time**2
        self._lower = limits.position_lower + limits.position_margin + hidden
        self._upper = limits.position_upper - limits.position_margin - hidden

    def step(self, request, motion: Motion, joint_position, time_step, scaling=1.0) -> Motion:
        """The next command.

        Args:
            request: velocities asked for, finite [rad/s].
            motion: the last command.
            joint_position: measured, finite [rad].
            time_step: time since the last command [s], (...) or scalar.
            scaling: share of full speed that the robot allows, in [0, 1].

        Returns:
            A command within velocity, acceleration and jerk limits of the last one, or the next
            one of a stop; from either the arm can stop inside position limits, tool box and above
            the floor.
        """
        limits = self.limits
        position = joint_position + motion.velocity * limits.response_time
        target = np.clip(request, -scaling * limits.velocity, scaling * limits.velocity)
        target = self._slow_before_position_limits(target, position)
        target, place = self._slow_before_faces(target, position)

        profile = plan(motion, target, limits.acceleration, limits.jerk)
        moved, following = sample(profile, time_step)
        next_position = position + moved
        if self._is_far_from_bounds(following, next_position, place):
            return following
        reach = stopping_range(following, limits.stop_deceleration, limits.stop_jerk)
        stop = None
        unsafe = ~self._stops_inside(next_position, reach)
        if np.any(unsafe):
            stop = self.stop_step(motion, time_step)
            following = _choose(unsafe, stop, following)
        leaves = ~self._stops_in_space(following, next_position, place)
        if np.any(leaves):
            stop = stop or self.stop_step(motion, time_step)
            following = _choose(leaves[..., None], stop, following)
        return following

    def stop_step(self, motion: Motion, time_step) -> Motion:
        """The next command of a stop; needs no joint state."""
        _, following = sample(stop_profile(motion, self.limits), time_step)
        return following

    def _slow_before_position_limits(self, target, position) -> np.ndarray:
        limits = self.limits
        room = np.stack([position - self._lower, self._upper - position])
        down, up = approach_speed(
            room, _SMOOTH_SHARE * limits.acceleration, limits.jerk, limits.settling_time
        )
        return np.clip(target, -down, up)

    def _slow_before_faces(self, target, position) -> tuple:
        """Scales all joints alike, so the arm slows down and keeps its direction.

        Returns the slower target (..., n) [rad/s] and the guarded coordinates (..., c) [m].
        """
        limits, space = self.limits, self._space
        place, ahead = space.coordinates(np.stack([position, position + _LOOK_AHEAD * target]))
        velocity = (ahead - place) / _LOOK_AHEAD
        room = np.where(velocity > 0.0, space.upper - place, place - space.lower)
        allowed = approach_speed(
            room, limits.tool_deceleration, limits.tool_jerk, limits.settling_time
        )
        speed = np.maximum(np.abs(velocity), 1e-9)
        share = np.minimum(np.min(allowed / speed, axis=-1), 1.0)
        return target * share[..., None], place

    def _is_far_from_bounds(self, motion: Motion, position, place) -> bool:
        """Whether a rough bound on the way to rest already rules every trouble out."""
        limits = self.limits
        speed, deceleration = np.abs(motion.velocity), np.abs(motion.acceleration)
        # a / J seconds to end the acceleration, then from the highest speed v + a^2 / 2J to rest
        highest = speed + 0.5 * deceleration**2 / limits.stop_jerk
        way = highest * (highest / limits.stop_deceleration + self._jerk_time)
        inside = (position - way >= self._lower) & (position + way <= self._upper)
        # no point moves further than each joint's way times its distance on the stretched arm
        space = self._space
        travel = way @ space.levers
        room = np.minimum(space.upper - place, place - space.lower)
        return bool(inside.all() and (travel < room).all())

    def _stops_inside(self, position, reach) -> np.ndarray:
        """Per joint, whether a stop from here ends inside, or at least goes no further out."""
        low, high = reach
        above = position + high <= np.maximum(self._upper, position)
        below = position + low >= np.minimum(self._lower, position)
        return above & below

    def _stops_in_space(self, motion: Motion, position, place) -> np.ndarray:
        """Whether every point stays inside on the stopping path, or goes no further out; (...)."""
        profile, space = stop_profile(motion, self.limits), self._space
        duration = profile.duration.max(axis=-1, keepdims=True)
        times = np.multiply.outer(_PATH_SHARES, duration)
        moved, _ = sample(profile, times)
        path = space.coordinates(position + moved)
        inside = (path >= np.minimum(space.lower, place)) & (path <= np.maximum(space.upper, place))
        return np.all(inside, axis=(0, -1))


def stop_profile(motion: Motion, limits: GuardLimits) -> Profile:
    """The way to rest that every fault takes."""
    rest = np.zeros_like(motion.velocity)
    return plan(motion, rest, limits.stop_deceleration, limits.stop_jerk)


def stopping_time(limits: GuardLimits, velocity) -> float:
    """Longest time that a stop from joint velocities (n,), or one for all, takes [s]."""
    rest = np.zeros_like(limits.velocity)
    return float(stop_profile(Motion(rest + velocity, rest), limits).duration.max())


def _choose(stops: np.ndarray, stop: Motion, following: Motion) -> Motion:
    return Motion(*(np.where(stops, one, other) for one, other in zip(stop, following)))
