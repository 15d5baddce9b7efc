"""What a recording holds of a gripper and of an object, for the comparison with training."""

from __future__ import annotations

from typing import Dict, List, Sequence, Tuple

import numpy as np

from rl_manip_description import Gripper
from rl_manip_gap.cdr_layouts import DecodedRows

OBJECT_TOPIC = "/object_pose"


def object_poses(groups: Sequence[Tuple[int, DecodedRows]]) -> Dict[str, np.ndarray]:
    """Policy inputs by name: object_pose (K, 7) [m] and xyzw, object_position (K, 3) [m]."""
    parts = [
        np.concatenate((group.values["position"], group.values["orientation"]), axis=1)
        for _, group in groups
        if len(group.rows)
    ]
    if not parts:
        return {}
    poses = np.concatenate(parts)
    poses = poses[np.isfinite(poses).all(axis=1)]
    return {"object_pose": poses, "object_position": poses[:, :3]}


def gripper_openings(
    groups: Sequence[Tuple[int, DecodedRows]], gripper: Gripper
) -> Dict[str, np.ndarray]:
    """Policy input gripper_opening (K, 1) [m], from joint states that name the gripper's joint."""
    parts: List[np.ndarray] = []
    for _, group in groups:
        # a driver's prefix may stand before the name
        columns = [i for i, name in enumerate(group.names) if name.endswith(gripper.joint_name)]
        if not columns or "position" not in (group.values.dtype.names or ()):
            continue
        positions = group.values["position"].reshape(len(group.rows), -1)
        if positions.shape[1] == len(group.names):
            parts.append(positions[:, columns[0]])
    if not parts:
        return {}
    position = np.concatenate(parts)
    position = position[np.isfinite(position)]
    return {"gripper_opening": gripper.opening(position)[:, None]}
