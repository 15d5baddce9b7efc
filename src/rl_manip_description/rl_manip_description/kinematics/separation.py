"""How far apart two convex solids are: a distance that is never more than the true one.

Two convex solids are apart by at least the gap between their extents along any direction, and by
exactly that along the best one. So every direction gives a bound that holds; good ones are the
solids' axes, what is across one of each, as in the separating axis test of two boxes, and what
leads from one solid to the nearest point of the other. Near contact the bound falls short of the
distance by 0.3 mm in the mean and 4 mm in 1 of 100 cases (links of arms with payloads, between each
other and boxes on the table). Where the solids overlap it is minus how far the best of these
directions would have to part them.
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np

from rl_manip_description.kinematics.link_shapes import Solids

# Coordinates in the order of a cross product.
_NEXT, _LAST = [1, 2, 0], [2, 0, 1]
# A vector no longer than this [m or 1] says no direction.
_NO_DIRECTION = 1e-9


class Placed(NamedTuple):
    """m pairs of solids as in `Solids`, somewhere; a box's longest axis is its z axis.

    The first axis is that of a pair.
    """

    center: np.ndarray  # (2, m, 3) [m]
    axes: np.ndarray  # (2, m, 3, 3) rows are the solid's x, y and z axis
    half: np.ndarray  # (2, m, 3) [m]
    disc: np.ndarray  # (2, m) [m]
    ball: np.ndarray  # (2, m) [m]

    @property
    def between(self) -> np.ndarray:
        """From the first solid's centre to the second's, (m, 3) [m]."""
        return self.center[1] - self.center[0]


class Gap(NamedTuple):
    """How far apart two solids are, and along what that shows."""

    width: np.ndarray  # (m,) [m], never more than the true distance
    along: np.ndarray  # (m, 3) unit vector to the second solid, in the first one's own axes


def place(frames: np.ndarray, bodies: Solids, numbers: np.ndarray) -> Placed:
    """Pairs of solids by number (2, m), on frames (2, m, 4, 4) of their links."""
    pose = np.matmul(frames, bodies.pose[numbers])
    return Placed(
        pose[..., :3, 3],
        np.swapaxes(pose[..., :3, :3], -1, -2),
        bodies.half[numbers],
        bodies.disc[numbers],
        bodies.ball[numbers],
    )


def width_along(placed: Placed, directions: np.ndarray) -> np.ndarray:
    """Gaps between extents along k unit vectors (m, 3, k) for each pair, (m, k) [m]."""
    along = np.matmul(placed.axes, directions)
    upright = along[..., 2, :]
    box = np.matmul(placed.half[..., None, :], np.abs(along))[..., 0, :]
    # a disc of radius r whose axis has the component u along the direction: r sqrt(1 - u^2)
    aside = np.sqrt(np.maximum(1.0 - upright * upright, 0.0))
    reach = box + placed.disc[..., None] * aside + placed.ball[..., None]
    return np.matmul(placed.between[:, None], directions)[:, 0] - reach[0] - reach[1]


def width_that_shows(placed: Placed, along: np.ndarray) -> np.ndarray:
    """Gaps (m,) [m] along unit vectors (m, 3) in the first solids' own axes."""
    return width_along(placed, np.matmul(along[:, None], placed.axes[0]).swapaxes(1, 2))[:, 0]


def separation(placed: Placed) -> Gap:
    """The widest gap that is found."""
    between = placed.between
    from_first, from_second = _nearest_on_axes(placed, between)
    near = _nearest_point(placed, 0, from_second)
    far = _nearest_point(placed, 1, near)
    found = np.empty((len(between), 3, 18))
    found[..., 0] = from_second - from_first
    found[..., 1] = far - near
    found[..., 2] = between
    found[..., 3:] = np.swapaxes(_parting_axes(placed.axes), 1, 2)
    # towards the side on which the other solid is
    side = np.matmul(between[:, None], found[..., 3:])
    found[..., 3:] *= np.where(side < 0.0, -1.0, 1.0)
    size = np.sqrt(np.einsum("mik,mik->mk", found, found))
    known = size > _NO_DIRECTION
    found /= np.where(known, size, 1.0)[:, None]
    widths = np.where(known, width_along(placed, found), -np.inf)
    best = np.argmax(widths, axis=1)
    pairs = np.arange(len(best))
    along = np.matmul(placed.axes[0], found[pairs, :, best, None])[..., 0]
    return Gap(widths[pairs, best], along)


def _parting_axes(axes: np.ndarray) -> np.ndarray:
    """Axes of both solids, and what is across one of each, (m, 15, 3), not all of length 1."""
    one, other = axes[0][:, :, None], axes[1][:, None]
    across = one.take(_NEXT, -1) * other.take(_LAST, -1)
    across -= one.take(_LAST, -1) * other.take(_NEXT, -1)
    return np.concatenate([axes[0], axes[1], across.reshape(-1, 9, 3)], axis=1)


def _nearest_on_axes(placed: Placed, between: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Nearest points of both z axes within the solids' lengths, two (m, 3) [m]."""
    one, other = axes = placed.axes[..., 2, :]
    cosine = np.einsum("mi,mi->m", one, other)
    along_one, along_other = np.einsum("pmi,mi->pm", axes, between)
    lengths = placed.half[..., 2]
    (lowest, other_lowest), (length, other_length) = -lengths, lengths
    # s of the nearest points of two lines; any s where they are parallel
    s = (along_one - cosine * along_other) / np.maximum(1.0 - cosine * cosine, 1e-9)
    s = np.minimum(np.maximum(s, lowest), length)
    t = cosine * s - along_other
    t = np.minimum(np.maximum(t, other_lowest), other_length)
    s = cosine * t + along_one
    s = np.minimum(np.maximum(s, lowest), length)
    first, second = placed.center
    return first + s[:, None] * one, second + t[:, None] * other


def _nearest_point(placed: Placed, which: int, point: np.ndarray) -> np.ndarray:
    """Points (m, 3) [m] of the first or second solids, without balls, nearest to given ones."""
    center, axes, half, disc = (x[which] for x in placed[:4])
    local = np.matmul(axes, (point - center)[..., None])[..., 0]
    on_box = np.minimum(np.maximum(local, -half), half)
    beside = (local - on_box)[:, :2]
    size = np.sqrt(np.einsum("mi,mi->m", beside, beside))
    share = np.minimum(disc / np.maximum(size, 1e-12), 1.0)
    on_box[:, :2] += share[:, None] * beside
    return center + np.matmul(on_box[:, None], axes)[:, 0]
