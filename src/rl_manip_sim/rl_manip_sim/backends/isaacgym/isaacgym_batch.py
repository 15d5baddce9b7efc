"""The backend for Isaac Gym Preview 4: PhysX on an NVIDIA GPU, in an interpreter of its own."""

from __future__ import annotations

import gc
import weakref
from typing import ClassVar, Optional
from weakref import ReferenceType

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.backends.backend_base import BackendBase, Given
from rl_manip_sim.backends.isaacgym import isaacgym_scene
from rl_manip_sim.backends.isaacgym.isaacgym_gripper import GymFingers
from rl_manip_sim.backends.isaacgym.isaacgym_objects import TableObjects
from rl_manip_sim.backends.isaacgym.isaacgym_physics import (
    ArmPhysics,
    give_objects_physics,
    in_buckets,
    nominal_sample,
)
from rl_manip_sim.backends.isaacgym.isaacgym_state import GymState
from rl_manip_sim.backends.isaacgym.isaacgym_touch import TouchAtRest
from rl_manip_sim.backends.torch_kinematics import TorchKinematics, rotated
from rl_manip_sim.batch_sim import BackendError, PhysicsSample
from rl_manip_sim.models.scene import EMPTY, Scene, check_gripper

CONTACT_FORCE = 0.1
"""Force on a link [N] from which on it touches something."""


