"""Cylinders and boxes that hold a link's meshes, as few and as tight as they get."""

from __future__ import annotations

from typing import Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from rl_manip_description.importing.reading.read_links import MeshFile
from rl_manip_description.importing.reading.urdf_source import ImportArmError

WORTH_A_CUT = 0.15
"""A link is cut in two where that saves more than this share of its shapes' volume [1]."""
CUTS = np.linspace(0.25, 0.75, 5)
"""Where a cut is tried, as shares of a part's length [1]."""
STEPS = 60
"""Of the search for the smallest circle; it is then less than 2 % too large."""
SAMPLES = 2000
"""Points on a link's meshes, and as many on its shapes, that their distance is measured at."""
THINNEST = 1e-3
"""Smallest radius and half length of a shape [m]."""


class Fitted(NamedTuple):
    """A shape round a part of a link."""

    kind: str  # box or cylinder
    size: np.ndarray  # as in `link_shapes.SIZES` [m]
    pose: np.ndarray  # (4, 4) [m] on the link
    volume: float  # [m^3]


class Fit(NamedTuple):
    """All shapes of a link."""

    shapes: List[Fitted]
    farthest: float
    """How far a point on a shape is from the mesh at most [m]: by so much the link is too thick."""


def fit_meshes(meshes: Sequence[MeshFile], most: int) -> Fit:
    """Shapes that hold every point of a link's meshes.

    Args:
        meshes: at least one.
        most: shapes, at most.

    Raises:
        ImportArmError: a mesh cannot be read or has no faces, or trimesh is not installed.
    """
    whole = _triangles(meshes)
    parts = [(whole, _tightest(whole))]
    while len(parts) < most:
        total = sum(shape.volume for _, shape in parts)
        best: Optional[Tuple[float, int, List[Tuple[np.ndarray, Fitted]]]] = None
        for number, (triangles, shape) in enumerate(parts):
            for halves in _cuts(triangles):
                saved = shape.volume - sum(half.volume for _, half in halves)
                if best is None or saved > best[0]:
                    best = saved, number, halves
        if best is None or best[0] < WORTH_A_CUT * total:
            break
        parts[best[1] : best[1] + 1] = best[2]
    shapes = [shape for _, shape in parts]
    return Fit(shapes, _farthest(whole, shapes))


def _triangles(meshes: Sequence[MeshFile]) -> np.ndarray:
    """Corners of all faces, seen from the link, (k, 3, 3) [m]."""
    try:
        import trimesh
    except ImportError:
        raise ImportArmError(
            "fitting shapes to meshes needs the package trimesh: `pip install trimesh scipy`."
        ) from None
    loaded = []
    for each in meshes:
        try:
            mesh = trimesh.load(str(each.path), force="mesh", process=False)
        except Exception as error:  # readers of a dozen formats raise what they like
            said = " ".join(str(error).split())
            raise ImportArmError(f"mesh {each.path} cannot be read: {said}.") from None
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            raise ImportArmError(f"mesh {each.path} has no faces.")
        corners = each.scale * np.asarray(mesh.triangles, dtype=float)
        loaded.append(corners @ each.pose[:3, :3].T + each.pose[:3, 3])
    return np.concatenate(loaded)


def _cuts(triangles: np.ndarray) -> Iterator[List[Tuple[np.ndarray, Fitted]]]:
    """Both sides of every cut that is tried, with the tightest shape of each."""
    for axis in _axes(triangles.reshape(-1, 3)):
        along = triangles @ axis
        for share in CUTS:
            height = along.min() + share * np.ptp(along)
            halves = [_above(triangles, side * (along - height)) for side in (1.0, -1.0)]
            if all(len(half) for half in halves):
                yield [(half, _tightest(half)) for half in halves]


def _above(triangles: np.ndarray, height: np.ndarray) -> np.ndarray:
    """The parts of triangles (k, 3, 3) above a plane; height: of their corners over it, (k, 3)."""
    above = height > 0.0
    count = above.sum(axis=1)
    parts = [triangles[count == 3]]
    for alone, corners in ((1, True), (2, False)):
        # the corner that is alone on its side comes first
        cut = np.flatnonzero(count == alone)
        first = np.argmax(above[cut] == corners, axis=1)
        order = (first[:, None] + np.arange(3)) % 3
        corner, h = triangles[cut[:, None], order], height[cut[:, None], order]
        share = (h[:, :1] / (h[:, :1] - h[:, 1:]))[..., None]
        on_plane = corner[:, :1] + share * (corner[:, 1:] - corner[:, :1])
        if alone == 1:
            parts.append(np.concatenate((corner[:, :1], on_plane), axis=1))
        else:
            parts.append(np.concatenate((corner[:, 1:], on_plane[:, :1]), axis=1))
            parts.append(np.concatenate((corner[:, 2:], on_plane), axis=1))
    return np.concatenate(parts)


