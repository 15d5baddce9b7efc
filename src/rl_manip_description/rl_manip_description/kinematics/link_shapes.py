"""The convex solids that an arm's links are made of, read from its URDF."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.kinematics.urdf_chain import end_of, read_origin

# Numbers that give a solid's size, by kind [m].
SIZES = {
    "box": "half extents along x, y and z",
    "cylinder": "radius and half length along z",
    "capsule": "radius and half length along z, without its caps",
    "sphere": "radius",
}
_COUNTS = {"box": 3, "cylinder": 2, "capsule": 2, "sphere": 1}
# Number of a solid's link that no joint moves.
BASE = -1


class Solids(NamedTuple):
    """m convex solids on the links of a chain of n joints.

    Each is a box, with a disc of radius `disc` round every point of it, normal to its z axis, and
    a ball of radius `ball` round every point of that. So a cylinder is a line along z and a disc,
    a capsule a line and a ball, a sphere a point and a ball.
    """

    link: np.ndarray
    """Number of the joint whose link it is fixed to, int, `BASE` for the base, shape (m,)."""
    pose: np.ndarray
    """Solid's axes seen from that link's frame, lengths in [m], shape (m, 4, 4)."""
    half: np.ndarray
    """Half extents of the box [m], shape (m, 3)."""
    disc: np.ndarray
    """[m], shape (m,)."""
    ball: np.ndarray
    """[m], shape (m,)."""
    name: Tuple[str, ...]
    """What a person calls each one: the link, in a URDF's case."""

    @property
    def extent(self) -> np.ndarray:
        """Half extents of the box that holds each solid, in its own axes [m], shape (m, 3)."""
        spread = self.disc[:, None] * np.array([1.0, 1.0, 0.0])
        return self.half + spread + self.ball[:, None]

    @property
    def reach(self) -> np.ndarray:
        """How far each solid reaches from its link's frame at most [m], shape (m,)."""
        return np.linalg.norm(self.pose[:, :3, 3], axis=1) + np.linalg.norm(self.extent, axis=1)


def solid(
    link: int,
    kind: str,
    size: Union[Sequence[float], np.ndarray],
    pose: Optional[np.ndarray] = None,
    name: str = "",
) -> Solids:
    """One solid on a link: its kind and size as in `SIZES` [m], its pose (4, 4) on the link.

    Raises:
        ValueError: there is no such kind, or its size has another number of numbers, or not
            positive ones.
    """
    size = np.asarray(size, dtype=float).ravel()
    if kind not in SIZES:
        raise ValueError(f"unknown shape {kind!r}: choose one of {', '.join(SIZES)}.")
    if len(size) != _COUNTS[kind] or not np.all(np.isfinite(size)) or np.any(size <= 0.0):
        raise ValueError(
            f"a {kind} has the size {size.tolist()}: give {SIZES[kind]} in metres, more than 0."
        )
    half, disc, ball = np.zeros(3), 0.0, 0.0
    if kind == "box":
        half = size
    elif kind == "cylinder":
        disc, half[2] = size
    elif kind == "capsule":
        ball, half[2] = size
    else:
        ball = size[0]
    return Solids(
        np.array([link]),
        (np.eye(4) if pose is None else np.asarray(pose, dtype=float))[None],
        half[None],
        np.array([disc]),
        np.array([ball]),
        (name,),
    )


def together(parts: Sequence[Solids]) -> Solids:
    """All solids of all parts, in order."""
    if not parts:
        return Solids(
            np.zeros(0, int), np.zeros((0, 4, 4)), np.zeros((0, 3)), np.zeros(0), np.zeros(0), ()
        )
    return Solids(
        np.concatenate([part.link for part in parts]),
        np.concatenate([part.pose for part in parts]),
        np.concatenate([part.half for part in parts]),
        np.concatenate([part.disc for part in parts]),
        np.concatenate([part.ball for part in parts]),
        tuple(name for part in parts for name in part.name),
    )


