"""The backend for Isaac Gym Preview 4: PhysX on an NVIDIA GPU, in an interpreter of its own."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

# before torch: Isaac Gym refuses to come after it
from isaacgym import gymapi, gymtorch  # isort: skip
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.backends.backend_base import BackendBase
from rl_manip_sim.backends.isaacgym_physics import ArmPhysics
from rl_manip_sim.backends.isaacgym_scene import build_scene
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.scene import EMPTY, Scene, SceneError
from rl_manip_sim.torch_kinematics import TorchKinematics, rotated

CONTACT_FORCE = 0.1
"""Force on a link [N] from which on it touches something."""


class IsaacGymBatchSim(BackendBase):
    """``BatchSim`` on Isaac Gym's GPU pipeline.

    The servo is that of the mujoco backend: velocity commands are integrated to a set point, which
    a position drive with target velocity zero follows, tau = kp (set point - position) - kp lag
    velocity, bounded by the effort limit. Viscous friction adds to the drive's damping. PhysX has
    no friction torque at joints, only a coefficient: ``joint_friction_scale`` does nothing here.

    PhysX tells contacts only after a step: ``reset`` makes one and puts every joint back, so that
    ``collision`` is known of the new poses. Tool poses and velocities are kinematics, exact.

    Args:
      arm: which arm, without a gripper.
      num_envs: number of environments, >= 1.
      control_dt: time that one ``step`` simulates [s].
      physics_dt: simulation step [s]; divides ``control_dt``.
      scene: what stands on the table: nothing.

    Raises:
      SimCfgError: a count or time step that cannot be used.
      SceneError: a gripper.
    """

    name = "isaacgym"

    def __init__(
        self,
        arm: Arm,
        num_envs: int,
        control_dt: float,
        physics_dt: float,
        scene: Scene = EMPTY,
    ) -> None:
        if arm.gripper is not None or scene.has_object:
            raise SceneError("isaacgym simulates no gripper and no object; take backend mujoco")
        super().__init__(arm, num_envs, control_dt, physics_dt, scene)
        self._physics_dt = physics_dt
        self._scene = build_scene(arm, num_envs, physics_dt)
        self._gym, self._sim = self._scene.gym, self._scene.sim
        self._physics = ArmPhysics(arm, self._scene)
        self._gym.prepare_sim(self._sim)
        self._bind(arm)
        everyone = torch.arange(num_envs, device=self.device)
        self.reset(everyone, self._home.expand(num_envs, -1))

    def _bind(self, arm: Arm) -> None:
        gym, sim, count, n = self._gym, self._sim, self.num_envs, arm.num_joints
        self._state = gymtorch.wrap_tensor(gym.acquire_dof_state_tensor(sim)).view(count, n, 2)
        self._forces = gymtorch.wrap_tensor(gym.acquire_net_contact_force_tensor(sim)).view(
            count, self._scene.num_bodies, 3
        )
        self.device = self._state.device
        self._allocate()
        self.joint_position, self.joint_velocity = self._state[..., 0], self._state[..., 1]
        limits = arm.limits
        self._lower, self._upper, self._home = (
            torch.tensor(np.array(value), dtype=torch.float32, device=self.device)
            for value in (limits.position_lower, limits.position_upper, arm.home)
        )
        self._set_point = torch.zeros(count, n, device=self.device)
        self._zero_velocity = torch.zeros(count, n, device=self.device)
        self._weight, self._moment = (
            torch.zeros(count, self._scene.num_bodies, 3, device=self.device) for _ in range(2)
        )
        self._payload_weight = torch.zeros(count, 3, device=self.device)
        self._actors = torch.tensor(self._scene.arm_indices, dtype=torch.int32, device=self.device)
        self._links = torch.tensor(self._scene.links, device=self.device)
        self._moved = torch.zeros(count, dtype=torch.bool, device=self.device)
        self._kinematics = TorchKinematics(arm.chain, self.device)
        self._lever = torch.tensor(
            self._physics.center_to_tool, dtype=torch.float32, device=self.device
        )

    def step(
        self, joint_velocity_command: Tensor, gripper_command: Optional[Tensor] = None
    ) -> None:
        """Hold the command for ``control_dt`` seconds; see ``BatchSim.step``."""
        change = joint_velocity_command * self._physics_dt
        for _ in range(self._substeps):
            self._simulate()
            self._set_point += change
            torch.maximum(self._set_point, self._lower, out=self._set_point)
            torch.minimum(self._set_point, self._upper, out=self._set_point)
        self._place_tools()
        self.collision.copy_(self._touched())

    def reset(
        self,
        env_ids: Tensor,
        joint_position: Tensor,
        gripper_opening: Optional[Tensor] = None,
        object_pose: Optional[Tensor] = None,
    ) -> None:
        """Put environments at rest at given joint positions; see ``BatchSim.reset``."""
        if not len(env_ids):
            return
        self._state[env_ids, :, 0] = joint_position
        self._state[env_ids, :, 1] = 0.0
        self._set_point[env_ids] = joint_position
        self._moved[env_ids] = True
        before = self._state.clone()
        self._simulate()
        self.collision[env_ids] = self._touched()[env_ids]
        self._state.copy_(before)
        self._moved[:] = True
        self._place_tools()

    def randomize(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments the physics in ``sample``; see ``BatchSim.randomize``.

        Masses and inertias change where PhysX keeps them; centres of mass cannot, so that what a
        payload shifts acts as a moment.
        """
        if not len(env_ids):
            return
        unknown = self._physics.apply(env_ids.tolist(), sample)
        links = torch.tensor(unknown.links, dtype=torch.float32, device=self.device)
        payload = torch.tensor(unknown.payload, dtype=torch.float32, device=self.device)
        self._payload_weight[env_ids, 2] = payload
        links[:, -1] += payload
        self._weight[env_ids[:, None], self._links, 2] = links

    def _simulate(self) -> None:
        """One simulation step of the present state, set points and weights.

        Each setter is called once at most, and what it is given lives until the step is made.
        """
        gym, sim = self._gym, self._sim
        moved = self._actors[self._moved].contiguous()
        if len(moved):
            gym.set_dof_state_tensor_indexed(sim, _unwrap(self._state), _unwrap(moved), len(moved))
            self._moved[:] = False
        gym.set_dof_position_target_tensor(sim, _unwrap(self._set_point))
        gym.set_dof_velocity_target_tensor(sim, _unwrap(self._zero_velocity))
        gym.apply_rigid_body_force_tensors(
            sim, _unwrap(self._weight), _unwrap(self._moment), gymapi.ENV_SPACE
        )
        gym.simulate(sim)
        gym.refresh_dof_state_tensor(sim)
        gym.refresh_net_contact_force_tensor(sim)

    def _touched(self) -> Tensor:
        """(num_envs,) bool: a moving link felt a force in the last simulation step."""
        force = self._forces[:, self._links].norm(dim=2)
        return (force > CONTACT_FORCE).any(dim=1)

    def _place_tools(self) -> None:
        pose, velocity = self._kinematics(self.joint_position, self.joint_velocity)
        self.tool_pose.copy_(pose)
        self.tool_velocity.copy_(velocity)
        # the payload's weight acts at the tool, not where the last link has its centre of mass
        lever = rotated(pose[:, 3:], self._lever.expand(self.num_envs, 3))
        self._moment[:, self._scene.links[-1]] = torch.cross(lever, self._payload_weight, dim=1)


def _unwrap(tensor: Tensor) -> Any:
    return gymtorch.unwrap_tensor(tensor)
