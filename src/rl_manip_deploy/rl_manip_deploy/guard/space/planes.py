"""Which solids keep on which side of which planes: tool box, floor, and zones with flat sides."""

from __future__ import annotations

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.space.bodies import FINGERS, LOAD, TOOL, Spheres, stretched
from rl_manip_deploy.guard.space.zones import Zone
from rl_manip_description import Arm
from rl_manip_description.kinematics.link_shapes import Solids

# What touches the table when it grasps or is set down may come right down to it.
_MAY_TOUCH_THE_FLOOR = (FINGERS, LOAD)


class Planes(NamedTuple):
    """r pairs of a solid and a plane whose side it keeps on, and the s spheres of these solids."""

    body: np.ndarray  # (r,) number of the solid
    normal: np.ndarray  # (r, 3) unit vector to the side that is kept
    offset: np.ndarray  # (r,) [m] of the plane along its normal, margin included
    name: Tuple[str, ...]  # what a person calls the plane
    begin: np.ndarray  # (r,) number of each plane's first sphere below
    sphere: np.ndarray  # (s,) number of a sphere
    plane: np.ndarray  # (s,) number of the plane
    kept: np.ndarray  # (s,) [m] offset and radius
    levers: np.ndarray  # (n, s) [m/rad] by which a joint brings the sphere nearer at most
    plane_levers: np.ndarray  # (n, r) [m/rad] likewise the solid


def planes_of(
    arm: Arm, bodies: Solids, spheres: Spheres, limits: GuardLimits, zones: Sequence[Zone]
) -> Planes:
    """Tool box and floor of the limits, and the flat sides of zones."""
    tool = bodies.name.index(TOOL)
    rows: List[Tuple[int, np.ndarray, float, str]] = []  # body, normal, offset, name
    margin = limits.tool_margin
    for axis, low, high in zip(np.eye(3), limits.tool_lower, limits.tool_upper):
        rows.append((tool, axis, low + margin, "tool box"))
        rows.append((tool, -axis, -high + margin, "tool box"))
    # the first link only turns about the vertical
    for moved in np.flatnonzero(bodies.link > 0):
        if moved != tool:
            kept = 0.0 if bodies.name[moved] in _MAY_TOUCH_THE_FLOOR else margin
            rows.append((int(moved), np.eye(3)[2], limits.floor + kept, "floor"))
    for zone in zones:
        for inside in bodies_in(zone, bodies):
            rows += [(int(inside), n, away + margin, zone.name) for n, away in zone.planes()]
    name = tuple(row[3] for row in rows)
    body, normal, offset = (np.array([row[k] for row in rows]) for k in range(3))
    owned = [np.flatnonzero(spheres.body == one) for one in body]
    counts = [len(one) for one in owned]
    sphere, plane = np.concatenate(owned), np.repeat(np.arange(len(body)), counts)
    return Planes(
        body,
        normal,
        offset,
        name,
        begin=np.cumsum([0, *counts[:-1]]),
        sphere=sphere,
        plane=plane,
        kept=offset[plane] + spheres.radius[sphere],
        levers=_levers(arm, spheres.link[sphere], spheres.away[sphere], normal[plane]),
        plane_levers=_levers(arm, bodies.link[body], bodies.reach[body], normal),
    )


def bodies_in(zone: Zone, bodies: Solids) -> np.ndarray:
    """Numbers of the solids that a zone is for."""
    tool = bodies.name.index(TOOL)
    if zone.applies_to == "tool":
        return np.array([tool])
    return np.flatnonzero((bodies.link >= 0) & (np.arange(len(bodies.link)) != tool))


def _levers(arm: Arm, link: np.ndarray, size: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """How far a joint moves parts of links along normals at most, links stretched, (n, s) [m/rad].

    Args:
        arm: the chain.
        link: of each part, (s,).
        size: how far each part reaches from its link's frame [m], (s,).
        normal: unit vectors (s, 3).
    """
    way = stretched(arm)
    joint = np.arange(arm.num_joints)[:, None]
    levers = np.where(joint <= link, way[link] - way[:, None] + size, 0.0)
    # a turn about the normal changes no distance from the plane
    first = arm.chain.origins[0, :3, :3] @ arm.chain.axes[0]
    levers[0, np.linalg.norm(np.cross(normal, first), axis=-1) < 1e-9] = 0.0
    return levers
