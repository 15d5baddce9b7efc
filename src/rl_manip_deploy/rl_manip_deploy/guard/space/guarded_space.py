"""How much room an arm has: tool box, floor, zones, and between its own parts.

Room is in metres, with the bound's margin taken off, and negative where the bound is broken. There
are b bounds: a solid before a plane, or two solids. Of spheres that hold the solids it is known
quickly, as a vector over c spheres before planes and pairs of spheres, each of which belongs to one
bound; of a solid exactly, or nearly so, see `separation`, for the few bounds that matter just now.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.space.bodies import TOOL, arm_bodies, covering_spheres
from rl_manip_deploy.guard.space.body_pairs import watched_pairs
from rl_manip_deploy.guard.space.payload import Payload
from rl_manip_deploy.guard.space.planes import bodies_in, planes_of
from rl_manip_deploy.guard.space.zones import Zone
from rl_manip_description import Arm
from rl_manip_description.kinematics.link_shapes import Solids, together
from rl_manip_description.kinematics.separation import (
    Gap,
    Placed,
    place,
    separation,
    width_that_shows,
)

_NONE = np.zeros(0, dtype=int)
# Room between two parts besides `link_margin`: for the noise of states, and for an arm that follows
# a command with a lag instead of a delay, that makes 0.7 mrad of a joint's way [m].
_RESERVE = 0.002


@dataclass(frozen=True)
class Surroundings:
    """What a person says of the arm's place and of what it carries."""

    zones: Tuple[Zone, ...] = ()
    payload: Optional[Payload] = None


NOTHING_AROUND = Surroundings()


class View(NamedTuple):
    """Arms in some poses."""

    frames: np.ndarray  # (..., n + 1, 4, 4) of the links, the base's last
    room: np.ndarray  # (..., c) [m] of spheres


