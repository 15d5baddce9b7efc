"""What keeps a URDF's arm from being simulated and guarded, by name."""

from __future__ import annotations

from typing import List, Optional, Sequence
from xml.etree import ElementTree

import numpy as np

from rl_manip_description.kinematics.urdf_chain import TURNING, end_of

# Digits that were cut off an inertia, over its largest moment [1].
_ROUNDING = 1e-6


def chain_problems(root: ElementTree.Element, source: str, joint_names: Sequence[str]) -> List[str]:
    """A clause for each thing about the named joints and the links that they move.

    Raises:
        ValueError: a joint names no child.
    """
    joints = {joint.get("name"): joint for joint in root.findall("joint")}
    links = {link.get("name"): link for link in root.findall("link")}
    problems = []
    for name in joint_names:
        joint = joints[name]
        if joint.get("type") not in TURNING:
            problems.append(
                f"joint {name!r} is {joint.get('type')}: only revolute and continuous joints are "
                "supported"
            )
            continue
        if joint.find("mimic") is not None:
            problems.append(f"joint {name!r} mimics another one, which is not supported")
        link = end_of(joint, "child", source)
        problems += _inertia_problems(links.get(link), link)
    return problems


def limit_problems(joint: ElementTree.Element) -> List[str]:
    """A clause for each limit of a joint that is missing or leaves it no motion."""
    name, limit = joint.get("name"), joint.find("limit")
    if limit is None:
        return [f"joint {name!r} has no <limit>: give its velocity [rad/s] and effort [Nm]"]
    problems = [
        f"joint {name!r} has the {key} limit {limit.get(key, 'nothing')}: give more than 0"
        for key in ("velocity", "effort")
        if not _number(limit, key) > 0.0
    ]
    if joint.get("type") == "revolute" and not _number(limit, "lower") < _number(limit, "upper"):
        problems.append(
            f"joint {name!r} has the position limits {limit.get('lower')} and "
            f"{limit.get('upper')}: give lower < upper [rad]"
        )
    return problems


def _inertia_problems(link: Optional[ElementTree.Element], name: str) -> List[str]:
    if link is None:
        return [f"link {name!r} is not there"]
    mass, inertia = link.find("inertial/mass"), link.find("inertial/inertia")
    if mass is None or inertia is None:
        return [f"link {name!r} has no inertia: give it <inertial> with mass and inertia"]
    moments = [_number(inertia, key) for key in ("ixx", "iyy", "izz")]
    if not _number(mass, "value") > 0.0 or not min(moments) > 0.0:
        return [
            f"link {name!r} has the mass {mass.get('value')} and moments of inertia {moments}: "
            "give more than 0"
        ]
    if not _is_of_a_body(inertia):
        return [
            f"link {name!r} has an inertia that no body has: its principal moments must satisfy "
            "A + B >= C"
        ]
    return []


def _is_of_a_body(inertia: ElementTree.Element) -> bool:
    xx, yy, zz, xy, xz, yz = (
        _number(inertia, key) for key in ("ixx", "iyy", "izz", "ixy", "ixz", "iyz")
    )
    low, middle, high = np.linalg.eigvalsh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    return bool(low + middle >= high * (1.0 - _ROUNDING))


def _number(element: ElementTree.Element, key: str) -> float:
    """An attribute; 0 where it is missing, as in a URDF's limits."""
    try:
        return float(element.get(key, "0"))
    except ValueError:
        return float("nan")
