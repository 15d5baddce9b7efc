"""Masses, joints and friction of arms and objects in Isaac Gym, as a sample wants them."""

from __future__ import annotations

from typing import List, NamedTuple

import numpy as np
import torch
from isaacgym import gymapi
from torch import Tensor

from rl_manip_description import Arm, Gripper
from rl_manip_sim.backends.isaacgym.isaacgym_objects import nominal_objects
from rl_manip_sim.backends.isaacgym.isaacgym_scene import GRAVITY, TABLE_FRICTION, GymScene
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.dynamics import (
    FINGER_ARMATURE,
    NOMINAL,
    PAYLOAD_RADIUS,
    SERVO_TRAVEL,
    JointDynamics,
    finger_damping,
)
from rl_manip_sim.models.object_solids import solid_inertia
from rl_manip_sim.models.scene import Scene

SPEED_MARGIN = 2.0
"""Over the velocity limit: where PhysX cuts a joint's speed; the drive is what limits it."""
FORCE_MARGIN = 1.5
"""Over the grip force: what a finger that lags behind the other one may be pushed with."""


FRICTION_STEP = 0.01
"""Friction coefficients are whole multiples of this [1]: PhysX has room for 64,000 materials, and
takes as many as there are different coefficients."""


def nominal_sample(scene: Scene, num_envs: int, num_joints: int) -> PhysicsSample:
    """The physics of N environments that nobody gave any; arms of n joints and links."""
    each, one = torch.ones(num_envs, num_joints), torch.ones(num_envs)
    sample = PhysicsSample(
        link_mass_scale=each,
        payload=0.0 * one,
        joint_friction_scale=each,
        joint_damping_scale=each,
        joint_armature_scale=each,
        contact_friction=one,
        servo_lag=NOMINAL.servo_lag * each,
        servo_stiffness_scale=each,
    )
    if not scene.has_object:
        return sample
    objects = nominal_objects(scene, num_envs)
    return sample._replace(
        object_shape=objects.shape,
        object_size=objects.size,
        object_mass=scene.object_mass * one,
        object_friction=scene.object_friction * one,
    )


def in_buckets(coefficient: Tensor) -> Tensor:
    """Friction coefficients to the nearest ``FRICTION_STEP``."""
    return torch.round(coefficient / FRICTION_STEP) * FRICTION_STEP


class UnknownWeight(NamedTuple):
    """Weight that gravity compensation does not know of, along z [N]."""

    links: np.ndarray  # (N, n) of each moving link
    payload: np.ndarray  # (N,) at the tool


