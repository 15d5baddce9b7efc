"""What a URDF says of an arm's links: masses, inertias, and shapes with their meshes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.importing.reading.urdf_source import ImportArmError
from rl_manip_description.kinematics.link_shapes import BASE, Solids, carrier_of, solid_of
from rl_manip_description.kinematics.urdf_chain import end_of, read_origin


class MeshFile(NamedTuple):
    """A mesh on a link."""

    path: Path
    scale: np.ndarray  # (3,) [1]
    pose: np.ndarray  # (4, 4) [m] on the link


class Inertia(NamedTuple):
    """Of a rigid body."""

    mass: float  # [kg]
    center: np.ndarray  # (3,) [m] in the link's frame
    about_center: np.ndarray  # (3, 3) [kg m^2] about the centre of mass, in the link's axes


@dataclass
class Link:
    """A link with all that is fixed to it."""

    name: str
    inertias: List[Inertia] = field(default_factory=list)
    solids: List[Solids] = field(default_factory=list)
    meshes: List[MeshFile] = field(default_factory=list)

    @property
    def inertia(self) -> Optional[Inertia]:
        """Of all parts together (Steiner); None where there is none."""
        if not self.inertias:
            return None
        mass = sum(part.mass for part in self.inertias)
        center = np.sum([part.mass * part.center for part in self.inertias], axis=0) / mass
        total = np.zeros((3, 3))
        for part in self.inertias:
            away = part.center - center
            total += part.about_center
            total += part.mass * (away @ away * np.eye(3) - np.outer(away, away))
        return Inertia(mass, center, total)


def of_a_body(inertia: Inertia) -> Inertia:
    """The inertia itself, or the nearest one that a rigid body can have: the two smaller principal
    moments raised alike until their sum is the third."""
    (low, middle, high), axes = np.linalg.eigh(inertia.about_center)
    missing = high - low - middle
    if missing <= 0.0:
        return inertia
    # a little more, which digits that are cut off may take
    raised = np.array([low, middle, high]) + np.array([0.5, 0.5, 0.0]) * (missing + 1e-3 * high)
    return inertia._replace(about_center=(axes * raised) @ axes.T)


class Links(NamedTuple):
    """The base and the links that an arm's joints move, and what was left out."""

    base: Link
    moved: List[Link]
    left_out: List[str]  # links that hang on other moving joints, a gripper's for example

    def numbered(self, number: int) -> Link:
        """A link by the number of the joint that moves it; the base by `BASE`."""
        return self.base if number == BASE else self.moved[number]


def read_links(
    root: ElementTree.Element,
    source: str,
    base_frame: str,
    joint_names: Sequence[str],
    find: Callable[[str], Path],
) -> Links:
    """Everything that hangs on an arm's joints, in the frames of the links that they move.

    Args:
        find: the file of a mesh's name.

    Raises:
        ImportArmError: a mesh is missing, or a shape is of an unknown kind.
    """
    joints = {joint.get("name"): joint for joint in root.findall("joint")}
    joint_to = {end_of(joint, "child", source): joint for joint in root.findall("joint")}
    names = [end_of(joints[name], "child", source) for name in joint_names]
    links = Links(Link(base_frame), [Link(name) for name in names], [])
    root_of_base, to_base = carrier_of(base_frame, joint_to, [], source)
    for element in root.findall("link"):
        name = element.get("name", "")
        carrier, placed = carrier_of(name, joint_to, joint_names, source)
        if carrier in joint_names:
            link = links.moved[list(joint_names).index(carrier)]
        elif carrier == root_of_base:
            link, placed = links.base, np.linalg.inv(to_base) @ placed
        else:
            links.left_out.append(name)
            continue
        _read_inertia(element, placed, link)
        _read_shapes(element, placed, link, find, f"{source}: link {name!r}")
    return links


def _read_inertia(element: ElementTree.Element, placed: np.ndarray, link: Link) -> None:
    inertial = element.find("inertial")
    mass = None if inertial is None else inertial.find("mass")
    moments = None if inertial is None else inertial.find("inertia")
    if inertial is None or mass is None or moments is None:
        return
    value = float(mass.get("value", "0"))
    if value <= 0.0:
        return
    entries: Dict[str, float] = {key: float(text) for key, text in moments.attrib.items()}
    xy, xz, yz = (entries.get(key, 0.0) for key in ("ixy", "ixz", "iyz"))
    tensor = np.array(
        [[entries["ixx"], xy, xz], [xy, entries["iyy"], yz], [xz, yz, entries["izz"]]]
    )
    pose = placed @ read_origin(inertial)
    turn = pose[:3, :3]
    link.inertias.append(Inertia(value, pose[:3, 3], turn @ tensor @ turn.T))


def _read_shapes(
    element: ElementTree.Element,
    placed: np.ndarray,
    link: Link,
    find: Callable[[str], Path],
    what: str,
) -> None:
    """Collision shapes; of a link that has none those that are looked at."""
    for shape in element.findall("collision") or element.findall("visual"):
        pose = placed @ read_origin(shape)
        mesh = shape.find("geometry/mesh")
        if mesh is None:
            try:
                link.solids.append(solid_of(shape, BASE, pose, link.name))
            except ValueError as error:
                raise ImportArmError(f"{what} {error}") from None
            continue
        name = mesh.get("filename", "")
        scale = np.array([float(part) for part in mesh.get("scale", "1 1 1").split()])
        try:
            link.meshes.append(MeshFile(find(name), scale, pose))
        except ImportArmError as error:
            raise ImportArmError(f"{what}: {error}") from None
