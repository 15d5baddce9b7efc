"""Markers for RViz and Foxglove: the guard's solids and zones, the goal and the tool."""

from __future__ import annotations

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
from visualization_msgs.msg import Marker

from rl_manip_deploy.guard.space.bodies import TOOL
from rl_manip_deploy.guard.space.zones import Zone
from rl_manip_description.kinematics.link_shapes import Solids
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix

PLANE = 2.0
"""Half the width at which the end of a half-space is drawn [m]."""
POINT = 0.02
"""Diameter of goal and tool [m]."""
Colour = Tuple[float, float, float, float]
BODY: Colour = (0.2, 0.5, 0.9, 0.35)
KEEP_OUT: Colour = (0.9, 0.2, 0.2, 0.25)
KEEP_IN: Colour = (0.2, 0.7, 0.3, 0.12)
GOAL: Colour = (0.2, 0.8, 0.3, 1.0)
TOOL_POINT: Colour = (0.1, 0.4, 0.9, 1.0)


class Shape(NamedTuple):
    """What a marker draws: a kind, and its size along its own axes [m]."""

    kind: int
    pose: np.ndarray  # (4, 4) [m]
    size: np.ndarray  # (3,) [m]


def body_shapes(bodies: Solids, links: np.ndarray) -> List[Shape]:
    """The solids where they are now; the tool's point is left out, which has no size.

    Args:
        bodies: of which the last is the tool's point.
        links: frames of the links and, last, of the base (n + 1, 4, 4).
    """
    shapes = []
    for number, name in enumerate(bodies.name):
        if name == TOOL:
            continue
        pose = links[bodies.link[number]] @ bodies.pose[number]
        half, ball = bodies.half[number], bodies.ball[number]
        size = 2.0 * bodies.extent[number]
        is_round = not half[:2].any()
        if is_round and ball > 0.0:  # a sphere, or a capsule: a cylinder between two balls
            ends = (half[2], -half[2]) if half[2] > 0.0 else (0.0,)
            diameter = np.full(3, 2.0 * ball)
            shapes += [Shape(Marker.SPHERE, _along(pose, end), diameter) for end in ends]
            size = np.array([size[0], size[1], 2.0 * half[2]])
        if not is_round or half[2] > 0.0:
            shapes.append(Shape(Marker.CYLINDER if is_round else Marker.CUBE, pose, size))
    return shapes


def zone_shape(zone: Zone) -> Shape:
    """A box, or the plane that a half-space ends at."""
    half = zone.half if zone.kind == "box" else np.array([PLANE, PLANE, 0.001])
    return Shape(Marker.CUBE, zone.pose, 2.0 * half)


def point_shape(position: np.ndarray) -> Shape:
    """A ball at a place (3,) [m]."""
    pose = np.eye(4)
    pose[:3, 3] = position
    return Shape(Marker.SPHERE, pose, np.full(3, POINT))


def markers(
    namespace: str, shapes: Sequence[Shape], colour: Colour, frame: str, first: int = 0
) -> List[Marker]:
    """Messages of some shapes; they stay until others of the same namespace and number come.

    Args:
        namespace: what they are, which RViz can hide.
        frame: that the poses are in.
        first: number of the first one.
    """
    made = []
    for number, shape in enumerate(shapes, start=first):
        marker = Marker(ns=namespace, id=number, type=shape.kind, action=Marker.ADD)
        marker.header.frame_id = frame
        at, turned = marker.pose.position, marker.pose.orientation
        at.x, at.y, at.z = map(float, shape.pose[:3, 3])
        quaternion = quaternion_from_matrix(shape.pose[:3, :3])
        turned.x, turned.y, turned.z, turned.w = map(float, quaternion)
        marker.scale.x, marker.scale.y, marker.scale.z = map(float, shape.size)
        marker.color.r, marker.color.g, marker.color.b, marker.color.a = colour
        made.append(marker)
    return made


def zone_markers(zones: Sequence[Zone], frame: str) -> List[Marker]:
    """All zones, in red what is to be kept out of."""
    made: List[Marker] = []
    for zone in zones:
        colour = KEEP_OUT if zone.keep == "out" else KEEP_IN
        made += markers("zones", [zone_shape(zone)], colour, frame, first=len(made))
    return made


def _along(pose: np.ndarray, way: float) -> np.ndarray:
    """A pose moved along its own z axis [m]."""
    moved = pose.copy()
    moved[:3, 3] += way * pose[:3, 2]
    return moved
