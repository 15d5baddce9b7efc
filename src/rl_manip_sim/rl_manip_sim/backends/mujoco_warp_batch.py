"""The GPU backend: many MuJoCo simulations as Warp kernels, their state shared with torch."""

from __future__ import annotations

from typing import Any, Dict, Optional

import mujoco
import mujoco_warp as mjw
import torch
import warp as wp
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.arm_model import (
    PAYLOAD_BODY,
    TOOL_QUATERNION,
    TOOL_SITE,
    TOOL_VELOCITY,
    build_arm_spec,
)
from rl_manip_sim.backends.warp_runtime import Replayed, start_warp
from rl_manip_sim.batch_sim import PhysicsSample, whole_substeps
from rl_manip_sim.joint_dynamics import PAYLOAD_RADIUS
from rl_manip_sim.scene import EMPTY, Scene, SceneError
from rl_manip_sim.stateful import StateError

NO_STATE = "mujoco_warp does not give its state"

CONTACTS_PER_ENV = 32
"""Contacts that memory is kept for, on average over the environments."""
ROWS_PER_CONTACT = 4
"""Constraints of a contact under the pyramidal friction cone."""
FIELDS = (
    "body_mass",
    "body_inertia",
    "body_gravcomp",
    "dof_frictionloss",
    "dof_damping",
    "dof_armature",
    "geom_friction",
    "actuator_biasprm",
)
"""Model fields that a physics sample sets, per environment."""
DERIVED_FIELDS = ("body_subtreemass", "body_invweight0", "dof_invweight0", "actuator_acc0")
"""Model fields that follow from those."""


