"""The backend for Isaac Gym Preview 4: PhysX on an NVIDIA GPU, in an interpreter of its own."""

from __future__ import annotations

from typing import Optional, Union

import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.backends.backend_base import EVERYONE, BackendBase, Given
from rl_manip_sim.backends.isaacgym import isaacgym_scene
from rl_manip_sim.backends.isaacgym.isaacgym_gripper import GymFingers
from rl_manip_sim.backends.isaacgym.isaacgym_objects import TableObjects, nominal_objects
from rl_manip_sim.backends.isaacgym.isaacgym_physics import ArmPhysics, ObjectPhysics
from rl_manip_sim.backends.isaacgym.isaacgym_state import GymState
from rl_manip_sim.backends.torch_kinematics import TorchKinematics, rotated
from rl_manip_sim.batch_sim import PhysicsSample
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

    PhysX fixes shapes and sizes before the simulation starts. With an object in the scene it starts
    at the first ``randomize``, or ``reset``; until then the tensors are zero. An environment keeps
    the shape and size that it is given first, and gets other masses and frictions at any time: many
    environments hold as many objects, and wider ranges of the size come too late.

    PhysX tells contacts only after a step: ``reset`` makes one and puts everything back, so that
    ``collision`` is known of the new poses. It tells one force per body: an object that touches the
    gripper's body or the arm is a collision here. Fingers rub on objects with the object's friction
    and slide on the table. Tool poses and velocities are kinematics, exact.

    Args:
      arm, num_envs, control_dt, physics_dt, scene: see ``BackendBase``.

    Raises:
      SimCfgError: a count or time step that cannot be used.
      SceneError: an object, and no gripper.
    """

    name = "isaacgym"

    def __init__(
        self, arm: Arm, num_envs: int, control_dt: float, physics_dt: float, scene: Scene = EMPTY
    ) -> None:
        super().__init__(arm, num_envs, control_dt, physics_dt, scene)
        check_gripper(arm, scene)
        self._arm, self._physics_dt, self._cfg = arm, physics_dt, scene
        self.device = torch.device(isaacgym_scene.DEVICE)
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
        self._started = False
        if not self.has_object:
            self._start()

    def _start(self, objects: Optional[TableObjects] = None) -> None:
        """Build the simulation, with every arm at home."""
        self._started = True
        self._objects = objects
        arm, count = self._arm, self.num_envs
        self._scene = isaacgym_scene.build_scene(arm, count, self._physics_dt, objects)
        self._physics = ArmPhysics(arm, self._scene, self._physics_dt)
        self._scene.gym.prepare_sim(self._scene.sim)
        self._bind()
        if objects is not None:
            self._object_physics = ObjectPhysics(self._scene, objects)
            nominal = torch.tensor([[self._cfg.object_mass], [self._cfg.object_friction]])
            self._object_physics.apply(range(count), *nominal.expand(2, count))
        everyone = torch.arange(count, device=self.device)
        self.reset(everyone, self._home.expand(count, -1))

    def _bind(self) -> None:
        self._state = state = GymState(self._scene)
        n, robot, device = self._arm.num_joints, self._scene.robot, self.device
        self.joint_position, self.joint_velocity = state.dofs[:, :n].unbind(dim=2)
        self._set_point = state.target[:, :n]
        self._payload_weight = torch.zeros(self.num_envs, 3, device=device)
        self._links, self._touching, self._finger_bodies = (
            torch.tensor(places, dtype=torch.int64, device=device)
            for places in (robot.links, robot.touching, robot.fingers)
        )
        self._lever = torch.tensor(self._physics.center_to_tool, dtype=torch.float32, device=device)
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
        self._read_contacts(EVERYONE)

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
        state.moved[env_ids] = True
        state.feel()
        self._read()
        self._read_contacts(env_ids)

    def _randomize(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        """See ``BatchSim.randomize``.

        Masses and inertias change where PhysX keeps them; centres of mass cannot, so that what a
        payload shifts acts as a moment. Shape and size of an object stay what they were first.
        """
        shape, size = sample.object_shape, sample.object_size
        if not self._started and shape is not None and size is not None:
            objects = nominal_objects(self._cfg, self.num_envs)
            objects.shape[env_ids.cpu()] = shape.cpu()
            objects.size[env_ids.cpu()] = size.cpu()
            self._start(objects)
        self._ensure_started()
        unknown = self._physics.apply(env_ids.tolist(), sample)
        links = torch.tensor(unknown.links, dtype=torch.float32, device=self.device)
        payload = torch.tensor(unknown.payload, dtype=torch.float32, device=self.device)
        self._payload_weight[env_ids, 2] = payload
        links[:, -1] += payload
        self._state.weight[env_ids[:, None], self._links, 2] = links
        if self._objects is None or shape is None:
            return sample
        self._object_physics.apply(env_ids.tolist(), sample.object_mass, sample.object_friction)
        shape, size = (value[env_ids.cpu()].to(self.device) for value in self._objects)
        return sample._replace(object_shape=shape, object_size=size)

    def _ensure_started(self) -> None:
        if not self._started:
            self._start(nominal_objects(self._cfg, self.num_envs))

    def _read_contacts(self, ids: Union[slice, Tensor]) -> None:
        """Fill the tensors that follow from the forces of the last simulation step."""
        force = self._state.forces[ids]
        touching = force[:, self._touching].norm(dim=2) > CONTACT_FORCE
        self.collision[ids] = touching.any(dim=1)
        if self.has_gripper:
            self.grip_force[ids] = self._fingers.grip_force(
                force[:, self._finger_bodies], self.tool_pose[ids, 3:]
            )

    def _read(self) -> None:
        """Fill the tensors that follow from positions and velocities."""
        pose, velocity = self._kinematics(self.joint_position, self.joint_velocity)
        self.tool_pose.copy_(pose)
        self.tool_velocity.copy_(velocity)
        # the payload's weight acts at the tool, not where the last link has its centre of mass
        lever = rotated(pose[:, 3:], self._lever.expand(self.num_envs, 3))
        self._state.moment[:, self._links[-1]] = torch.cross(lever, self._payload_weight, dim=1)
        if self.has_gripper:
            self.gripper_opening.copy_(self._fingers.opening())
        if self.has_object:
            objects = self._state.roots[self._state.object_rows]
            self.object_pose.copy_(objects[:, :7])
            self.object_velocity.copy_(objects[:, 7:])
