"""What other files than the URDF say of an arm: MoveIt's SRDF and joint limits."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple, Sequence, Set, Tuple
from xml.etree import ElementTree

import numpy as np
import yaml

from rl_manip_description.importing.reading.urdf_source import ImportArmError


class Named(NamedTuple):
    """A pose that an SRDF names."""

    name: str
    joint_position: np.ndarray  # (n,) [rad]


def named_poses(srdf: ElementTree.Element, joint_names: Sequence[str]) -> List[Named]:
    """Group states that say where all of the joints are."""
    poses = []
    for state in srdf.findall("group_state"):
        values: Dict[str, str] = {
            joint.get("name", ""): joint.get("value", "nan") for joint in state.findall("joint")
        }
        if set(joint_names) <= set(values):
            position = np.array([float(values[name].split()[0]) for name in joint_names])
            poses.append(Named(state.get("name", ""), position))
    return poses


def chains(srdf: ElementTree.Element) -> List[Tuple[str, str]]:
    """Base and tip of every group that is a chain."""
    found = srdf.findall("group/chain")
    return [(each.get("base_link", ""), each.get("tip_link", "")) for each in found]


def never_checked(srdf: ElementTree.Element) -> Set[Tuple[str, str]]:
    """Pairs of links whose collisions the SRDF switches off: they touch by design, or never."""
    pairs = srdf.findall("disable_collisions")
    return {(each.get("link1", ""), each.get("link2", "")) for each in pairs}


def max_accelerations(path: Path, joint_names: Sequence[str]) -> Dict[str, float]:
    """What MoveIt's joint_limits.yaml says of accelerations [rad/s^2], by joint.

    Raises:
        ImportArmError: the file cannot be read, or has no joint_limits.
    """
    try:
        values = yaml.safe_load(path.read_text("utf-8"))
        limits = values["joint_limits"]
        return {
            name: float(limits[name]["max_acceleration"])
            for name in joint_names
            if limits.get(name, {}).get("has_acceleration_limits")
        }
    except OSError as error:
        raise ImportArmError(f"{path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        raise ImportArmError(
            f"{path} is no joint_limits.yaml of MoveIt: expected joint_limits with "
            "has_acceleration_limits and max_acceleration for each joint."
        ) from None
