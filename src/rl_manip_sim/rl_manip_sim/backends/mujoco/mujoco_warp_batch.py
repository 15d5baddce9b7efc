"""The GPU backend: many MuJoCo simulations as Warp kernels, their state shared with torch."""

from __future__ import annotations

from typing import Dict

import mujoco
import mujoco_warp as mjw
import torch
import warp as wp
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.backends.backend_base import EVERYONE, BackendBase, Given
from rl_manip_sim.backends.mujoco.gripper_and_object import GripperAndObject, MujocoState
from rl_manip_sim.backends.mujoco.mujoco_model import ARM_FIELDS, ArmFields, MujocoModel
from rl_manip_sim.backends.mujoco.mujoco_objects import ObjectInGeoms, SupportOfSize
from rl_manip_sim.backends.mujoco.warp_runtime import Replayed, start_warp
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.arm_model import TOOL_QUATERNION, TOOL_VELOCITY
from rl_manip_sim.models.scene import EMPTY, Scene

CONTACTS_PER_ENV = 32
"""Contacts that memory is kept for, on average over the environments."""
PYRAMID_ROWS, BALL_ROWS = 4, 6
"""Most constraints of a contact: without a gripper, and with one and a ball that rolls."""
DERIVED_FIELDS = (
    "body_subtreemass",
    "body_invweight0",
    "dof_invweight0",
    "tendon_invweight0",
    "actuator_acc0",
    "geom_aabb",
    "geom_rbound",
)
"""Model fields that follow from those that are written."""
PHYSICS_EVERY = 8
"""Batches of resets, of which one is worth what follows from new physics: it is computed for every
environment, in more than half as many kernels as a control step."""
CONSTRAINTS_LOST = int(mjw.OverflowType.NEFC | mjw.OverflowType.NJMAX_NNZ)
CONTACTS_LOST = int(mjw.OverflowType.BROADPHASE | mjw.OverflowType.NARROWPHASE)


