"""The two layers of `SafeMotion` for bounds in space: slow down early, and stop inside.

Arrays have one leading axis of B arms, and k places where each may be.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from rl_manip_deploy.guard.braking import approach_room, approach_speed
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.space.guarded_space import GuardedSpace, View

# Step of the finite difference that gives the speeds at which bounds come nearer [s].
_LOOK_AHEAD = 1e-4


class Gaps(NamedTuple):
    """Pairs of solids that were looked at where the arms are, each with its gap."""

    known: np.ndarray  # (B, m) whether it was
    room: np.ndarray  # (B, m) [m]
    along: np.ndarray  # (B, m, 3) unit vectors


class Sight(NamedTuple):
    """What is known of arms where they are."""

    view: View
    gaps: Gaps | None  # None where no pair of solids is near

    def gaps_of(self, arms: np.ndarray) -> Gaps | None:
        """Those of some of the arms, by number."""
        return None if self.gaps is None else Gaps(*(values[arms] for values in self.gaps))


class SpaceLayers:
    """Keeps one arm inside one `GuardedSpace`."""

    def __init__(self, space: GuardedSpace, limits: GuardLimits) -> None:
        self._space = space
        # how bounds in space are approached
        self._law = (
            limits.tool_deceleration,
            limits.tool_jerk,
            limits.settling_time,
            limits.hold_time,
        )

    def slow_down(self, target: np.ndarray, position: np.ndarray) -> Tuple[np.ndarray, Sight]:
        """Scales all joints alike, so that the arm slows down and keeps its direction.

        Args:
            target: (B, n) [rad/s].
            position: (B, n) [rad].

        Returns:
            The share (B, 1) of the target that is left, and what is seen at `position`.
        """
        space = self._space
        both = space.view(np.stack([position, position + _LOOK_AHEAD * target]))
        here = both.room[0]
        share, gaps = np.ones(len(target)), None
        speed = (here - both.room[1]) / _LOOK_AHEAD
        needed = approach_room(np.maximum(speed, 0.0), *self._law)
        near = here < needed
        if near.any():
            rows, planes = space.planes_of(near & (speed > 0.0))
            if len(rows):
                self._limit(share, rows, *space.plane_room(both.frames, rows, planes))
            rows, pairs = space.pairs_of(near)
            if len(rows):
                now = np.zeros_like(rows)
                room, along = space.pair_gaps(both.frames, now, rows, pairs)
                later = space.pair_room_along(both.frames, now + 1, rows, pairs, along)
                self._limit(share, rows, room, later)
                gaps = self._remember(len(target), rows, pairs, room, along)
        return share[:, None], Sight(View(both.frames[0], here), gaps)

    def _limit(
        self, share: np.ndarray, rows: np.ndarray, room: np.ndarray, later: np.ndarray
    ) -> None:
        """Lowers shares (B,) of arms (j,) to what their rooms (j,) [m], now and later, allow."""
        allowed = approach_speed(room, *self._law)
        speed = np.maximum((room - later) / _LOOK_AHEAD, 1e-9)
        np.minimum.at(share, rows, allowed / speed)

    def _remember(
        self, arms: int, rows: np.ndarray, pairs: np.ndarray, room: np.ndarray, along: np.ndarray
    ) -> Gaps:
        size = (arms, self._space.num_pairs)
        gaps = Gaps(np.zeros(size, dtype=bool), np.empty(size), np.empty((*size, 3)))
        for values, new in zip(gaps, (True, room, along)):
            values[rows, pairs] = new
        return gaps

    def far(self, way: np.ndarray, sight: Sight) -> np.ndarray:
        """What is still far when every joint has moved by `way` (B, n) [rad] at most, (B, c).

        No point moves further than each joint's way times its distance on the stretched arm.
        """
        space, planes = self._space, self._space.num_plane_entries
        far = way @ space.levers < sight.view.room
        rows, near = space.planes_of(~far)
        if len(rows):
            # the solids themselves have more room than their spheres
            room = space.plane_room(sight.view.frames[None], rows, near)[0]
            apart = np.zeros((len(way), space.num_planes), dtype=bool)
            apart[rows, near] = np.einsum("ji,ij->j", way[rows], space.plane_levers[:, near]) < room
            far[:, :planes] |= apart[:, space.plane_of_entry]
        if sight.gaps is not None and not far.all():
            apart = sight.gaps.known & (way @ space.pair_levers < sight.gaps.room)
            far[:, planes:] |= apart[:, space.pair_of_entry]
        return far

    def stops_inside(self, path: np.ndarray, far: np.ndarray, gaps: Gaps | None) -> np.ndarray:
        """Whether nothing is broken on the ways to rest, or at least nothing gets worse, (B,).

        Args:
            path: poses on the ways to rest, the first one before them, (k, t, B, n) [rad].
            far: what cannot be reached on the way, (B, c).
            gaps: where the arms are, for the same arms.
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
        touching = space.sphere_room(frames, rows, entries).min(axis=0) < 0.0
        tight = np.zeros((arms, space.num_pairs), dtype=bool)
        tight[rows[touching], space.pair_of_entry[entries[touching]]] = True
        if gaps is not None and (known := tight & gaps.known).any():
            # then one along what parts them where the arms are
            rows, pairs = np.nonzero(known)
            room = self._on_paths(frames, rows, pairs, gaps.along[rows, pairs])
            tight[rows, pairs] = (room < 0.0).any(axis=0)
        rows, pairs = np.nonzero(tight)
        if len(rows):
            room = self._on_paths(frames, rows, pairs).reshape(k, t, -1)
            inside[rows[_gets_worse(room).any(axis=(0, 1))]] = False
        return inside

    def _on_paths(
        self,
        frames: np.ndarray,
        rows: np.ndarray,
        pairs: np.ndarray,
        along: np.ndarray | None = None,
    ) -> np.ndarray:
        """Room (p, j) [m] of pairs of arms (j,) in all poses of frames (p, ...)."""
        p = len(frames)
        numbers = (np.repeat(np.arange(p), len(rows)), np.tile(rows, p), np.tile(pairs, p))
        if along is None:
            room = self._space.pair_gaps(frames, *numbers).width
        else:
            room = self._space.pair_room_along(frames, *numbers, np.tile(along, (p, 1)))
        return room.reshape(p, -1)


def _gets_worse(room: np.ndarray) -> np.ndarray:
    """Where bounds are broken on ways (k, t, ...), and more so than at their beginning."""
    return room < np.minimum(room[:, :1], 0.0)
