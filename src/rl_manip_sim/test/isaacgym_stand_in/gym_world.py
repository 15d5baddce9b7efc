"""One environment of the stand-in: an arm and an object in MuJoCo, driven as PhysX drives a DOF."""

from __future__ import annotations

from xml.etree import ElementTree

import mujoco
import numpy as np
from isaacgym import gymapi

from rl_manip_sim.models.gripper_model import CONTACT_DIMENSIONS, ROLLING_RESISTANCE

BASE, OBJECT = "base_link", "object"


def load(text, timestep, solid):
    """The URDF on a table, with a drive per joint that waits for its properties."""
    spec = mujoco.MjSpec.from_string(text)
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
    if any(joint.type == mujoco.mjtJoint.mjJNT_SLIDE for joint in spec.joints):
        # as PhysX does: drives' stiffness is implicit, too, and solved together with contacts
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_DISCRETE
        spec.option.cone, spec.option.impratio = mujoco.mjtCone.mjCONE_ELLIPTIC, 10.0
    if solid is not None:
        _add_object(spec, *solid)
    return spec.compile()


def _add_object(spec, kind, size):
    """A solid of the density that assets have."""
    body = spec.worldbody.add_body(name=OBJECT, simple=False)
    body.add_freejoint(name=OBJECT)
    body.add_geom(
        type=getattr(mujoco.mjtGeom, f"mjGEOM_{kind.upper()}"),
        size=[*size, 0.0, 0.0][:3],
        density=1000.0,
        priority=1,
        condim=CONTACT_DIMENSIONS[kind],
        friction=[1.0, 0.01, ROLLING_RESISTANCE],
        solref=[2.0 * spec.option.timestep, 1.0],
    )


