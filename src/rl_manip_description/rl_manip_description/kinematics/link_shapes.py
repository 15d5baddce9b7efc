"""The cylinders that an arm's links are made of, read from its URDF."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.kinematics.urdf_chain import moved_links, read_origin


class Cylinders(NamedTuple):
    """m collision cylinders on the moving links of a chain of n joints."""

    link: np.ndarray
    """Number of the joint whose link it is fixed to, int, shape (m,)."""
    ends: np.ndarray
    """Centres of both end discs in the link's frame [m], shape (m, 2, 3)."""
    radius: np.ndarray
    """[m], shape (m,)."""


def read_cylinders(urdf_path: Path, joint_names: Sequence[str]) -> Cylinders:
    """All collision cylinders of the links that the joints move.

    Raises:
        ValueError: such a link has a collision shape that is no cylinder.
    """
    root = ElementTree.parse(str(urdf_path)).getroot()
    links = {link.get("name"): link for link in root.findall("link")}
    index, ends, radius = [], [], []
    for number, name in enumerate(moved_links(urdf_path, joint_names)):
        for collision in links[name].findall("collision"):
            shape = collision.find("geometry/cylinder")
            if shape is None:
                raise ValueError(
                    f"{urdf_path.name}: link {name!r} has a collision shape that is no "
                    "cylinder: give cylinders."
                )
            placed = read_origin(collision)
            length, width = (_length(shape, name, urdf_path) for name in ("length", "radius"))
            half = 0.5 * length * placed[:3, 2]
            index.append(number)
            ends.append([placed[:3, 3] - half, placed[:3, 3] + half])
            radius.append(width)
    return Cylinders(np.array(index, dtype=int), np.array(ends).reshape(-1, 2, 3), np.array(radius))


def _length(cylinder: ElementTree.Element, name: str, urdf_path: Path) -> float:
    text = cylinder.get(name)
    if text is None:
        raise ValueError(f"{urdf_path.name}: a cylinder has no {name}: give it one in [m].")
    return float(text)
