"""Which two solids may meet, and how near they are."""

from __future__ import annotations

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from rl_manip_deploy.guard.space.bodies import Spheres, stretched
from rl_manip_description import Arm
from rl_manip_description.kinematics.link_shapes import BASE, Solids
from rl_manip_description.kinematics.separation import place, separation

# Cells of relative pose that prove two solids apart are halved this often before that is given up.
_HALVINGS = 4
_CELLS = 24  # of a turn, before that


class BodyPairs(NamedTuple):
    """m pairs of solids that may meet, and the s pairs of spheres around them."""

    first: np.ndarray  # (m,) number of a solid
    second: np.ndarray  # (m,) number of the other, no nearer to the base
    margin: np.ndarray  # (m,) [m] that is kept free between them
    spheres: np.ndarray  # (2, s) numbers of spheres, sorted by pair
    begin: np.ndarray  # (m,) number of each pair's first two spheres in `spheres`
    pair: np.ndarray  # (s,) number of the pair
    kept: np.ndarray  # (s,) [m] both radii and the margin
    levers: np.ndarray  # (n, s) [m/rad] by which a joint brings two spheres nearer at most
    pair_levers: np.ndarray  # (n, m) [m/rad] likewise for the solids


def watched_pairs(
    arm: Arm, bodies: Solids, margins: Sequence[Tuple[int, int, float]], spheres: Spheres
) -> BodyPairs:
    """The pairs of `margins` (first, second, margin [m]) that can come nearer than their margin."""
    meeting = [row for row in _sorted(bodies, margins) if _may_meet(arm, bodies, *row)]
    first, second, margin = (
        (np.array(column) for column in zip(*meeting))
        if meeting
        else (
            np.zeros(0, int),
            np.zeros(0, int),
            np.zeros(0),
        )
    )
    pairs: List[Tuple[int, int]] = []
    of_pair: List[int] = []
    begin: List[int] = []
    for number, (one, other) in enumerate(zip(first, second)):
        begin.append(len(pairs))
        for a in np.flatnonzero(spheres.body == one):
            for b in np.flatnonzero(spheres.body == other):
                pairs.append((int(a), int(b)))
                of_pair.append(number)
    both = np.array(pairs, dtype=int).reshape(-1, 2).T
    pair = np.array(of_pair, dtype=int)
    kept = spheres.radius[both].sum(axis=0) + margin[pair]
    levers = _levers(arm, spheres.link, spheres.away, both)
    pair_levers = _levers(arm, bodies.link, bodies.reach, np.stack([first, second]))
    begins = np.array(begin, int)
    return BodyPairs(first, second, margin, both, begins, pair, kept, levers, pair_levers)


def _sorted(
    bodies: Solids, margins: Sequence[Tuple[int, int, float]]
) -> List[Tuple[int, int, float]]:
    rows = []
    for one, other, margin in margins:
        if bodies.link[one] > bodies.link[other]:
            one, other = other, one
        rows.append((one, other, margin))
    return rows


def _levers(arm: Arm, link: np.ndarray, size: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """How much a joint's turn changes the distance of two parts of links at most, (n, s) [m/rad].

    That is no more than how far either of them lies from the joint, links stretched.

    Args:
        arm: the chain.
        link: of each part, (k,).
        size: how far each part reaches from its link's frame [m], (k,).
        pairs: numbers of two parts, the second no nearer to the base, (2, s).
    """
    way = stretched(arm)
    first, second = pairs
    begin = np.where(link == BASE, 0.0, way[link])
    joint = np.arange(arm.num_joints)[:, None]
    outwards = way[link[second]] - way[:, None] + size[second]
    inwards = way[:, None] - begin[first] + size[first]
    turns = (joint > link[first]) & (joint <= link[second])
    return np.where(turns, np.minimum(outwards, inwards), 0.0)


def _may_meet(arm: Arm, bodies: Solids, first: int, second: int, margin: float) -> bool:
    """Whether two solids can come nearer than their margin in any pose.

    Where one or two joints lie between them, all their angles are looked at: in cells, each of
    which is proven apart by the distance in its middle and how far the joints move anything
    within it. With more joints between them they may meet.
    """
    link = bodies.link[[first, second]]
    joints = list(range(link[0] + 1, link[1] + 1))
    if not 1 <= len(joints) <= 2:
        return True
    reach = bodies.reach[[first, second]]
    lever = _levers(arm, link, reach, np.array([[0], [1]]))[joints, 0]
    # what is round about a joint's axis does not move with it
    if _is_round(bodies, second, np.eye(4), arm.chain.axes[joints[-1]]):
        lever[-1] = 0.0
    if _is_round(bodies, first, arm.chain.origins[joints[0]], arm.chain.axes[joints[0]]):
        lever[0] = 0.0
    lower, upper = (ends[joints] for ends in arm.limits.one_turn)
    # one turn holds every pose
    half = 0.5 * np.minimum(upper - lower, 2.0 * np.pi)
    count = np.where(lever > 0.0, _CELLS, 1)
    grid = [low + h * (2 * np.arange(c) + 1) / c for low, h, c in zip(lower, half, count)]
    middle = np.stack(np.meshgrid(*grid, indexing="ij"), axis=-1).reshape(-1, len(joints))
    half = half / count
    sides = [np.array([-0.5, 0.5] if length > 0.0 else [0.0]) for length in lever]
    parts = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, len(joints))
    for _ in range(_HALVINGS + 1):
        distance = _distance(arm, bodies, first, second, joints, middle)
        if np.any(distance < margin):
            return True
        middle = middle[distance - lever @ half < margin]
        middle = (middle[:, None] + half * parts).reshape(-1, len(joints))
        half = 0.5 * half
        if not len(middle):
            return False
    return True


def _is_round(bodies: Solids, number: int, frame: np.ndarray, axis: np.ndarray) -> bool:
    """Whether a solid is round about a joint's axis; `frame` is the joint's on the solid's link."""
    pose = bodies.pose[number]
    direction = frame[:3, :3] @ axis
    aside = pose[:3, 3] - frame[:3, 3]
    aside = aside - (aside @ direction) * direction
    straight = abs(pose[:3, 2] @ direction) > 1.0 - 1e-9 or not bodies.half[number].any()
    return bool(straight and np.linalg.norm(aside) < 1e-6 and not bodies.half[number, :2].any())


def _distance(
    arm: Arm, bodies: Solids, first: int, second: int, joints: List[int], angles: np.ndarray
) -> np.ndarray:
    """Distances (k,) [m] of two solids with the joints between them at angles (k, ...) [rad]."""
    pose = np.zeros((len(angles), arm.num_joints))
    pose[:, joints] = angles
    frames = arm.chain.link_frames(pose)
    numbers = np.repeat([[first], [second]], len(pose), axis=1)
    links = np.moveaxis(frames[:, bodies.link[[first, second]]], 1, 0)
    return separation(place(links, bodies, numbers)).width