class World:
    """A model and its state; bodies are those that are not collapsed, after the fixed base."""

    def __init__(self, text, timestep, solid=None, place=None):
        self.model = model = load(text, timestep, solid)
        self.data = mujoco.MjData(model)
        self.dofs = model.nu
        names = [model.body(index).name for index in range(model.nbody)]
        kept = ElementTree.fromstring(text).findall("joint[@dont_collapse='true']/child")
        own = {child.get("link") for child in kept}
        moving = np.flatnonzero(model.body_dofnum > 0)
        self.links = [i for i in range(model.nbody) if i in moving or names[i] in own]
        self.names = [BASE, *(names[index] for index in self.links)]
        self.geoms = [
            [geom for geom in range(model.ngeom) if self._link(geom) == index]
            for index in range(len(self.names))
        ]
        sliding = model.jnt_bodyid[model.jnt_type == mujoco.mjtJoint.mjJNT_SLIDE]
        self.finger_geoms = np.flatnonzero(np.isin(model.geom_bodyid, sliding))
        self.has_object = solid is not None
        self.filters = [0] * model.ngeom
        self.friction = [1.0] * model.ngeom
        if self.has_object:
            self.data.qpos[self.dofs :] = place
        mujoco.mj_forward(model, self.data)

    def _link(self, geom):
        """Place of a geom's body among the bodies of the environment: 0 the base, -1 the ground."""
        body = self.model.geom_bodyid[geom]
        if body == 0:
            return -1
        while body and body not in self.links:
            body = self.model.body_parentid[body]
        return self.links.index(body) + 1 if body else 0

    def dof_state(self):
        """Positions and velocities (n, 2) of the joints."""
        return np.stack((self.data.qpos[: self.dofs], self.data.qvel[: self.dofs]), axis=1)

    def set_dof_state(self, state):
        """Take positions and velocities (n, 2)."""
        self.data.qpos[: self.dofs], self.data.qvel[: self.dofs] = state.T

    def object_state(self):
        """Position, quaternion xyzw, linear and angular velocity of the object, (13,)."""
        pose, motion = self.data.qpos[self.dofs :], self.data.qvel[self.dofs :].copy()
        axes = np.empty(9)
        mujoco.mju_quat2Mat(axes, pose[3:])
        motion[3:] = axes.reshape(3, 3) @ motion[3:]  # MuJoCo has it in the body's axes
        return np.concatenate((pose[:3], np.roll(pose[3:], -1), motion))

    def set_object_state(self, state):
        """Take what `object_state` gives."""
        gymapi.require(abs(np.linalg.norm(state[3:7]) - 1.0) < 1e-3, "quaternions have length 1")
        axes = np.empty(9)
        pose = np.concatenate((state[:3], np.roll(state[3:7], 1)))
        mujoco.mju_quat2Mat(axes, pose[3:])
        motion = np.concatenate((state[7:10], axes.reshape(3, 3).T @ state[10:]))
        self.data.qpos[self.dofs :], self.data.qvel[self.dofs :] = pose, motion

    def set_joints(self, properties):
        """Take DOF properties: an implicit drive is a servo with its damping in the bias."""
        gymapi.require(
            (properties["driveMode"] == gymapi.DOF_MODE_POS).all(), "drives by position targets"
        )
        model = self.model
        model.dof_armature[: self.dofs] = properties["armature"]
        model.actuator_gainprm[:, 0] = properties["stiffness"]
        model.actuator_biasprm[:, 1] = -properties["stiffness"]
        model.actuator_biasprm[:, 2] = -properties["damping"]
        model.actuator_forcerange[:] = properties["effort"][:, None] * [-1.0, 1.0]

    def bodies(self, places):
        """Properties of bodies."""
        return [self._body(self.links[place - 1]) if place else BASE_BODY for place in places]

    def _body(self, body):
        axes = np.empty(9)
        mujoco.mju_quat2Mat(axes, self.model.body_iquat[body])
        axes = axes.reshape(3, 3)
        matrix = axes @ np.diag(self.model.body_inertia[body]) @ axes.T
        return gymapi.RigidBodyProperties(
            float(self.model.body_mass[body]),
            gymapi.Vec3(*map(float, self.model.body_ipos[body])),
            gymapi.Mat33(*(gymapi.Vec3(*map(float, row)) for row in matrix)),
        )

    def set_bodies(self, places, properties):
        """Take masses and inertias; the centre of mass has to stay."""
        gymapi.require(len(properties) == len(places), "as many bodies as the actor has")
        for place, wanted in zip(places, properties):
            if not place:
                continue
            body = self.links[place - 1]
            center = np.array([wanted.com.x, wanted.com.y, wanted.com.z])
            moved = np.abs(center - self.model.body_ipos[body]).max()
            gymapi.require(moved < 1e-6, "the GPU pipeline cannot move a centre of mass")
            rows = [wanted.inertia.x, wanted.inertia.y, wanted.inertia.z]
            matrix = np.array([[row.x, row.y, row.z] for row in rows])
            values, axes = np.linalg.eigh(matrix)
            gymapi.require(wanted.mass > 0.0 and values[0] > 0.0, "what moves has mass and inertia")
            if np.linalg.det(axes) < 0.0:
                axes[:, 0] *= -1.0
            self.model.body_mass[body] = wanted.mass
            self.model.body_inertia[body] = values
            mujoco.mju_mat2Quat(self.model.body_iquat[body], axes.ravel())
        mujoco.mj_setConst(self.model, mujoco.MjData(self.model))

    def shapes(self, places):
        """Properties of the shapes of bodies, in the order of `geoms`."""
        return [
            gymapi.RigidShapeProperties(self.friction[geom], self.filters[geom])
            for place in places
            for geom in self.geoms[place]
        ]

    def set_shapes(self, places, properties, ground_friction):
        """Take friction and filters, in the order of `geoms`; friction is the mean of two."""
        flat = [geom for place in places for geom in self.geoms[place]]
        gymapi.require(len(properties) == len(flat), "as many shapes as the actor has")
        for geom, wanted in zip(flat, properties):
            self.friction[geom] = wanted.friction
            # MuJoCo takes the greater one of two shapes
            self.model.geom_friction[geom, 0] = (wanted.friction + ground_friction) / 2.0
            self.filters[geom] = wanted.filter
        if self.has_object:
            same = all(self.friction[geom] == ground_friction for geom in self.finger_geoms)
            gymapi.require(same, "an object has one mean with fingers and ground in the stand-in")

    def step(self, targets, forces, torques):
        """One simulation step; returns the net contact force on each body, base first."""
        model, data = self.model, self.data
        data.ctrl[:] = targets
        for index, body in enumerate(self.links):
            data.xfrc_applied[body, :3] = forces[index + 1]
            data.xfrc_applied[body, 3:] = torques[index + 1]
        mujoco.mj_step1(model, data)
        self._drop_filtered_contacts()
        net = np.zeros((len(self.names), 3))
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


BASE_BODY = gymapi.RigidBodyProperties(mass=1.0)
