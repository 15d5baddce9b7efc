"""The frames of a robot's description: each link in its parent."""

from __future__ import annotations

from typing import Dict, Sequence
from xml.etree import ElementTree

import numpy as np

from rl_manip_deploy.frames.frame_tree import Placed
from rl_manip_description.kinematics.urdf_chain import TURNING, axis_of, end_of, read_origin


def described_frames(
    urdf: str, source: str, joint_names: Sequence[str] = (), prefix: str = ""
) -> Dict[str, Placed]:
    """Where every link of a URDF is.

    Args:
        urdf: the text.
        source: what sentences call it.
        joint_names: of the arm, as its file has them.
        prefix: in front of links and joints, also where the URDF does not have it there.

    Raises:
        ValueError: it is no URDF, or an origin or an axis is none.
    """
    try:
        root = ElementTree.fromstring(urdf)
    except ElementTree.ParseError as error:
        raise ValueError(f"{source} is no URDF: {error}.") from None
    joints = root.findall("joint")
    names = {joint.get("name") for joint in joints}
    has_it = any(prefix + name in names for name in joint_names)
    before = "" if has_it else prefix
    found: Dict[str, Placed] = {}
    for joint in joints:
        name = str(joint.get("name"))
        parent, child = (before + end_of(joint, side, source) for side in ("parent", "child"))
        fixed = joint.get("type") == "fixed"
        axis = axis_of(joint) if joint.get("type") in TURNING else np.zeros(3)
        pose = read_origin(joint)
        if not (np.isfinite(pose).all() and np.isfinite(axis).all()):
            raise ValueError(f"{source}: joint {name!r} has numbers that are not finite.")
        found[child] = Placed(parent, pose, source, "" if fixed else before + name, axis)
    return found
