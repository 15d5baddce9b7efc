"""The pure function of the velocity guard: request, joint state, limits, time -> safe command.

Two layers per bound. The smooth layer slows the request down early, so that a bound is approached
at the configured deceleration; all joints slow down alike, so the direction of motion is kept until
the arm is close: there the joints that lead further slow down alone, and it slides along. The hard
layer lets a step happen only if, after it, a stop (at the deceleration and jerk of stops)
still ends inside every bound; otherwise the step of that stop is taken, which was checked one step
before. So there is always a way to rest, and it is the way that a fault takes.

Where the arm is, is not known to the point: the joint state lacks what was commanded since it was
measured, and how old it is, up to `response_time`, nobody says. Each stop has to end inside from
every place where the arm may be, and if the next command comes `hold_time` late.

Arrays are (..., n), in the arm's order, and broadcast over leading axes.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

import numpy as np

from rl_manip_deploy.guard.braking import (
    Motion,
    Numbers,
    Profile,
    approach_room,
    approach_speed,
    in_step,
    motion_at,
    plan,
    sample,
    stopping_range,
)
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.space.guarded_space import NOTHING_AROUND, GuardedSpace, Surroundings
from rl_manip_deploy.guard.space.leaning import CLOSE, apart
from rl_manip_deploy.guard.space.space_layers import SpaceLayers
from rl_manip_description import Arm

# Points on a stopping path at which the arm is checked: shares of its duration, about evenly apart.
_PATH_SHARES = 1.0 - np.sqrt(1.0 - np.linspace(0.0, 1.0, 4)[1:, None, None])
# And one just behind its beginning, which keeps an arm that is out already from creeping on along
# paths that would lead back further on [s].
_FIRST = 0.002
# Share of the deceleration with which the smooth layer plans, so that the hard one seldom acts.
_SMOOTH_SHARE = 0.7
# A joint nearer than this to its limit leans against it: it alone is slowed down, and the others
# need not wait for it. Over as much again before that, the others are let go step by step [rad].
_LEANING = 0.01
# An arm that is asked to move faster than this [rad/s], and moves by no more than that share of it,
# is held.
_ASKED, _HELD = 0.05, 0.1
_NOWHERE = np.zeros((1, 1), dtype=bool)


class SafeMotion:
    """Turns requests for one arm into safe commands; holds geometry and limits, no state."""

    def __init__(
        self, arm: Arm, limits: GuardLimits, surroundings: Surroundings = NOTHING_AROUND
    ) -> None:
        self.limits = limits
        self.space = GuardedSpace(arm, limits, surroundings)
        self._layers = SpaceLayers(self.space, limits)
        self._bounds: Dict[int, Tuple[np.ndarray, np.ndarray]] = {}
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
            time_step: time since the last command [s], (..., 1) or scalar.
            scaling: share of full speed that the robot allows, in [0, 1].
            pending: way that was commanded and is not in `joint_position` yet [rad]: (..., n) for
                the oldest state there may be, or (k, ..., n) for k ages, the oldest first, see
                `CommandHistory.pending`. None: what the last command makes in `response_time`.

        Returns:
            A command within velocity, acceleration and jerk limits of the last one, or the next
            one of a stop; from either the arm can stop inside position limits and all bounds of
            its `GuardedSpace`.
        """
        places = self._places(joint_position, motion, pending)
        shape = motion.velocity.shape
        if len(shape) == 1:
            alone = Motion(motion.velocity[None], motion.acceleration[None])
            following = self._step(
                np.asarray(request)[None], alone, places[:, None], time_step, scaling
            )
            return Motion(following.velocity[0], following.acceleration[0])
        if len(shape) == 2:
            return self._step(np.asarray(request), motion, places, time_step, scaling)
        rows = (-1, shape[-1])
        flat = Motion(*(x.reshape(rows) for x in motion))
        time_step = np.broadcast_to(time_step, (*shape[:-1], 1)).reshape(-1, 1)
        request = np.broadcast_to(request, shape).reshape(rows)
        places = places.reshape(len(places), *flat.velocity.shape)
        following = self._step(request, flat, places, time_step, scaling)
        return Motion(*(x.reshape(shape) for x in following))

    def _step(
        self,
        request: np.ndarray,
        motion: Motion,
        places: np.ndarray,
        time_step: Numbers,
        scaling: Numbers,
    ) -> Motion:
        """The next commands of B arms, (B, n)."""
        limits = self.limits
        target, scaled = self._within_velocity(request, scaling)
        target, held = self._slow_before_position_limits(target, places)
        target, together, sight = self._layers.slow_down(target, places[0])
        slowed = scaled | held | together
        bounds: Tuple[np.ndarray, np.ndarray] = limits.acceleration, limits.jerk
        if slowed.any():
            slower = in_step(motion, target, limits.velocity, *bounds)
            bounds = (
                np.where(slowed, slower[0], bounds[0]),
                np.where(slowed, slower[1], bounds[1]),
            )
        following = motion_at(plan(motion, target, *bounds, limits.stop_jerk), time_step)

        way = self._way(following, places)
        lower, upper = self._position_bounds(len(places))
        if ((places[0] - way < lower) | (places[0] + way > upper)).any():
            unsafe = ~self._stops_inside(following, places)
            if unsafe.any():
                following = _choose(unsafe, self.stop_step(motion, time_step), following)
                way = self._way(following, places)
        far = self._layers.far(way, sight)
        if far.all():
            return following
        leaves = np.zeros((len(way), 1), dtype=bool)
        near = np.flatnonzero(~far.all(axis=1))
        path = self._path(Motion(*(x[near] for x in following)), places[:, near])
        leaves[near, 0] = ~self._layers.stops_inside(path, far[near], sight.gaps_of(near))
        if leaves.any():
            following = _choose(leaves, self.stop_step(motion, time_step), following)
        return following

    def stop_step(self, motion: Motion, time_step: Numbers) -> Motion:
        """The next command of a stop; needs no joint state and may come at any time.

        A command that is late, however much, goes on where the stop would be by then. One that
        comes too soon for the arm to have stopped may be followed by `step` again: what the stop
        leaves behind is taken back without a joint going backwards.
        """
        return motion_at(stop_profile(motion, self.limits), time_step)

    def held_at(self, request: np.ndarray, motion: Motion, position: np.ndarray) -> str:
        """What an arm in a pose (n,) [rad] stands at though it is asked to move; "" where it moves.

        Args:
            request: velocities asked for (n,) [rad/s].
            motion: the last command.
            position: of the joints (n,) [rad].
        """
        asked, moves = (float(np.linalg.norm(x)) for x in (request, motion.velocity))
        if asked < _ASKED or moves > _HELD * asked:
            return ""
        name, room = self.space.nearest(position)
        return name if room < CLOSE else ""

    def _places(
        self, joint_position: np.ndarray, motion: Motion, pending: Optional[np.ndarray]
    ) -> np.ndarray:
        """Where the arm may be by the last command, (k, ..., n) [rad], furthest on first."""
        if pending is None:
            pending = motion.velocity * self.limits.response_time
        places = np.asarray(joint_position + pending)
        return places if places.ndim > motion.velocity.ndim else places[None]

    def _position_bounds(self, ages: int) -> Tuple[np.ndarray, np.ndarray]:
        """Position limits with their margins, and room for the ages between those known."""
        if ages not in self._bounds:
            limits = self.limits
            # over a time T the velocity strays by A T: from a mean by no more than A T^2 / 8 of
            # way; with one age only nothing is known of the velocity before, and it is A T^2 / 2
            parts = ages - 1
            share = 1.0 / (8.0 * parts * parts) if parts else 0.5
            strays = share * limits.stop_deceleration * limits.response_time**2
            kept = limits.position_margin + strays
            self._bounds[ages] = (limits.position_lower + kept, limits.position_upper - kept)
        return self._bounds[ages]

    def _within_velocity(
        self, request: np.ndarray, scaling: Numbers
    ) -> Tuple[np.ndarray, np.ndarray]:
        """The request within the velocity limits, all joints scaled alike, and where it was."""
        limit = scaling * self.limits.velocity
        size = np.abs(request)
        if (size <= limit).all():
            return request, _NOWHERE
        most = size.max(axis=-1, keepdims=True)
        # first of size 1: the product of a share with 1e308 would lose digits
        unit = request / np.maximum(most, 1e-300)
        allowed = np.min(limit / np.maximum(np.abs(unit), 1e-9), axis=-1, keepdims=True)
        return unit * np.minimum(most, allowed), allowed < most

    def _slow_before_position_limits(
        self, target: np.ndarray, places: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray]:
        """The slower target, and where all joints are slower.

        A joint that leans against its limit is left out of that, and slows down alone.
        """
        limits = self.limits
        lower, upper = self._position_bounds(len(places))
        room = np.where(target > 0.0, upper - places, places - lower).min(axis=0)
        deceleration = _SMOOTH_SHARE * limits.acceleration
        law = (deceleration, limits.jerk, limits.settling_time, limits.hold_time)
        speed = np.abs(target)
        if (room >= approach_room(speed, *law)).all():
            return target, _NOWHERE
        allowed = approach_speed(room, *law)
        share = allowed / np.maximum(speed, 1e-9)
        together = np.min(np.maximum(share, apart(room, _LEANING)), axis=-1, keepdims=True)
        target = np.minimum(together, 1.0) * target
        return np.clip(target, -allowed, allowed), together < 1.0

    def _way(self, motion: Motion, places: np.ndarray) -> np.ndarray:
        """At most so far each joint may get from `places[0]` until it rests, (B, n) [rad]."""
        limits = self.limits
        speed, deceleration = np.abs(motion.velocity), np.abs(motion.acceleration)
        # a / J seconds to end the acceleration, then from the highest speed v + a^2 / 2J to rest
        highest = speed + 0.5 * deceleration**2 / limits.stop_jerk
        way = highest * (highest / limits.stop_deceleration + self._jerk_time + limits.hold_time)
        return way + np.abs(places[-1] - places[0])

    def _stops_inside(self, motion: Motion, places: np.ndarray) -> np.ndarray:
        """Per joint, whether a stop from here ends inside, or at least goes no further out."""
        limits = self.limits
        low, high = stopping_range(motion, limits.stop_deceleration, limits.stop_jerk)
        low = low + limits.hold_time * np.minimum(motion.velocity, 0.0)
        high = high + limits.hold_time * np.maximum(motion.velocity, 0.0)
        lower, upper = self._position_bounds(len(places))
        above = places + high <= np.maximum(upper, places)
        below = places + low >= np.minimum(lower, places)
        return np.all(above & below, axis=0)

    def _path(self, motion: Motion, places: np.ndarray) -> np.ndarray:
        """Poses on the way to rest, the first one before it, (k, t, B, n) [rad]."""
        profile = stop_profile(motion, self.limits)
        duration = profile.duration.max(axis=-1, keepdims=True)
        moved, _ = sample(profile, _PATH_SHARES * duration)
        # the command may stand for a while before the stop begins: the arm gets further then, or
        # elsewhere where some of its joints stop later than others
        held = self.limits.hold_time * motion.velocity
        begin = np.stack([np.zeros_like(held), _FIRST * motion.velocity])
        return places[:, None] + np.concatenate([begin, moved, held + moved])


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