class IsaacGymBatchSim(BackendBase):
    """``BatchSim`` on Isaac Gym's GPU pipeline.

    The servo is that of the mujoco backend: velocity commands are integrated to a set point, which
    a position drive with target velocity zero follows, tau = kp (set point - position) - kp lag
    velocity, bounded by the effort limit. Viscous friction adds to the drive's damping. PhysX has
    no friction torque at joints, only a coefficient: ``joint_friction_scale`` does nothing here.
    Fingers have such drives, too; see ``GymFingers``.

    What PhysX keeps of bodies, shapes and joints is given once, before the simulation starts, as in
    NVIDIA's examples: an environment keeps the arm and the object that it is given first, so that
    many environments are as many arms, no reset costs a call per environment, and wider ranges come
    too late. The simulation starts at the first ``randomize``, or ``reset``; until then the tensors
    are zero. Friction coefficients are rounded to ``FRICTION_STEP``.

    PhysX tells contacts only after a step, which all environments would have to make: ``reset``
    tells ``collision`` of new poses from the arm's shapes, see ``TouchAtRest``, and places those
    environments in the step that follows. PhysX tells one force per body: an object that touches
    the gripper's body or the arm is a collision here. Fingers rub on objects with the object's
    friction and slide on the table. Tool poses and velocities are kinematics, exact.

    A process has one such simulation at a time: PhysX cannot be set up twice.

    Args:
      arm, num_envs, control_dt, physics_dt, scene: see ``BackendBase``.

    Raises:
      SimCfgError: a count or time step that cannot be used.
      SceneError: an object, and no gripper.
      BackendError: at the start, where another one is in use in this process.
    """

    name, asynchronous = "isaacgym", True
    _in_use: ClassVar[Optional[ReferenceType[IsaacGymBatchSim]]] = None

    def __init__(
        self, arm: Arm, num_envs: int, control_dt: float, physics_dt: float, scene: Scene = EMPTY
    ) -> None:
        super().__init__(arm, num_envs, control_dt, physics_dt, scene)
        check_gripper(arm, scene)
        self._arm, self._physics_dt, self._cfg = arm, physics_dt, scene
        self.device = isaacgym_scene.tensor_device()
        self._allocate()
        self.joint_position, self.joint_velocity = (
            torch.zeros(num_envs, arm.num_joints, device=self.device) for _ in range(2)
        )
        limits = arm.limits
        self._lower, self._upper, self._home = (
            torch.tensor(np.array(value), dtype=torch.float32, device=self.device)
            for value in (limits.position_lower, limits.position_upper, arm.home)
        )
        self._kinematics = TorchKinematics(arm.chain, self.device)
        self._touch = TouchAtRest(arm, self._kinematics, self.device)
        self._given = PhysicsSample(
            *(
                None if values is None else values.to(self.device, copy=True)
                for values in nominal_sample(scene, num_envs, arm.num_joints)
            )
        )
        self._started = False

    def _start(self) -> None:
        """Build the simulation of what is given, with every arm at home."""
        self._be_the_only_one()
        self._started = True
        arm, count, given = self._arm, self.num_envs, self._given
        objects = None
        if given.object_shape is not None and given.object_size is not None:
            objects = TableObjects(given.object_shape.cpu(), given.object_size.cpu())
        self._scene = scene = isaacgym_scene.build_scene(arm, count, self._physics_dt, objects)
        weakref.finalize(self, scene.gym.destroy_sim, scene.sim)
        self._physics = ArmPhysics(arm, scene, self._physics_dt, given)
        if self.has_object:
            give_objects_physics(scene, given)
        scene.gym.prepare_sim(scene.sim)
        self._bind()
        everyone = torch.arange(count, device=self.device)
        self.reset(everyone, self._home.expand(count, -1))

    def _be_the_only_one(self) -> None:
        gc.collect()  # those that nobody uses any more
        last = IsaacGymBatchSim._in_use
        other = None if last is None else last()
        if other is not None:
            raise BackendError(
                f"Isaac Gym has one simulation in a process at a time, and one of "
                f"{other.num_envs} environments is in use; give that one up first, or use another "
                "process"
            )
        IsaacGymBatchSim._in_use = weakref.ref(self)

    def _bind(self) -> None:
        self._state = state = GymState(self._scene)
        n, robot, device = self._arm.num_joints, self._scene.robot, self.device
        self.joint_position, self.joint_velocity = state.dofs[:, :n].unbind(dim=2)
        self._set_point = state.target[:, :n]
        links, self._touching, self._finger_bodies = (
            torch.tensor(places, dtype=torch.int64, device=device)
            for places in (robot.links, robot.touching, robot.fingers)
        )
        weight, payload, self._lever = (
            torch.tensor(values, dtype=torch.float32, device=device)
            for values in (*self._physics.unknown_weight, self._physics.center_to_tool)
        )
        state.weight[:, links, 2] = weight
        state.weight[:, robot.links[-1], 2] += payload
        self._payload_weight = torch.zeros(self.num_envs, 3, device=device)
        self._payload_weight[:, 2] = payload
        self._last_link = robot.links[-1]
        if self._arm.gripper is not None:
            self._fingers = GymFingers(self._arm.gripper, state.dofs[:, n:], state.target[:, n:])

    def _step(self, velocity: Tensor, opening: Given) -> None:
        self._ensure_started()
        if opening is not None:
            self._fingers.command(opening)
        change = velocity * self._physics_dt
        for _ in range(self._substeps):
            if self.has_gripper:
                self._fingers.aim()
            self._state.simulate()
            self._set_point += change
            torch.maximum(self._set_point, self._lower, out=self._set_point)
            torch.minimum(self._set_point, self._upper, out=self._set_point)
        self._read()
        self._read_contacts()

    def _reset(self, env_ids: Tensor, joints: Tensor, opening: Given, pose: Given) -> None:
        self._ensure_started()
        state = self._state
        self.joint_position[env_ids] = joints
        self.joint_velocity[env_ids] = 0.0
        self._set_point[env_ids] = joints
        if self.has_gripper:
            self._fingers.reset(env_ids, opening)
            self._fingers.aim()
        if self.has_object:
            rows = state.object_rows[env_ids]
            state.roots[rows, 7:] = 0.0
            if pose is not None:
                state.roots[rows, :7] = pose
        state.place(env_ids)
        self._read()
        self.collision[env_ids] = self._touch(joints)
        if self.has_gripper:
            self.grip_force[env_ids] = 0.0

    def _randomize(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        """See ``BatchSim.randomize``: what was given before the start stays."""
        if not self._started:
            sample = sample._replace(contact_friction=in_buckets(sample.contact_friction))
            if sample.object_friction is not None:
                sample = sample._replace(object_friction=in_buckets(sample.object_friction))
            for own, values in zip(self._given, sample):
                if own is not None and values is not None:
                    own[env_ids] = values.to(self.device)
            self._start()
        return PhysicsSample(
            *(None if values is None else values[env_ids] for values in self._given)
        )

    def _ensure_started(self) -> None:
        if not self._started:
            self._start()

    def _read_contacts(self) -> None:
        """Fill the tensors that follow from the forces of the last simulation step."""
        force = self._state.forces
        touching = force[:, self._touching].norm(dim=2) > CONTACT_FORCE
        self.collision.copy_(touching.any(dim=1))
        if self.has_gripper:
            self.grip_force.copy_(
                self._fingers.grip_force(force[:, self._finger_bodies], self.tool_pose[:, 3:])
            )

    def _read(self) -> None:
        """Fill the tensors that follow from positions and velocities."""
        pose, velocity = self._kinematics(self.joint_position, self.joint_velocity)
        self.tool_pose.copy_(pose)
        self.tool_velocity.copy_(velocity)
        # the payload's weight acts at the tool, not where the last link has its centre of mass
        lever = rotated(pose[:, 3:], self._lever.expand(self.num_envs, 3))
        self._state.moment[:, self._last_link] = torch.cross(lever, self._payload_weight, dim=1)
        if self.has_gripper:
            self.gripper_opening.copy_(self._fingers.opening())
        if self.has_object:
            objects = self._state.roots[self._state.object_rows]
            self.object_pose.copy_(objects[:, :7])
            self.object_velocity.copy_(objects[:, 7:])