class MujocoWarpBatchSim:
    """``BatchSim`` on MuJoCo Warp; the simulator's arrays are the protocol's tensors.

    Args:
      arm: which arm.
      num_envs: number of environments, >= 1.
      control_dt: time that one ``step`` simulates [s].
      physics_dt: simulation step [s]; divides ``control_dt``.
      scene: what stands on the table.
      device: "cuda", or "cpu" for Warp's CPU device, which is slow and there to be checked on.

    Raises:
      SimCfgError: a count or time step that cannot be used.
    """

    def __init__(
        self,
        arm: Arm,
        num_envs: int,
        control_dt: float,
        physics_dt: float,
        scene: Scene = EMPTY,
        device: str = "cuda",
    ) -> None:
        if arm.gripper is not None:
            raise SceneError("mujoco_warp simulates no gripper yet; take the backend mujoco")
        self._substeps = whole_substeps(num_envs, control_dt, physics_dt)
        self.num_envs, self.control_dt = num_envs, control_dt
        self.device = torch.device(device)
        start_warp(self.device)
        self._nominal = build_arm_spec(arm, physics_dt, visual=False).compile()
        with wp.ScopedDevice(device):
            self._simulate(num_envs)
        self._bind(arm.num_joints)
        self._step = Replayed(self._step_all, self.device)
        self._forward = Replayed(lambda: mjw.step1(self._model, self._data), self.device)
        self._derive = Replayed(lambda: mjw.set_const(self._model, self._data), self.device)
        # once for all in the arithmetic of the device: later it changes only who is randomised
        self._derive()
        self.reset(torch.arange(num_envs, device=self.device), self._home.expand(num_envs, -1))

    def _simulate(self, num_envs: int) -> None:
        """Models and states of every environment, on the device."""
        nominal = self._nominal
        sizes = dict.fromkeys((*FIELDS, *DERIVED_FIELDS), num_envs)
        self._model = mjw.put_model(nominal, batch_sizes=sizes)
        data = mujoco.MjData(nominal)
        mujoco.mj_forward(nominal, data)
        self._data = mjw.put_data(
            nominal,
            data,
            nworld=num_envs,
            nconmax=CONTACTS_PER_ENV,
            njmax=2 * nominal.nv + ROWS_PER_CONTACT * CONTACTS_PER_ENV,
        )

    def _bind(self, n: int) -> None:
        """Tensors that share the simulator's memory, and those that are filled after a step."""
        nominal, data = self._nominal, self._data
        self._position, self._velocity = wp.to_torch(data.qpos), wp.to_torch(data.qvel)
        self._activation, self._control = wp.to_torch(data.act), wp.to_torch(data.ctrl)
        self._warmstart = wp.to_torch(data.qacc_warmstart)
        self.joint_position, self.joint_velocity = self._position[:, :n], self._velocity[:, :n]
        self._tool_position = wp.to_torch(data.site_xpos)[:, nominal.site(TOOL_SITE).id]
        sensors = wp.to_torch(data.sensordata)
        velocity = nominal.sensor_adr[nominal.sensor(TOOL_VELOCITY).id]
        quaternion = nominal.sensor_adr[nominal.sensor(TOOL_QUATERNION).id]
        self.tool_velocity = sensors[:, velocity : velocity + 3]
        self._tool_quaternion = sensors[:, quaternion : quaternion + 4]
        self.tool_pose = torch.zeros(self.num_envs, 7, device=self.device)
        self.collision = torch.zeros(self.num_envs, dtype=torch.bool, device=self.device)
        # one element more, for the places in the list of contacts that are free
        self._touching = torch.zeros(self.num_envs + 1, dtype=torch.bool, device=self.device)
        self._contact_count = wp.to_torch(data.nacon)
        self._contact_env = wp.to_torch(data.contact.worldid)
        self._contact_place = torch.arange(len(self._contact_env), device=self.device)

        self._fields: Dict[str, Tensor] = {
            name: wp.to_torch(getattr(self._model, name)) for name in FIELDS
        }
        self._nominal_fields = {
            name: torch.tensor(getattr(nominal, name), dtype=torch.float32, device=self.device)
            for name in FIELDS
        }
        self._links = torch.tensor(nominal.jnt_bodyid[:n], device=self.device).long()
        self.num_links = n
        self._payload = nominal.body(PAYLOAD_BODY).id
        self._home = torch.tensor(nominal.qpos0[:n], dtype=torch.float32, device=self.device)

    def _step_all(self) -> None:
        # positions and velocities of the present state stand already, so that each simulation step
        # is its second half and the first half of the next
        for _ in range(self._substeps):
            mjw.step2(self._model, self._data)
            mjw.step1(self._model, self._data)

    def _read(self) -> None:
        """Fill the tensors that are no views of the simulator's."""
        self.tool_pose[:, :3] = self._tool_position
        self.tool_pose[:, 3:6] = self._tool_quaternion[:, 1:]  # wxyz to xyzw
        self.tool_pose[:, 6] = self._tool_quaternion[:, 0]
        used = self._contact_place < self._contact_count
        self._touching.zero_()
        self._touching[torch.where(used, self._contact_env, self.num_envs).long()] = True
        self.collision.copy_(self._touching[:-1])

    def step(
        self, joint_velocity_command: Tensor, gripper_command: Optional[Tensor] = None
    ) -> None:
        """Hold the command for ``control_dt`` seconds; see ``BatchSim.step``."""
        self._control.copy_(joint_velocity_command)
        self._step()
        self._read()

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
        self.joint_position[env_ids] = joint_position
        self._velocity[env_ids] = 0.0
        self._activation[env_ids] = joint_position
        self._control[env_ids] = 0.0
        self._warmstart[env_ids] = 0.0
        self._forward()
        self._read()

    def state_dict(self) -> Dict[str, Any]:
        """Raises StateError; see ``BatchSim.state_dict``."""
        raise StateError(NO_STATE)

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Raises StateError; see ``BatchSim.load_state_dict``."""
        raise StateError(NO_STATE)

    def randomize(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments the physics in ``sample``; see ``BatchSim.randomize``."""
        if not len(env_ids):
            return
        fields, nominal = self._fields, self._nominal_fields
        links = env_ids[:, None], self._links
        scale = sample.link_mass_scale
        fields["body_mass"][links] = nominal["body_mass"][self._links] * scale
        fields["body_inertia"][links] = nominal["body_inertia"][self._links] * scale[:, :, None]
        # the controller compensates the weight that it believes in: the nominal one
        fields["body_gravcomp"][links] = nominal["body_gravcomp"][self._links] / scale
        fields["body_mass"][env_ids, self._payload] = sample.payload
        # of a ball: 2/5 m r^2
        fields["body_inertia"][env_ids, self._payload] = (
            0.4 * PAYLOAD_RADIUS**2 * sample.payload[:, None]
        )
        for field, factor in (
            ("dof_frictionloss", sample.joint_friction_scale),
            ("dof_damping", sample.joint_damping_scale),
            ("dof_armature", sample.joint_armature_scale),
        ):
            fields[field][env_ids] = nominal[field] * factor
        fields["geom_friction"][env_ids, :, 0] = sample.contact_friction[:, None]
        fields["actuator_biasprm"][env_ids, :, 2] = (
            nominal["actuator_biasprm"][:, 1] * sample.servo_lag
        )
        self._derive()
