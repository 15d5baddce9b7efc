"""How far apart a robot's parts, the table and zones really are, by MuJoCo from the robot's URDF.

Nothing here is the guard's own geometry: it is what that is judged by.
"""

from __future__ import annotations

import itertools

import mujoco
import numpy as np

from rl_manip_deploy.guard.space.guarded_space import NOTHING_AROUND, Surroundings
from rl_manip_description import Arm
from rl_manip_description.model.robot_urdf import robot_urdf

# Distances beyond this are not told apart [m].
FURTHEST = 0.1


class TrueDistances:
    """One robot, with what it carries and what is around it."""

    def __init__(self, arm: Arm, surroundings: Surroundings = NOTHING_AROUND) -> None:
        spec = mujoco.MjSpec.from_string(robot_urdf(arm, mimic=False))
        if surroundings.payload is not None:
            _add_payload(spec, arm, surroundings.payload)
        obstacles = [z for z in surroundings.zones if z.kind == "box" and z.keep == "out"]
        for zone in obstacles:
            box = spec.worldbody.add_geom(name=zone.name)
            _place(box, mujoco.mjtGeom.mjGEOM_BOX, zone.half, zone.pose)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self._arm, self._zones = arm, surroundings.zones
        self._tool = arm.chain.tool
        n = arm.num_joints
        self._joints = [self.model.joint(name).qposadr[0] for name in arm.joint_names]
        self._fingers = [i for i in range(self.model.nq) if i not in self._joints]
        assert len(self._joints) == n
        self._solid = [g for g in range(self.model.ngeom) if self.model.geom_contype[g]]
        self._obstacle = {self.model.geom(zone.name).id: zone for zone in obstacles}
        self._link = {g: self._link_of(g) for g in self._solid}
        allowed = {frozenset(pair) for pair in arm.allowed_collisions}
        self.pairs = []
        for a, b in itertools.combinations([g for g in self._solid if g not in self._obstacle], 2):
            names = frozenset(self.body(g) for g in (a, b))
            if self._link[a] != self._link[b] and names not in allowed:
                self.pairs.append((a, b))

    def move(self, pose: np.ndarray, opening: float = 0.0) -> None:
        """Takes a pose (n,) [rad], each finger `opening` from the middle [m]."""
        self.data.qpos[self._joints] = pose
        self.data.qpos[self._fingers] = opening
        mujoco.mj_kinematics(self.model, self.data)

    def between_parts(self) -> float:
        """Least distance of two parts that no joint joins [m], negative where they overlap."""
        return min(self.distance(*pair) for pair in self.pairs)

    def above(self, height: float) -> float:
        """How far the lowest point is above a height [m]; the first link and the base apart."""
        parts = [g for g in self._solid if self._link[g] > 0]
        return min(self._along(g, np.array([0.0, 0.0, 1.0])) for g in parts) - height

    def in_zones(self) -> float:
        """Least room before any zone's border [m]; negative where one is entered or left."""
        parts = [g for g in self._solid if self._link[g] >= 0]
        tool = self.tool()
        room = [np.inf]
        for zone in self._zones:
            if zone.applies_to == "all":
                for normal, offset in zone.planes():
                    room += [self._along(g, normal) - offset for g in parts]
            else:
                room += [normal @ tool - offset for normal, offset in zone.planes()]
        for box, zone in self._obstacle.items():
            if zone.applies_to == "all":
                room += [self.distance(g, box) for g in parts]
            else:
                aside = np.abs(zone.pose[:3, :3].T @ (tool - zone.pose[:3, 3])) - zone.half
                outside = np.linalg.norm(np.maximum(aside, 0.0))
                room.append(outside if outside > 0.0 else aside.max())
        return min(room)

    def tool(self) -> np.ndarray:
        """Where the tool's point is [m]."""
        pose = self.data.qpos[self._joints]
        return self._arm.forward_kinematics(pose).position

    def distance(self, one: int, other: int) -> float:
        """Of two shapes by number [m]."""
        return mujoco.mj_geomDistance(self.model, self.data, one, other, FURTHEST, None)

    def _along(self, geom: int, normal: np.ndarray) -> float:
        """Lowest coordinate of a shape along a direction [m]."""
        kind, size = self.model.geom_type[geom], self.model.geom_size[geom]
        axes = np.abs(self.data.geom_xmat[geom].reshape(3, 3).T @ normal)
        if kind == mujoco.mjtGeom.mjGEOM_BOX:
            reach = axes @ size
        elif kind == mujoco.mjtGeom.mjGEOM_SPHERE:
            reach = size[0]
        elif kind == mujoco.mjtGeom.mjGEOM_CAPSULE:
            reach = size[0] + axes[2] * size[1]
        else:
            reach = axes[2] * size[1] + np.sqrt(max(1.0 - axes[2] ** 2, 0.0)) * size[0]
        return float(self.data.geom_xpos[geom] @ normal - reach)

    def body(self, geom: int) -> str:
        """Name of the link that a shape is on."""
        return self.model.body(self.model.geom_bodyid[geom]).name

    def _link_of(self, geom: int) -> int:
        """Number of the arm's joint that carries it; -1 for the base."""
        body = self.model.geom_bodyid[geom]
        while body > 0:
            joint = self.model.body_jntadr[body]
            name = self.model.joint(joint).name if joint >= 0 else ""
            if name in self._arm.joint_names:
                return self._arm.joint_names.index(name)
            body = self.model.body_parentid[body]
        return -1


def _add_payload(spec, arm: Arm, payload) -> None:
    # lengths in half, as MuJoCo has them
    kinds = {
        "box": mujoco.mjtGeom.mjGEOM_BOX,
        "cylinder": mujoco.mjtGeom.mjGEOM_CYLINDER,
        "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
        "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    }
    last = spec.body(spec.joint(arm.joint_names[-1]).parent.name)
    shape = last.add_geom(name="payload")
    _place(shape, kinds[payload.kind], payload.size, arm.chain.tool @ payload.pose)


def _place(shape, kind, size, pose: np.ndarray) -> None:
    shape.type = kind
    shape.size[: len(size)] = size
    shape.pos = pose[:3, 3]
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, pose[:3, :3].ravel())
    shape.quat = quaternion
