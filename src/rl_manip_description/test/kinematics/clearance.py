"""Distances between the collision shapes of an arm's links, computed by MuJoCo from its URDF."""

from __future__ import annotations

import itertools

import mujoco
import numpy as np

from rl_manip_description.kinematics.urdf_chain import moved_links


def links_of(arm):
    """Names of an arm's links from base to tool."""
    return (arm.base_frame, *moved_links(arm.urdf_path, arm.joint_names))


class PosedArm:
    """An arm's collision shapes in one pose, for links by name; distances in [m]."""

    def __init__(self, arm):
        self.model = mujoco.MjModel.from_xml_path(str(arm.urdf_path))
        self.data = mujoco.MjData(self.model)
        self.links = links_of(arm)
        allowed = {frozenset(pair) for pair in arm.allowed_collisions}
        self.checked_pairs = [
            pair for pair in itertools.combinations(self.links, 2) if frozenset(pair) not in allowed
        ]

    def shapes(self, link):
        """Numbers of a link's collision shapes."""
        body = self.model.body(link)
        shapes = np.arange(body.geomadr[0], body.geomadr[0] + body.geomnum[0])
        return shapes[self.model.geom_contype[shapes] != 0]

    def move(self, pose):
        """Take a pose [rad]."""
        self.data.qpos[:] = pose
        mujoco.mj_kinematics(self.model, self.data)

    def distance(self, pair):
        """Smallest distance between two links, negative where they overlap."""
        shapes = itertools.product(*(self.shapes(link) for link in pair))
        return min(
            mujoco.mj_geomDistance(self.model, self.data, a, b, 1.0, None) for a, b in shapes
        )

    def lowest_point(self):
        """Smallest z of all shapes but the base's, which stands on the table."""
        lowest = np.inf
        for shape in itertools.chain(*(self.shapes(link) for link in self.links[1:])):
            size = self.model.geom_size[shape]
            # of the shape's axes, how far each points up or down
            up = np.abs(self.data.geom_xmat[shape][6:9])
            if self.model.geom_type[shape] == mujoco.mjtGeom.mjGEOM_BOX:
                reach_down = size @ up
            else:  # a cylinder, whose axis makes the angle a with the vertical
                cos_a = min(up[2], 1.0)
                reach_down = size[1] * cos_a + size[0] * np.sqrt(1.0 - cos_a**2)
            lowest = min(lowest, self.data.geom_xpos[shape][2] - reach_down)
        return lowest

    def is_free(self):
        """No part overlaps another or the table, the plane z = 0."""
        return self.lowest_point() > 0.0 and all(self.distance(p) > 0.0 for p in self.checked_pairs)
