"""The two layers of `SafeMotion` for bounds in space: slow down early, and stop inside.

Arrays have one leading axis of B arms, and k places where each may be.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from rl_manip_deploy.guard.braking import approach_room, approach_speed
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.space.guarded_space import GuardedSpace, View
from rl_manip_deploy.guard.space.leaning import (
    CLOSE,
    Approach,
    apart,
    kept,
    share_allowed,
    sliding_speed,
)

# Step of the finite difference that gives the speeds at which bounds come nearer [s].
_LOOK_AHEAD = 1e-4


class Gaps(NamedTuple):
    """Pairs of solids that were looked at where the arms are, each with its gap."""

    known: np.ndarray  # (B, m) whether it was
    room: np.ndarray  # (B, m) [m]
    along: np.ndarray  # (B, m, 3) unit vectors


class Near(NamedTuple):
    """Planes and pairs of solids, by number, that some arms, by number, are near."""

    plane_arm: np.ndarray  # (j,)
    plane: np.ndarray  # (j,)
    pair_arm: np.ndarray  # (i,)
    pair: np.ndarray  # (i,)
    along: np.ndarray  # (i, 3) unit vectors that part the pairs
    room: np.ndarray  # (j + i,) [m]

    @property
    def arm(self) -> np.ndarray:
        """Numbers of the arms (j + i,)."""
        return np.append(self.plane_arm, self.pair_arm)

    def of(self, some: np.ndarray) -> Near:
        """Those of arms that are marked in (B,), numbered anew."""
        number = np.cumsum(some) - 1
        planes, pairs = some[self.plane_arm], some[self.pair_arm]
        return Near(
            number[self.plane_arm[planes]],
            self.plane[planes],
            number[self.pair_arm[pairs]],
            self.pair[pairs],
            self.along[pairs],
            self.room[np.append(planes, pairs)],
        )


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
        self._stop = (limits.stop_deceleration, limits.stop_jerk)

    def slow_down(
        self, target: np.ndarray, position: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray, Sight]:
        """Slows all joints down alike, so that the arm keeps its direction; or lets it slide.

        Args:
            target: (B, n) [rad/s].
            position: (B, n) [rad].

        Returns:
            The target that is left, the arms (B, 1) whose joints are to get there in step, and what
            is seen at `position`.
        """
        space = self._space
        both = space.view(np.stack([position, position + _LOOK_AHEAD * target]))
        here = both.room[0]
        speed = np.maximum((here - both.room[1]) / _LOOK_AHEAD, 0.0)
        marked = here < np.maximum(approach_room(speed, *self._law), CLOSE)
        view = View(both.frames[0], here)
        if not marked.any():
            return target, np.zeros((len(target), 1), dtype=bool), Sight(view, None)
        near = self._near(view, marked)
        arm, room = near.arm, near.room
        speed = (room - self._room(both.frames[1:], near)[0]) / _LOOK_AHEAD
        share = np.ones_like(target)
        np.minimum.at(share, arm, share_allowed(approach_speed(room, *self._law), speed)[:, None])
        slides, close = np.zeros((2, len(target)), dtype=bool)
        slides[arm[speed > sliding_speed(room, self._law)]] = True
        close[arm[room < CLOSE]] = True
        if slides.any():
            approach = self._approach(target[slides], position[slides], near.of(slides))
            share[slides] = kept(target[slides], approach)
        in_step = close[:, None] | (share < 1.0).any(axis=1, keepdims=True)
        return share * target, in_step, Sight(view, self._gaps(len(target), near))

    def _near(self, view: View, marked: np.ndarray) -> Near:
        """The bounds with an entry marked in (B, c), where the arms are."""
        space, frames = self._space, view.frames[None]
        rows, planes = space.planes_of(marked)
        arms, pairs = space.pairs_of(marked)
        gap = space.pair_gaps(frames, np.zeros_like(arms), arms, pairs)
        before = space.plane_room(frames, rows, planes)[0]
        return Near(rows, planes, arms, pairs, gap.along, np.append(before, gap.width))

    def _room(self, frames: np.ndarray, near: Near) -> np.ndarray:
        """Room (p, j + i) [m] of bounds in all poses of frames (p, ...); of pairs, what shows."""
        before = self._space.plane_room(frames, near.plane_arm, near.plane)
        between = self._on_paths(frames, near.pair_arm, near.pair, near.along)
        return np.append(before, between, axis=1)

    def _approach(self, target: np.ndarray, position: np.ndarray, near: Near) -> Approach:
        """How bounds come nearer by each joint alone."""
        turns = np.eye(target.shape[1])[:, None] * target
        frames = self._space.frames(position + _LOOK_AHEAD * turns)
        arm, room = near.arm, near.room
        closing = (room - self._room(frames, near)).T / _LOOK_AHEAD
        # in a stop each joint goes on for as long as it takes
        deceleration, jerk = self._stop
        lasts = 0.5 * (np.abs(target) / deceleration + deceleration / jerk)
        left = np.maximum(room, 0.0) / np.maximum(apart(room), 1e-9)
        return Approach(
            arm=np.append(arm, arm),
            closing=np.append(closing, closing * lasts[arm], axis=0),
            allowed=np.append(approach_speed(room, *self._law), left),
            sliding=np.append(sliding_speed(room, self._law), left),
        )

    def _gaps(self, arms: int, near: Near) -> Gaps | None:
        if not len(near.pair):
            return None
        size = (arms, self._space.num_pairs)
        gaps = Gaps(np.zeros(size, dtype=bool), np.empty(size), np.empty((*size, 3)))
        room = near.room[len(near.plane) :]
        for values, new in zip(gaps, (True, room, near.along)):
            values[near.pair_arm, near.pair] = new
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