class MujocoWarpBatchSim(BackendBase):
    """``BatchSim`` on MuJoCo Warp; the simulator's arrays are the protocol's tensors.

    Args:
      arm, num_envs, control_dt, physics_dt, scene: see ``BackendBase``.
      device: "cuda", or "cpu" for Warp's CPU device, which is slow and there to be checked on.

    Raises:
      SimCfgError: a count or time step that cannot be used.
      SceneError: an object, and no gripper.
    """

    name, asynchronous, physics_every = "mujoco_warp", True, PHYSICS_EVERY
    simulates_supports = True

    def __init__(
        self,
        arm: Arm,
        num_envs: int,
        control_dt: float,
        physics_dt: float,
        scene: Scene = EMPTY,
        device: str = "cuda",
    ) -> None:
        super().__init__(arm, num_envs, control_dt, physics_dt, scene)
        self.device = torch.device(device)
        if self.device.type == "cuda":  # this process's card, as torch has been told
            self.device = torch.device("cuda", torch.cuda.current_device())
        start_warp(self.device)
        self._arm_model = MujocoModel(arm, physics_dt, scene, shapes_apart=True)
        with wp.ScopedDevice(str(self.device)):
            self._simulate()
        self._allocate()
        self._bind(scene)
        self._advance = Replayed(self._step_all, self.device)
        # with fingers, contacts are sensed where forces are
        forward = mjw.forward if self.has_gripper else mjw.step1
        self._forward = Replayed(lambda: forward(self._model, self._data), self.device)
        self._derive = Replayed(lambda: mjw.set_const(self._model, self._data), self.device)
        # once for all in the arithmetic of the device: later it changes only who is randomised
        self._derive()
        self.reset(torch.arange(num_envs, device=self.device), self._home.expand(num_envs, -1))

    def _simulate(self) -> None:
        """Models and states of every environment, on the device."""
        nominal = self._arm_model.nominal
        self._written = (*ARM_FIELDS, *(ObjectInGeoms.FIELDS if self.has_object else ()))
        sizes = dict.fromkeys((*self._written, *DERIVED_FIELDS), self.num_envs)
        self._model = mjw.put_model(nominal, batch_sizes=sizes)
        self._model.opt.warn_overflow = 0  # ``trouble`` tells, once and not from every environment
        data = mujoco.MjData(nominal)
        mujoco.mj_forward(nominal, data)
        rows = BALL_ROWS if self.has_gripper else PYRAMID_ROWS
        self._data = mjw.put_data(
            nominal,
            data,
            nworld=self.num_envs,
            nconmax=CONTACTS_PER_ENV,
            njmax=2 * nominal.nv + rows * CONTACTS_PER_ENV,
        )

    def _bind(self, scene: Scene) -> None:
        """Tensors that share the simulator's memory, and what fills the others after a step."""
        model, data, n = self._arm_model, self._data, self.num_links
        self._contact_sensors = wp.zeros_like(data.sensordata)
        arrays = (data.qpos, data.qvel, data.ctrl, data.sensordata, self._contact_sensors)
        state = MujocoState(*map(wp.to_torch, arrays))
        self._sensed, self._sensed_contacts = state.sensors, state.contact_sensors
        self._velocity, self._control = state.velocity, state.control[:, :n]
        self._activation = wp.to_torch(data.act)
        self._warmstart = wp.to_torch(data.qacc_warmstart)
        self.joint_position, self.joint_velocity = state.position[:, :n], state.velocity[:, :n]
        self._tool_position = wp.to_torch(data.site_xpos)[:, model.tool_site]
        self.tool_velocity = state.sensors[:, model.sensor(TOOL_VELOCITY)]
        self._tool_quaternion = state.sensors[:, model.sensor(TOOL_QUATERNION)]
        self._home = state.position.new_tensor(model.nominal.qpos0[:n])
        # one element more, for the places in the list of contacts that are free
        self._touching = torch.zeros(self.num_envs + 1, dtype=torch.bool, device=self.device)
        self._contact_count = wp.to_torch(data.nacon)
        self._contact_env = wp.to_torch(data.contact.worldid)
        self._contact_place = torch.arange(len(self._contact_env), device=self.device)
        self._overflow = wp.to_torch(data.overflow)

        fields: Dict[str, Tensor] = {
            name: wp.to_torch(getattr(self._model, name)) for name in self._written
        }
        self._physics = ArmFields(model, fields)
        if self.has_gripper:
            self._hand = GripperAndObject(self, model, state)
        self._object = ObjectInGeoms(model, fields, scene) if self.has_object else None
        self._support = SupportOfSize(model, fields) if self.has_support else None

    def _step_all(self) -> None:
        # positions and velocities of the present state stand already, so that each simulation step
        # is its second half and the first half of the next
        for _ in range(self._substeps):
            mjw.step2(self._model, self._data)
            wp.copy(self._contact_sensors, self._data.sensordata)  # step1 forgets those of forces
            mjw.step1(self._model, self._data)

    def _read(self) -> None:
        """Fill the tensors that are no views of the simulator's."""
        self.tool_pose[:, :3] = self._tool_position
        self.tool_pose[:, 3:6] = self._tool_quaternion[:, 1:]  # wxyz to xyzw
        self.tool_pose[:, 6] = self._tool_quaternion[:, 0]
        if self.has_gripper:
            self._hand.read(EVERYONE)
            return
        used = self._contact_place < self._contact_count
        self._touching.zero_()
        self._touching[torch.where(used, self._contact_env, self.num_envs).long()] = True
        self.collision.copy_(self._touching[:-1])

    def _step(self, velocity: Tensor, opening: Given) -> None:
        if opening is not None:
            self._hand.command(opening)
        self._control.copy_(velocity)
        self._advance()
        self._read()

    def _reset(self, env_ids: Tensor, joints: Tensor, opening: Given, pose: Given) -> None:
        self.joint_position[env_ids] = joints
        self._velocity[env_ids] = 0.0
        self._activation[env_ids] = joints
        self._control[env_ids] = 0.0
        self._warmstart[env_ids] = 0.0
        if self.has_gripper:
            self._hand.reset(env_ids, opening, pose)
        others_start = self._warmstart.clone()
        self._forward()
        self._warmstart.copy_(others_start)
        self._sensed_contacts[env_ids] = self._sensed[env_ids]
        self._read()

    def _place_supports(self, env_ids: Tensor, support_pose: Tensor) -> None:
        self._hand.place_support(env_ids, support_pose)

    def _randomize(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        self._physics.write(env_ids, sample)
        if self._object is not None and sample.object_shape is not None:
            self._object.write(env_ids, sample)
        if self._support is not None and sample.support_mass is not None:
            self._support.write(env_ids, sample)
        self._derive()
        return sample

    def trouble(self) -> str:
        """Environments that lacked contacts or constraints; see ``BatchSim.trouble``."""
        lost = [
            (what, int(((self._overflow & bits) != 0).sum()))
            for what, bits in (("contacts", CONTACTS_LOST), ("constraints", CONSTRAINTS_LOST))
        ]
        self._overflow.zero_()
        told = [f"all {what} in {count}" for what, count in lost if count]
        if not told:
            return ""
        return (
            f"mujoco_warp had no room for {' and for '.join(told)} of {self.num_envs} "
            "environments, which were simulated without the rest; raise CONTACTS_PER_ENV "
            f"({CONTACTS_PER_ENV}) in {__name__}"
        )
