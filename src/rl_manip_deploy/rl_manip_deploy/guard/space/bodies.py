"""The solids that the guard keeps apart: links, gripper and payload."""

from __future__ import annotations

from typing import List, NamedTuple

import numpy as np

from rl_manip_deploy.guard.space.payload import Payload
from rl_manip_description import Arm, Gripper
from rl_manip_description.kinematics.link_shapes import (
    Solids,
    read_solids,
    solid,
    together,
    upright,
)
from rl_manip_description.kinematics.serial_chain import pose_of
from rl_manip_description.model.own_kinematics import flange_chain

HAND = "gripper"
FINGERS = "fingers"
LOAD = "payload"
TOOL = "tool"


def arm_bodies(arm: Arm, payload: Payload | None = None) -> Solids:
    """All solids of an arm, of what is on its flange, and the tool's point, which comes last.

    A gripper's fingers are there wherever they may be between open and closed. Gripper and fingers
    hang on the flange; the payload is seen from the tool, wherever that is.
    """
    last = arm.num_joints - 1
    parts = [read_solids(arm.urdf_path, arm.joint_names, arm.base_frame)]
    if arm.gripper is not None:
        parts += _hand(arm.gripper, flange_chain(arm).tool, last)
    if payload is not None:
        on_link = arm.chain.tool @ payload.pose
        parts.append(solid(last, payload.kind, payload.size, on_link, LOAD))
    point = solid(last, "sphere", [1.0], arm.chain.tool, TOOL)._replace(ball=np.zeros(1))
    return upright(together([*parts, point]))


def _hand(gripper: Gripper, flange: np.ndarray, link: int) -> List[Solids]:
    parts = gripper.body_solids(flange, link, HAND)
    for shape in gripper.finger:
        if shape.collision:
            # both fingers, over the whole way of each
            outside = shape.size[0] + abs(shape.center[0]) + 0.5 * gripper.max_opening
            size = (outside, shape.size[-2], shape.size[-1])
            pose = flange @ gripper.mount @ pose_of((0.0, *shape.center[1:]))
            parts.append(solid(link, "box", size, pose, FINGERS))
    return parts


class Spheres(NamedTuple):
    """s spheres that together hold every solid."""

    body: np.ndarray  # (s,) number of the solid
    link: np.ndarray  # (s,) number of the joint whose link it is on
    center: np.ndarray  # (s, 3) [m] on that link
    radius: np.ndarray  # (s,) [m]

    @property
    def away(self) -> np.ndarray:
        """How far the centres are from their links' frames, (s,) [m]."""
        return np.linalg.norm(self.center, axis=1)


def stretched(arm: Arm) -> np.ndarray:
    """How far each link's frame is from the base, links stretched, (n,) [m]."""
    return np.cumsum(np.linalg.norm(arm.chain.origins[:, :3, 3], axis=-1))


def covering_spheres(bodies: Solids) -> Spheres:
    """Spheres in a row along the longest side of each solid."""
    owner: List[int] = []
    center, radius = [], []
    for number, (half, disc, ball) in enumerate(zip(bodies.half, bodies.disc, bodies.ball)):
        extent = half + disc * np.array([1.0, 1.0, 0.0])
        axis = int(np.argmax(extent))
        length = extent[axis]
        # across z a cylinder is round, across other axes it is a box
        across = np.hypot(*half[:2]) + disc if axis == 2 else np.hypot(*np.delete(extent, axis))
        count = max(int(np.ceil(1.5 * length / max(across + ball, 1e-3))), 1)
        places = length * (2 * np.arange(count) + 1 - count) / count
        owner += [number] * count
        center += [
            bodies.pose[number, :3, axis] * place + bodies.pose[number, :3, 3] for place in places
        ]
        radius += [np.hypot(across, length / count) + ball] * count
    body = np.array(owner)
    return Spheres(body, bodies.link[body], np.array(center), np.array(radius))