def upright(bodies: Solids) -> Solids:
    """The same with every box's longest axis as its z axis."""
    pose, half = bodies.pose.copy(), bodies.half.copy()
    for number in np.flatnonzero(bodies.disc == 0.0):
        longest = int(np.argmax(half[number]))
        order = [(longest + 1) % 3, (longest + 2) % 3, longest]
        pose[number, :, :3] = pose[number][:, order]
        half[number] = half[number][order]
    return bodies._replace(pose=pose, half=half)


def read_solids(urdf_path: Path, joint_names: Sequence[str], base_frame: str) -> Solids:
    """All collision shapes of the links that the joints move, and of the base.

    Raises:
        ValueError: a collision shape is a mesh or of an unknown kind, or its link hangs on a
            joint that is not the arm's.
    """
    root = ElementTree.parse(str(urdf_path)).getroot()
    joint_to = {end_of(joint, "child", urdf_path): joint for joint in root.findall("joint")}
    root_of_base, to_base = carrier_of(base_frame, joint_to, [], urdf_path)
    parts: List[Solids] = []
    for link in root.findall("link"):
        shapes = link.findall("collision")
        if not shapes:
            continue
        name = link.get("name", "")
        carrier, placed = carrier_of(name, joint_to, joint_names, urdf_path)
        try:
            number = joint_names.index(carrier) if carrier in joint_names else BASE
            if number == BASE:
                if carrier != root_of_base:
                    raise ValueError(f"hangs on the joint {carrier!r}, which is none of the arm's")
                placed = np.linalg.inv(to_base) @ placed
            for shape in shapes:
                parts.append(solid_of(shape, number, placed @ read_origin(shape), name))
        except ValueError as error:
            raise ValueError(f"{urdf_path.name}: link {name!r} {error}") from None
    return together(parts)


def joined_links(urdf_path: Path, joint_names: Sequence[str]) -> Tuple[Tuple[str, str], ...]:
    """Pairs of links that one of the joints joins, from base to tool."""
    root = ElementTree.parse(str(urdf_path)).getroot()
    joints = {joint.get("name"): joint for joint in root.findall("joint")}
    return tuple(
        (end_of(joints[name], "parent", urdf_path), end_of(joints[name], "child", urdf_path))
        for name in joint_names
    )


def solid_of(shape: ElementTree.Element, link: int, pose: np.ndarray, name: str = "") -> Solids:
    """The solid of a URDF's <collision> or <visual>; arguments as `solid`.

    Raises:
        ValueError: it is a mesh or of an unknown kind, or lacks its size.
    """
    return solid(link, *_size(shape), pose, name)


def carrier_of(
    link: str,
    joint_to: Dict[str, ElementTree.Element],
    stops: Sequence[str],
    urdf: Union[Path, str],
) -> Tuple[str, np.ndarray]:
    """What carries a link: a joint's name, or the root link's; and the pose (4, 4) on it.

    Args:
        link: its name.
        joint_to: the joint that leads to each link.
        stops: joints that carry; besides them every one that is not fixed does.
        urdf: for the sentences.
    """
    placed = np.eye(4)
    while link in joint_to:
        joint = joint_to[link]
        if joint.get("name") in stops or joint.get("type") != "fixed":
            return joint.get("name", ""), placed
        placed = read_origin(joint) @ placed
        link = end_of(joint, "parent", urdf)
    return link, placed


def _size(collision: ElementTree.Element) -> Tuple[str, List[float]]:
    """Kind and size of a URDF's collision shape, as `solid` takes them."""
    geometry = collision.find("geometry")
    shape = geometry[0] if geometry is not None and len(geometry) else None
    kind = "nothing" if shape is None else shape.tag
    if shape is None or kind not in SIZES:
        raise ValueError(
            f"has a collision shape that is a {kind}: give boxes, cylinders, capsules or spheres."
        )
    if kind == "box":
        return kind, [0.5 * part for part in _lengths(shape, "size")]
    sizes = _lengths(shape, "radius")
    if kind != "sphere":
        sizes += [0.5 * part for part in _lengths(shape, "length")]
    return kind, sizes


def _lengths(shape: ElementTree.Element, attribute: str) -> List[float]:
    text = shape.get(attribute)
    if text is None:
        raise ValueError(f"has a {shape.tag} without {attribute}: give it in [m].")
    return [float(part) for part in text.split()]
