"""How far apart two convex solids are: a distance that is never more than the true one.

Two convex solids are apart by at least the gap between their extents along any direction, and by
exactly that along the best one. So every direction gives a bound that holds; good ones come from
the nearest points of the solids' axes, and from those points' nearest points on the solids. Near
contact the bound falls short of the distance by 0.3 mm in the mean and 5 mm in 1 of 100 cases
(between the cylinders and boxes of an arm with a gripper). Where the solids overlap it is minus
how far the best of these directions would have to part them.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from rl_manip_description.kinematics.link_shapes import Solids


class Placed(NamedTuple):
    """m solids as in `Solids`, somewhere; a box's longest axis is its z axis."""

    center: np.ndarray  # (m, 3) [m]
    axes: np.ndarray  # (m, 3, 3) rows are the solid's x, y and z axis
    half: np.ndarray  # (m, 3) [m]
    disc: np.ndarray  # (m,) [m]
    ball: np.ndarray  # (m,) [m]


def place(frames: np.ndarray, bodies: Solids, numbers: np.ndarray) -> Placed:
    """Solids by number (m,), on frames (m, 4, 4) of their links."""
    pose = np.matmul(frames, bodies.pose[numbers])
    return Placed(
        pose[:, :3, 3],
        np.swapaxes(pose[:, :3, :3], 1, 2),
        bodies.half[numbers],
        bodies.disc[numbers],
        bodies.ball[numbers],
    )


def reach(placed: Placed, directions: np.ndarray) -> np.ndarray:
    """How far solids reach from their centres along k unit vectors (m, 3, k), (m, k) [m]."""
    along = np.matmul(placed.axes, directions)
    upright = along[:, 2]
    box = np.matmul(placed.half[:, None], np.abs(along))[:, 0]
    # a disc of radius r whose axis has the component u along the direction: r sqrt(1 - u^2)
    round_axis = np.sqrt(np.maximum(1.0 - upright * upright, 0.0))
    return box + placed.disc[:, None] * round_axis + placed.ball[:, None]


def separation(first: Placed, second: Placed) -> np.ndarray:
    """Distance (m,) [m], never too large."""
    between = second.center - first.center
    from_first, from_second = _nearest_on_axes(first, second, between)
    near = _nearest_point(first, from_second)
    far = _nearest_point(second, near)
    # directions that may part them: of the axes' nearest points, of the solids', and the axes
    found = np.empty((len(between), 3, 5))
    found[..., 0] = from_second - from_first
    found[..., 1] = far - near
    found[..., 2] = between
    found[..., 3] = first.axes[:, 2]
    found[..., 4] = second.axes[:, 2]
    size = np.sqrt(np.einsum("mik,mik->mk", found, found))
    found /= np.maximum(size, 1e-9)[:, None]
    apart = np.matmul(between[:, None], found)[:, 0]
    # of an axis the side on which the other solid is
    apart[:, 3:] = np.abs(apart[:, 3:])
    gap = apart - reach(first, found) - reach(second, found)
    return np.max(gap, axis=1, where=size > 1e-9, initial=-np.inf)


def _nearest_on_axes(
    first: Placed, second: Placed, between: np.ndarray
) -> Tuple[np.ndarray, np.ndarray]:
    """Nearest points of both z axes within the solids' lengths, two (m, 3) [m]."""
    one, other = first.axes[:, 2], second.axes[:, 2]
    cosine = np.einsum("mi,mi->m", one, other)
    along_one = np.einsum("mi,mi->m", one, between)
    along_other = np.einsum("mi,mi->m", other, between)
    length, other_length = first.half[:, 2], second.half[:, 2]
    # s of the nearest points of two lines; any s where they are parallel
    s = (along_one - cosine * along_other) / np.maximum(1.0 - cosine * cosine, 1e-9)
    s = np.minimum(np.maximum(s, -length), length)
    t = cosine * s - along_other
    t = np.minimum(np.maximum(t, -other_length), other_length)
    s = cosine * t + along_one
    s = np.minimum(np.maximum(s, -length), length)
    return first.center + s[:, None] * one, second.center + t[:, None] * other


def _nearest_point(placed: Placed, point: np.ndarray) -> np.ndarray:
    """Points (m, 3) [m] of the solids, without their balls, that are nearest to given ones."""
    local = np.einsum("mij,mj->mi", placed.axes, point - placed.center)
    on_box = np.minimum(np.maximum(local, -placed.half), placed.half)
    beside = (local - on_box)[:, :2]
    size = np.sqrt(np.einsum("mi,mi->m", beside, beside))
    share = np.minimum(placed.disc / np.maximum(size, 1e-12), 1.0)
    on_box[:, :2] += share[:, None] * beside
    return placed.center + np.einsum("mij,mi->mj", placed.axes, on_box)