class ArmPhysics:
    """Gives arms their physics through Isaac Gym's properties, before the simulation is prepared.

    Masses and inertias that are set later may be ignored; NVIDIA's examples set them here only.

    Args:
      arm: which arm.
      scene: the arms, not prepared yet.
      physics_dt: simulation step [s].
      sample: of each arm; its ``contact_friction`` in buckets.
      dynamics: friction, inertia and servo figures.
    """

    def __init__(
        self,
        arm: Arm,
        scene: GymScene,
        physics_dt: float,
        sample: PhysicsSample,
        dynamics: JointDynamics = NOMINAL,
    ) -> None:
        self._scene, self._dynamics = scene, dynamics
        self._effort = np.asarray(arm.limits.effort)
        bodies = scene.gym.get_actor_rigid_body_properties(scene.envs[0], scene.arms[0])
        links = [bodies[place] for place in scene.robot.links]
        self._mass = np.array([link.mass for link in links])
        self._inertia = np.array([_rows(link.inertia) for link in links])
        tool, center = np.asarray(arm.chain.tool), links[-1].com
        # in the last link's frame, then in the tool's
        offset = tool[:3, 3] - (center.x, center.y, center.z)
        self._offset = offset
        self.center_to_tool = tool[:3, :3].T @ offset
        """From the last link's centre of mass to the tool, in the tool frame, (3,) [m]."""
        self._joints = self._nominal_joints(arm, physics_dt)
        damping, armature, lag, stiffness, masses, payload, friction = (
            tensor.cpu().numpy().astype(np.float64)
            for tensor in (
                sample.joint_damping_scale,
                sample.joint_armature_scale,
                sample.servo_lag,
                sample.servo_stiffness_scale,
                sample.link_mass_scale,
                sample.payload,
                sample.contact_friction,
            )
        )
        for env in range(len(scene.envs)):
            self._set_joints(env, damping[env], armature[env], lag[env], stiffness[env])
            self._set_masses(env, masses[env], float(payload[env]))
            self._set_friction(env, float(friction[env]))
        self.unknown_weight = UnknownWeight(
            -GRAVITY * self._mass * (masses - 1.0), -GRAVITY * payload
        )

    def _nominal_joints(self, arm: Arm, physics_dt: float) -> np.ndarray:
        n = arm.num_joints
        scene = self._scene
        joints = scene.gym.get_actor_dof_properties(scene.envs[0], scene.arms[0])
        joints["driveMode"] = int(gymapi.DOF_MODE_POS)
        joints["effort"][:n] = self._effort
        joints["velocity"][:n] = SPEED_MARGIN * np.asarray(arm.limits.velocity)
        joints["friction"] = 0.0
        if arm.gripper is not None:
            stiffness = finger_stiffness(arm.gripper)
            joints["stiffness"][n:] = stiffness
            # during a step the drive's target stands still, which damps by as much as stiffness dt
            damping = finger_damping(arm.gripper) - stiffness * physics_dt
            joints["damping"][n:] = max(0.0, damping)
            joints["armature"][n:] = FINGER_ARMATURE
            joints["effort"][n:] = FORCE_MARGIN * arm.gripper.grip_force
            joints["velocity"][n:] = SPEED_MARGIN * arm.gripper.closing_speed / 2.0
        return joints

    def _set_joints(
        self,
        env: int,
        damping: np.ndarray,
        armature: np.ndarray,
        lag: np.ndarray,
        stiffness: np.ndarray,
    ) -> None:
        dynamics, joints = self._dynamics, self._joints
        servo = dynamics.servo_stiffness * self._effort * stiffness
        n = len(self._effort)
        joints["stiffness"][:n] = servo
        joints["damping"][:n] = servo * lag + dynamics.viscous_friction * self._effort * damping
        joints["armature"][:n] = dynamics.armature * self._effort * armature
        scene = self._scene
        scene.gym.set_actor_dof_properties(scene.envs[env], scene.arms[env], joints)

    def _set_masses(self, env: int, scale: np.ndarray, payload: float) -> None:
        scene = self._scene
        handle = scene.envs[env], scene.arms[env]
        bodies = scene.gym.get_actor_rigid_body_properties(*handle)
        masses = self._mass * scale
        inertias = self._inertia * scale[:, None, None]
        # about the last link's own centre of mass, which stays where it is: m (d^2 1 - d d^T)
        away = self._offset
        ball = 0.4 * PAYLOAD_RADIUS**2
        masses[-1] += payload
        inertias[-1] += payload * ((away @ away + ball) * np.eye(3) - np.outer(away, away))
        for place, mass, inertia in zip(scene.robot.links, masses, inertias):
            bodies[place].mass = float(mass)
            bodies[place].inertia = _matrix(inertia)
        scene.gym.set_actor_rigid_body_properties(*handle, bodies, False)

    def _set_friction(self, env: int, coefficient: float) -> None:
        """What the arm rubs on the table with; the fingers keep the table's own figure."""
        scene = self._scene
        shapes = scene.gym.get_actor_rigid_shape_properties(scene.envs[env], scene.arms[env])
        for place, shape in enumerate(shapes):
            if place not in scene.robot.finger_shapes:
                shape.friction = _on_the_table(coefficient)
        scene.gym.set_actor_rigid_shape_properties(scene.envs[env], scene.arms[env], shapes)


def finger_stiffness(gripper: Gripper) -> float:
    """Of a finger's own drive [N/m]: the grip force, half of the servo's travel ahead."""
    return 2.0 * gripper.grip_force / SERVO_TRAVEL


def give_objects_physics(scene: GymScene, sample: PhysicsSample) -> None:
    """Set mass, inertia and friction of each environment's object, before it is prepared.

    Args:
      scene: the objects, of the shapes and sizes in ``sample``.
      sample: of each environment; its ``object_friction`` in buckets.
    """
    of_object = (
        sample.object_shape,
        sample.object_size,
        sample.object_mass,
        sample.object_friction,
    )
    shape, size, mass, friction = (values.cpu() for values in of_object if values is not None)
    moments = solid_inertia(shape, size, mass).tolist()
    for env, (kilogram, moment, coefficient) in enumerate(
        zip(mass.tolist(), moments, friction.tolist())
    ):
        handle = scene.envs[env], scene.objects[env]
        (body,) = scene.gym.get_actor_rigid_body_properties(*handle)
        body.mass, body.inertia = kilogram, _matrix(np.diag(moment))
        scene.gym.set_actor_rigid_body_properties(*handle, [body], False)
        (surface,) = scene.gym.get_actor_rigid_shape_properties(*handle)
        surface.friction = _on_the_table(coefficient)
        scene.gym.set_actor_rigid_shape_properties(*handle, [surface])


def _on_the_table(coefficient: float) -> float:
    """A shape's figure so that its mean with the table's is ``coefficient``."""
    return 2.0 * coefficient - TABLE_FRICTION


def _rows(matrix: gymapi.Mat33) -> List[List[float]]:
    return [[row.x, row.y, row.z] for row in (matrix.x, matrix.y, matrix.z)]


def _matrix(rows: np.ndarray) -> gymapi.Mat33:
    matrix = gymapi.Mat33()
    matrix.x, matrix.y, matrix.z = (gymapi.Vec3(*map(float, row)) for row in rows)
    return matrix
