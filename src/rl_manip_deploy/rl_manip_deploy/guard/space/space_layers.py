"""The two layers of `SafeMotion` for bounds in space: slow down early, and stop inside.

Arrays have one leading axis of B arms, and k places where each may be.
"""

from __future__ import annotations

from typing import Iterator, Tuple

import numpy as np

from rl_manip_deploy.guard.braking import approach_room, approach_speed
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.space.guarded_space import GuardedSpace, View

# Step of the finite difference that gives the speeds at which bounds come nearer [s].
_LOOK_AHEAD = 1e-4


class SpaceLayers:
    """Keeps one arm inside one `GuardedSpace`."""

    def __init__(self, space: GuardedSpace, limits: GuardLimits) -> None:
        self._space, self._limits = space, limits

    def slow_down(self, target: np.ndarray, position: np.ndarray) -> Tuple[np.ndarray, View]:
        """Scales all joints alike, so that the arm slows down and keeps its direction.

        Args:
            target: (B, n) [rad/s].
            position: (B, n) [rad].

        Returns:
            The share (B, 1) of the target that is left, and the view of the arms at `position`.
        """
        space, limits = self._space, self._limits
        both = space.view(np.stack([position, position + _LOOK_AHEAD * target]))
        here = both.room[0]
        view = View(both.frames[0], here)
        share = np.ones(len(target))
        speed = (here - both.room[1]) / _LOOK_AHEAD
        needed = approach_room(
            np.maximum(speed, 0.0),
            limits.tool_deceleration,
            limits.tool_jerk,
            limits.settling_time,
            limits.hold_time,
        )
        tight = (here < needed) & (speed > 0.0)
        if tight.any():
            for rows, both_rooms in self._exact(both.frames, tight):
                room, later = both_rooms
                allowed = approach_speed(
                    room,
                    limits.tool_deceleration,
                    limits.tool_jerk,
                    limits.settling_time,
                    limits.hold_time,
                )
                speed = np.maximum((room - later) / _LOOK_AHEAD, 1e-9)
                np.minimum.at(share, rows, allowed / speed)
        return share[:, None], view

    def _exact(
        self, frames: np.ndarray, marked: np.ndarray
    ) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        """Arms (j,) and the room (2, j) [m] of their marked planes, then of their marked pairs."""
        space = self._space
        rows, planes = space.planes_of(marked)
        if len(rows):
            yield rows, space.plane_room(frames, rows, planes)
        rows, pairs = space.pairs_of(marked)
        if len(rows):
            poses = np.repeat([0, 1], len(rows))
            room = space.pair_room(frames, poses, np.tile(rows, 2), np.tile(pairs, 2))
            yield rows, room.reshape(2, -1)

    def far(self, way: np.ndarray, view: View) -> np.ndarray:
        """What is still far when every joint has moved by `way` (B, n) [rad] at most, (B, c).

        No point moves further than each joint's way times its distance on the stretched arm.
        """
        return way @ self._space.levers < view.room

    def stops_inside(self, path: np.ndarray, far: np.ndarray) -> np.ndarray:
        """Whether nothing is broken on the ways to rest, or at least nothing gets worse, (B,).

        Args:
            path: poses on the ways to rest, the first one before them, (k, t, B, n) [rad].
            far: what cannot be reached on the way, (B, c).
        """
        space = self._space
        k, t, arms, _ = path.shape
        frames = space.frames(path.reshape(k * t, arms, -1))
        inside, near = np.ones(arms, dtype=bool), ~far
        rows, planes = space.planes_of(near)
        if len(rows):
            room = space.plane_room(frames, rows, planes).reshape(k, t, -1)
            inside[rows[_gets_worse(room).any(axis=(0, 1))]] = False
        rows, entries = np.nonzero(near[:, space.num_plane_entries :])
        if not len(rows):
            return inside
        # a quick look at the spheres first
        quick = space.pair_entries(frames, rows, entries + space.num_plane_entries)
        poses, which = np.nonzero(quick < 0.0)
        if len(poses):
            tight = np.zeros((k * t, arms, space.num_pairs), dtype=bool)
            pairs = space.bound[entries[which] + space.num_plane_entries] - space.num_planes
            tight[poses, rows[which], pairs] = True
            later: np.ndarray = np.full(tight.shape, np.inf)
            later[tight] = space.pair_room(frames, *np.nonzero(tight))
            inside &= ~_gets_worse(later.reshape(k, t, arms, -1)).any(axis=(0, 1, 3))
        return inside


def _gets_worse(room: np.ndarray) -> np.ndarray:
    """Where bounds are broken on ways (k, t, ...), and more so than at their beginning."""
    return room < np.minimum(room[:, :1], 0.0)
