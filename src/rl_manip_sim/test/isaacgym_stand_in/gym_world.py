"""One environment of the stand-in: an arm in MuJoCo, driven as PhysX drives a DOF."""

from __future__ import annotations

import mujoco
import numpy as np
from isaacgym import gymapi


def load(path, timestep):
    """The URDF on a table, with a drive per joint that waits for its properties."""
    spec = mujoco.MjSpec.from_file(path)
    spec.option.timestep = timestep
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    for geom in [geom for geom in spec.geoms if geom.contype == geom.conaffinity == 0]:
        spec.delete(geom)
    for body in spec.bodies[1:]:
        body.gravcomp = 1.0
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_PLANE, size=[2.0, 2.0, 0.05], friction=[0.0, 0.0, 0.0]
    )
    for joint in spec.joints:
        drive = spec.add_actuator(name=joint.name, target=joint.name)
        drive.trntype = mujoco.mjtTrn.mjTRN_JOINT
        drive.biastype = mujoco.mjtBias.mjBIAS_AFFINE
        drive.forcelimited, drive.forcerange = True, [-1.0, 1.0]
    return spec.compile()


class World:
    """A model and its state; bodies are those that move, after the fixed base."""

    def __init__(self, path, timestep):
        self.model = load(path, timestep)
        self.data = mujoco.MjData(self.model)
        self.links = np.flatnonzero(self.model.body_dofnum > 0)
        self.geoms = [
            [geom for geom in range(self.model.ngeom) if self._link(geom) == index]
            for index in range(len(self.links) + 1)
        ]
        self.filters = [0] * self.model.ngeom
        self.friction = [1.0] * self.model.ngeom
        mujoco.mj_forward(self.model, self.data)

    def _link(self, geom):
        """Place of a geom's body among the bodies of the actor: 0 the base, -1 the ground."""
        body = self.model.geom_bodyid[geom]
        root = self.model.body_weldid[body]
        if root in self.links:
            return int(np.flatnonzero(self.links == root)[0]) + 1
        return 0 if body else -1

    def names(self):
        """Names of the bodies that are left when fixed joints are collapsed."""
        return ["base_link", *(self.model.body(body).name for body in self.links)]

    def set_joints(self, properties):
        """Take DOF properties: an implicit drive is a servo with its damping in the bias."""
        gymapi.require(
            (properties["driveMode"] == gymapi.DOF_MODE_POS).all(), "drives by position targets"
        )
        model = self.model
        model.dof_armature[:] = properties["armature"]
        model.actuator_gainprm[:, 0] = properties["stiffness"]
        model.actuator_biasprm[:, 1] = -properties["stiffness"]
        model.actuator_biasprm[:, 2] = -properties["damping"]
        model.actuator_forcerange[:] = properties["effort"][:, None] * [-1.0, 1.0]

    def set_bodies(self, properties):
        """Take masses and inertias; the centre of mass has to stay."""
        for index, body in enumerate(self.links):
            wanted = properties[index + 1]
            center = np.array([wanted.com.x, wanted.com.y, wanted.com.z])
            moved = np.abs(center - self.model.body_ipos[body]).max()
            gymapi.require(moved < 1e-6, "the GPU pipeline cannot move a centre of mass")
            rows = [wanted.inertia.x, wanted.inertia.y, wanted.inertia.z]
            matrix = np.array([[row.x, row.y, row.z] for row in rows])
            values, axes = np.linalg.eigh(matrix)
            if np.linalg.det(axes) < 0.0:
                axes[:, 0] *= -1.0
            self.model.body_mass[body] = wanted.mass
            self.model.body_inertia[body] = values
            mujoco.mju_mat2Quat(self.model.body_iquat[body], axes.ravel())

    def bodies(self):
        """Properties of the base and of every moving link."""
        found = [gymapi.RigidBodyProperties(mass=1.0)]
        for body in self.links:
            axes = np.empty(9)
            mujoco.mju_quat2Mat(axes, self.model.body_iquat[body])
            axes = axes.reshape(3, 3)
            matrix = axes @ np.diag(self.model.body_inertia[body]) @ axes.T
            found.append(
                gymapi.RigidBodyProperties(
                    float(self.model.body_mass[body]),
                    gymapi.Vec3(*map(float, self.model.body_ipos[body])),
                    gymapi.Mat33(*(gymapi.Vec3(*map(float, row)) for row in matrix)),
                )
            )
        return found

    def shapes(self):
        """Properties of the shapes, in the order of `geoms`."""
        return [
            gymapi.RigidShapeProperties(
                float(self.model.geom_friction[geom, 0]), self.filters[geom]
            )
            for part in self.geoms
            for geom in part
        ]

    def set_shapes(self, properties, ground_friction):
        """Take friction and filters, in the order of `geoms`; friction is the mean of two."""
        flat = [geom for part in self.geoms for geom in part]
        gymapi.require(len(properties) == len(flat), "as many shapes as the actor has")
        for geom, wanted in zip(flat, properties):
            self.friction[geom] = wanted.friction
            # MuJoCo takes the greater one of two shapes
            self.model.geom_friction[geom, 0] = (wanted.friction + ground_friction) / 2.0
            self.filters[geom] = wanted.filter

    def step(self, targets, forces, torques):
        """One simulation step; returns the net contact force on each body, base first."""
        model, data = self.model, self.data
        data.ctrl[:] = targets
        for index, body in enumerate(self.links):
            data.xfrc_applied[body, :3] = forces[index + 1]
            data.xfrc_applied[body, 3:] = torques[index + 1]
        mujoco.mj_step1(model, data)
        self._drop_filtered_contacts()
        net = np.zeros((len(self.links) + 1, 3))
        mujoco.mj_step2(model, data)
        force = np.zeros(6)
        for index in range(data.ncon):
            contact = data.contact[index]
            if contact.exclude:
                continue
            mujoco.mj_contactForce(model, data, index, force)
            world = contact.frame.reshape(3, 3).T @ force[:3]
            for geom, sign in zip(contact.geom, (-1.0, 1.0)):
                if self._link(geom) >= 0:
                    net[self._link(geom)] += sign * world
        return net

    def _drop_filtered_contacts(self):
        for index in range(self.data.ncon):
            contact = self.data.contact[index]
            first, second = (self.filters[geom] for geom in contact.geom)
            if first & second:
                contact.exclude = 1
                contact.efc_address = -1
