"""Masses, joints and friction of the arms in Isaac Gym, nominal and as a sample wants them."""

from __future__ import annotations

from typing import List, NamedTuple, Sequence

import numpy as np
from isaacgym import gymapi

from rl_manip_description import Arm
from rl_manip_sim.backends.isaacgym_scene import TABLE_FRICTION, GymScene
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.joint_dynamics import NOMINAL, PAYLOAD_RADIUS, JointDynamics

GRAVITY = 9.81
"""[m/s^2]."""
SPEED_MARGIN = 2.0
"""Over the velocity limit: where PhysX cuts a joint's speed; the drive is what limits it."""


class UnknownWeight(NamedTuple):
    """Weight that gravity compensation does not know of, along z [N]."""

    links: np.ndarray  # (k, n) of each moving link
    payload: np.ndarray  # (k,) at the tool


class ArmPhysics:
    """Gives arms their physics through Isaac Gym's properties; a call per arm, so at resets only.

    Args:
      arm: which arm.
      scene: the arms, not prepared yet; they get the nominal drives here.
      dynamics: friction, inertia and servo figures.
    """

    def __init__(self, arm: Arm, scene: GymScene, dynamics: JointDynamics = NOMINAL) -> None:
        self._scene, self._dynamics = scene, dynamics
        self._effort = np.asarray(arm.limits.effort)
        bodies = scene.gym.get_actor_rigid_body_properties(scene.envs[0], scene.arms[0])
        links = [bodies[place] for place in scene.links]
        self._mass = np.array([link.mass for link in links])
        self._inertia = np.array([_rows(link.inertia) for link in links])
        tool, center = np.asarray(arm.chain.tool), links[-1].com
        # in the last link's frame, then in the tool's
        offset = tool[:3, 3] - (center.x, center.y, center.z)
        self._offset = offset
        self.center_to_tool = tool[:3, :3].T @ offset
        """From the last link's centre of mass to the tool, in the tool frame, (3,) [m]."""
        n = arm.num_joints
        joints = scene.gym.get_actor_dof_properties(scene.envs[0], scene.arms[0])
        joints["driveMode"] = int(gymapi.DOF_MODE_POS)
        joints["stiffness"] = dynamics.servo_stiffness * self._effort
        joints["effort"] = self._effort
        joints["velocity"] = SPEED_MARGIN * np.asarray(arm.limits.velocity)
        joints["friction"] = 0.0
        self._joints = joints
        for env in range(len(scene.envs)):
            self._set_joints(env, np.ones(n), np.ones(n), np.full(n, dynamics.servo_lag))

    def apply(self, env_ids: Sequence[int], sample: PhysicsSample) -> UnknownWeight:
        """Set the physics of k environments; returns the weights that are theirs to carry."""
        damping, armature, lag, masses, payload, friction = (
            tensor.cpu().numpy().astype(np.float64)
            for tensor in (
                sample.joint_damping_scale,
                sample.joint_armature_scale,
                sample.servo_lag,
                sample.link_mass_scale,
                sample.payload,
                sample.contact_friction,
            )
        )
        for row, env in enumerate(env_ids):
            self._set_joints(env, damping[row], armature[row], lag[row])
            self._set_masses(env, masses[row], float(payload[row]))
            self._set_friction(env, float(friction[row]))
        return UnknownWeight(-GRAVITY * self._mass * (masses - 1.0), -GRAVITY * payload)

    def _set_joints(
        self, env: int, damping: np.ndarray, armature: np.ndarray, lag: np.ndarray
    ) -> None:
        dynamics, joints = self._dynamics, self._joints
        servo = dynamics.servo_stiffness * self._effort * lag
        joints["damping"] = servo + dynamics.viscous_friction * self._effort * damping
        joints["armature"] = dynamics.armature * self._effort * armature
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
        for place, mass, inertia in zip(scene.links, masses, inertias):
            bodies[place].mass = float(mass)
            bodies[place].inertia = _matrix(inertia)
        scene.gym.set_actor_rigid_body_properties(*handle, bodies, False)

    def _set_friction(self, env: int, coefficient: float) -> None:
        scene = self._scene
        handle = scene.envs[env], scene.arms[env]
        shapes = scene.gym.get_actor_rigid_shape_properties(*handle)
        for shape in shapes:
            shape.friction = 2.0 * coefficient - TABLE_FRICTION
        scene.gym.set_actor_rigid_shape_properties(*handle, shapes)


def _rows(matrix: gymapi.Mat33) -> List[List[float]]:
    return [[row.x, row.y, row.z] for row in (matrix.x, matrix.y, matrix.z)]


def _matrix(rows: np.ndarray) -> gymapi.Mat33:
    matrix = gymapi.Mat33()
    matrix.x, matrix.y, matrix.z = (gymapi.Vec3(*map(float, row)) for row in rows)
    return matrix