def _axes(points: np.ndarray) -> np.ndarray:
    """Directions (6, 3) that shapes may have: the link's axes and the points' principal ones."""
    _, _, principal = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    return np.concatenate((np.eye(3), principal))


def _tightest(triangles: np.ndarray) -> Fitted:
    """The smallest cylinder or box round triangles (k, 3, 3) [m]."""
    points = _corners(triangles.reshape(-1, 3))
    axes = _axes(points)
    found = [_cylinder(points, axis) for axis in axes]
    found += [_box(points, axes[:3]), _box(points, axes[3:])]
    return min(found, key=lambda shape: shape.volume)


def _corners(points: np.ndarray) -> np.ndarray:
    """The points of the convex hull; all where they lie in a plane."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return points[ConvexHull(points).vertices]
    except QhullError:
        return points


def _cylinder(points: np.ndarray, axis: np.ndarray) -> Fitted:
    turn = _frame(axis)
    local = points @ turn
    low, high = local[:, 2].min(), local[:, 2].max()
    center, radius = _circle(local[:, :2])
    half = max(0.5 * (high - low), THINNEST)
    radius = max(radius, THINNEST)
    pose = np.eye(4)
    pose[:3, :3] = turn
    pose[:3, 3] = turn @ np.array([*center, 0.5 * (low + high)])
    return Fitted("cylinder", np.array([radius, half]), pose, 2.0 * np.pi * radius**2 * half)


def _frame(axis: np.ndarray) -> np.ndarray:
    """A rotation (3, 3) whose z axis is the given one."""
    aside = np.eye(3)[np.argmin(np.abs(axis))]
    x = np.cross(aside, axis)
    x /= np.linalg.norm(x)
    return np.stack((x, np.cross(axis, x), axis), axis=1)


def _circle(points: np.ndarray) -> Tuple[np.ndarray, float]:
    """A small circle round points (k, 2): its centre goes to the farthest one in ever smaller steps
    (Badoiu and Clarkson, "Smaller core-sets for balls", 2003)."""
    center = 0.5 * (points.min(axis=0) + points.max(axis=0))
    best, least = center, np.inf
    for step in range(1, STEPS):
        distance = np.linalg.norm(points - center, axis=1)
        farthest = int(np.argmax(distance))
        if distance[farthest] < least:
            best, least = center, float(distance[farthest])
        center = center + (points[farthest] - center) / (step + 1)
    return best, least


def _box(points: np.ndarray, axes: np.ndarray) -> Fitted:
    turn = axes.T if np.linalg.det(axes) > 0.0 else axes[[1, 0, 2]].T
    local = points @ turn
    low, high = local.min(axis=0), local.max(axis=0)
    half = np.maximum(0.5 * (high - low), THINNEST)
    pose = np.eye(4)
    pose[:3, :3] = turn
    pose[:3, 3] = turn @ (0.5 * (low + high))
    return Fitted("box", half, pose, float(8.0 * half.prod()))


def _farthest(triangles: np.ndarray, shapes: Sequence[Fitted]) -> float:
    """The farthest point of the shapes' surface from the mesh's, both sampled [m]."""
    import trimesh
    from scipy.spatial import cKDTree

    faces = np.arange(3 * len(triangles)).reshape(-1, 3)
    mesh = trimesh.Trimesh(triangles.reshape(-1, 3), faces, process=False)
    on_mesh = trimesh.sample.sample_surface(mesh, 5 * SAMPLES, seed=0)[0]
    near = cKDTree(np.concatenate((on_mesh, mesh.vertices)))
    farthest = 0.0
    for shape in shapes:
        if shape.kind == "box":
            solid = trimesh.creation.box(2.0 * shape.size, shape.pose)
        else:
            radius, half = shape.size
            solid = trimesh.creation.cylinder(radius, 2.0 * half, transform=shape.pose)
        points = trimesh.sample.sample_surface(solid, SAMPLES, seed=0)[0]
        hidden = np.zeros(len(points), bool)
        for other in shapes:  # what lies within another shape is no surface
            if other is not shape:
                hidden |= _holds(other, points)
        if not hidden.all():
            farthest = max(farthest, float(near.query(points[~hidden])[0].max()))
    return farthest


def _holds(shape: Fitted, points: np.ndarray) -> np.ndarray:
    """Which points (k, 3) lie in a shape, (k,) bool."""
    local = (points - shape.pose[:3, 3]) @ shape.pose[:3, :3]
    if shape.kind == "box":
        return np.all(np.abs(local) <= shape.size, axis=1)
    radius, half = shape.size
    return (np.abs(local[:, 2]) <= half) & (np.linalg.norm(local[:, :2], axis=1) <= radius)