class GuardedSpace:
    """The bounds of one arm in space."""

    def __init__(
        self, arm: Arm, limits: GuardLimits, surroundings: Surroundings = NOTHING_AROUND
    ) -> None:
        self._chain = arm.chain
        self.zones = tuple(zone.name for zone in surroundings.zones)
        moving = arm_bodies(arm, surroundings.payload)
        obstacles = [zone.obstacle() for zone in surroundings.zones]
        self._bodies = together([moving, *(one for one in obstacles if one is not None)])
        self._num_parts = len(moving.link)
        spheres = covering_spheres(self._bodies)
        planes = planes_of(arm, moving, spheres, limits, surroundings.zones)
        margins = _margins(arm, moving, limits, surroundings.zones)
        pairs = watched_pairs(arm, self._bodies, margins, spheres)
        self._planes, self._pairs, self._spheres = planes, pairs, spheres
        self._ends = np.stack([pairs.first, pairs.second])
        self.num_planes = len(planes.body)
        self.num_pairs = len(pairs.first)
        self.num_plane_entries = len(planes.sphere)
        self.bound = np.append(planes.plane, self.num_planes + pairs.pair)
        """(c,) number of the bound that each entry of the room's vector belongs to."""
        self.levers = np.append(planes.levers, pairs.levers, axis=1)
        self.plane_levers = planes.plane_levers
        self.plane_of_entry = planes.plane
        self.pair_of_entry = pairs.pair
        """(s,) number of the pair of solids that each pair of spheres belongs to."""
        self.pair_levers = pairs.pair_levers
        self._kept = np.append(planes.kept, pairs.kept)
        centers = np.append(spheres.center, np.ones((len(spheres.body), 1)), axis=1)
        self._centers = centers[..., None]
        # each direction once: heights of all spheres along all of them are one product
        self._normals, which = np.unique(planes.normal, axis=0, return_inverse=True)
        self._normals = self._normals.T.copy()
        self._heights = planes.sphere * self._normals.shape[1] + which.ravel()[planes.plane]
        self._refuse_overlaps(arm)

    def frames(self, joint_position: np.ndarray) -> np.ndarray:
        """Frames (..., n + 1, 4, 4) of the links in poses (..., n) [rad], the base's last."""
        return self._chain.link_frames(joint_position)

    def view(self, joint_position: np.ndarray) -> View:
        """Arms in poses (..., n) [rad]."""
        frames = self.frames(joint_position)
        centers = self._centers_at(frames)
        heights = np.matmul(centers, self._normals)
        heights = heights.reshape(*heights.shape[:-2], -1).take(self._heights, axis=-1)
        first, second = self._pairs.spheres
        between = centers.take(second, axis=-2) - centers.take(first, axis=-2)
        distances = np.sqrt(np.einsum("...i,...i->...", between, between))
        return View(frames, np.concatenate([heights, distances], axis=-1) - self._kept)

    def planes_of(self, marked: np.ndarray) -> Tuple[np.ndarray, ...]:
        """Rows and numbers of the planes that have an entry marked in (B, c)."""
        marked = marked[:, : self.num_plane_entries]
        return np.nonzero(np.logical_or.reduceat(marked, self._planes.begin, axis=-1))

    def pairs_of(self, marked: np.ndarray) -> Tuple[np.ndarray, ...]:
        """Rows and numbers of the pairs of solids that have an entry marked in (B, c)."""
        marked = marked[:, self.num_plane_entries :]
        if not marked.any():
            return _NONE, _NONE
        return np.nonzero(np.logical_or.reduceat(marked, self._pairs.begin, axis=-1))

    def sphere_room(self, frames: np.ndarray, rows: np.ndarray, entries: np.ndarray) -> np.ndarray:
        """Room (p, j) [m] of pairs of spheres (j,), numbered from the first one, of arms (j,).

        Entries and arms are given by number, here and below; and frames (p, B, n + 1, 4, 4) are
        those of B arms in p poses each.
        """
        centers = self._centers_at(frames)
        first, second = self._pairs.spheres[:, entries]
        between = centers[:, rows, second] - centers[:, rows, first]
        distance = np.sqrt(np.einsum("pji,pji->pj", between, between))
        return distance - self._pairs.kept[entries]

    def plane_room(self, frames: np.ndarray, rows: np.ndarray, planes: np.ndarray) -> np.ndarray:
        """Room (p, j) [m] of planes (j,) of arms (j,)."""
        body = self._planes.body[planes]
        bodies, normal = self._bodies, self._planes.normal[planes, None]
        carrier = frames[:, rows, bodies.link[body], :3]
        # components of the normal along the solid's axes, and the height of its centre
        seen = np.matmul(np.matmul(normal, carrier), bodies.pose[body])[..., 0, :]
        along = seen[..., :3]
        upright = along[..., 2]
        box = np.einsum("pji,ji->pj", np.abs(along), bodies.half[body])
        # a disc of radius r whose axis has the component u along the normal: r sqrt(1 - u^2)
        aside = np.sqrt(np.maximum(1.0 - upright * upright, 0.0)) * bodies.disc[body]
        return seen[..., 3] - box - aside - (self._planes.offset[planes] + bodies.ball[body])

    def pair_gaps(
        self, frames: np.ndarray, poses: np.ndarray, rows: np.ndarray, pairs: np.ndarray
    ) -> Gap:
        """Room (j,) [m] of pairs of solids (j,) of arms (j,) in poses (j,), and along what."""
        gap = separation(self._placed(frames, poses, rows, pairs))
        return gap._replace(width=gap.width - self._pairs.margin[pairs])

    def pair_room_along(
        self,
        frames: np.ndarray,
        poses: np.ndarray,
        rows: np.ndarray,
        pairs: np.ndarray,
        along: np.ndarray,
    ) -> np.ndarray:
        """Room (j,) [m] that shows along unit vectors (j, 3), see `Gap`; no more than there is."""
        placed = self._placed(frames, poses, rows, pairs)
        return width_that_shows(placed, along) - self._pairs.margin[pairs]

    def _placed(
        self, frames: np.ndarray, poses: np.ndarray, rows: np.ndarray, pairs: np.ndarray
    ) -> Placed:
        ends = self._ends[:, pairs]
        return place(frames[poses, rows, self._bodies.link[ends]], self._bodies, ends)

    def rooms(self, joint_position: np.ndarray) -> np.ndarray:
        """Room before every plane and between every pair, (B, b) [m], in poses (B, n) [rad]."""
        frames = self.frames(np.asarray(joint_position, dtype=float))[None]
        numbers = (np.arange(frames.shape[1]), np.arange(self.num_planes + self.num_pairs))
        rows, bounds = (grid.ravel() for grid in np.meshgrid(*numbers, indexing="ij"))
        planes = bounds < self.num_planes
        room = np.empty(len(bounds))
        room[planes] = self.plane_room(frames, rows[planes], bounds[planes])[0]
        rows, pairs = rows[~planes], bounds[~planes] - self.num_planes
        room[~planes] = self.pair_gaps(frames, np.zeros_like(rows), rows, pairs).width
        return room.reshape(frames.shape[1], -1)

    def nearest(self, joint_position: np.ndarray) -> Tuple[str, float]:
        """The bound that a pose (n,) [rad] is nearest to, in words, and its room [m]."""
        room = self.rooms(np.asarray(joint_position)[None])[0]
        number = int(np.argmin(room))
        return self.name_of(number), float(room[number])

    def name_of(self, bound: int) -> str:
        """What a person calls a bound: a plane's name, or both parts'."""
        if bound < self.num_planes:
            return self._planes.name[bound]
        return " and ".join(self.parts_of(bound))

    def parts_of(self, bound: int) -> Tuple[str, ...]:
        """Names of the one or two parts that a bound is for."""
        pair = bound - self.num_planes
        if pair < 0:
            return (self._bodies.name[self._planes.body[bound]],)
        return tuple(
            self._bodies.name[end[pair]] for end in (self._pairs.first, self._pairs.second)
        )

    def _refuse_overlaps(self, arm: Arm) -> None:
        """Parts that overlap at home could never move; zones are somebody else's matter."""
        room = self.rooms(arm.home[None])[0, self.num_planes :] + self._pairs.margin
        own = np.maximum(self._pairs.first, self._pairs.second) < self._num_parts
        for pair in np.flatnonzero(own & (room <= 0.0)):
            parts = self.parts_of(self.num_planes + int(pair))
            raise ValueError(
                f"{parts[0]} and {parts[1]} of {arm.name} overlap at home: give a smaller shape, "
                "or list links that touch by design in allowed_collisions of the arm's file."
            )

    def _centers_at(self, frames: np.ndarray) -> np.ndarray:
        """Centres of the spheres (..., s, 3) [m]."""
        return np.matmul(frames.take(self._spheres.link, axis=-3), self._centers)[..., :3, 0]


def _margins(
    arm: Arm, bodies: Solids, limits: GuardLimits, zones: Tuple[Zone, ...]
) -> List[Tuple[int, int, float]]:
    """Pairs of solids that must not touch, and what is kept free between them [m].

    Obstacles are numbered after the arm's own solids.
    """
    allowed = {frozenset(pair) for pair in arm.allowed_collisions}
    parts = [number for number, name in enumerate(bodies.name) if name != TOOL]
    rows = []
    for first, second in itertools.combinations(parts, 2):
        joined = frozenset((bodies.name[first], bodies.name[second])) in allowed
        if bodies.link[first] != bodies.link[second] and not joined:
            rows.append((first, second, limits.link_margin + _RESERVE))
    obstacle = len(bodies.link)
    for zone in zones:
        if zone.obstacle() is not None:
            rows += [(obstacle, body, limits.tool_margin) for body in bodies_in(zone, bodies)]
            obstacle += 1
    return rows
