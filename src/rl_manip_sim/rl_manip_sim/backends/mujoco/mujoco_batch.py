"""The CPU backend: many MuJoCo simulations on a thread pool."""

from __future__ import annotations

import warnings
from typing import Any, Dict, Union

import mujoco
import mujoco.batch
import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.backends.backend_base import EVERYONE, BackendBase, Given
from rl_manip_sim.backends.mujoco.gripper_and_object import GripperAndObject, MujocoState
from rl_manip_sim.backends.mujoco.mujoco_hole import PegAndHole
from rl_manip_sim.backends.mujoco.mujoco_model import ARM_FIELDS, ArmFields, MujocoModel
from rl_manip_sim.backends.mujoco.mujoco_objects import ObjectInOneGeom, SupportOfSize
from rl_manip_sim.batch_sim import PhysicsSample
from rl_manip_sim.models.arm_model import TOOL_QUATERNION, TOOL_VELOCITY
from rl_manip_sim.models.scene import EMPTY, Scene
from rl_manip_sim.signals.stateful import StateError


class MujocoBatchSim(BackendBase):
    """``BatchSim`` on ``mujoco.batch.Batch``.

    Args:
      arm, num_envs, control_dt, physics_dt, scene: see ``BackendBase``.
      num_threads: threads that step the simulations; 0 for one per core.

    Raises:
      SimCfgError: a count or time step that cannot be used.
      SceneError: an object, and no gripper.
    """

    name, device = "mujoco", torch.device("cpu")
    simulates_holes = simulates_supports = True

    def __init__(
        self,
        arm: Arm,
        num_envs: int,
        control_dt: float,
        physics_dt: float,
        num_threads: int = 0,
        scene: Scene = EMPTY,
    ) -> None:
        super().__init__(arm, num_envs, control_dt, physics_dt, scene)
        self._model = MujocoModel(arm, physics_dt, scene)
        nominal = self._model.nominal
        # MuJoCo would quietly begin anew where a state is not finite; who steps it has to know
        nominal.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
        self._batch = mujoco.batch.Batch(nominal, num_envs, num_threads, persistent=True)
        self._bind(arm.num_joints)
        self._allocate()
        names = {*ARM_FIELDS, *(ObjectInOneGeom.FIELDS if self.has_object else ())}
        names |= {*(PegAndHole.FIELDS if self.has_hole else ())}
        self._fields = {name: _shared(self._batch.expand(name)) for name in sorted(names)}
        self._physics = ArmFields(self._model, self._fields)
        self._object = ObjectInOneGeom(self._model, self._fields) if self.has_object else None
        self._support = SupportOfSize(self._model, self._fields) if self.has_support else None
        # without a gripper every contact there can be is a collision, known before any force is
        self._contact_stage = int(mujoco.mjtStage.mjSTAGE_VEL)
        if self.has_gripper:
            self._hand = GripperAndObject(self, self._model, self._state())
        if self.has_hole:
            bound = (_shared(self._batch.bind(name)) for name in PegAndHole.STATE)
            self._hole = PegAndHole(self, self._model, self._fields, *bound)
        if self.has_gripper or self.has_hole:
            self._contact_stage = int(mujoco.mjtStage.mjSTAGE_ACC)
        self._batch.reset()
        self._read()

    def _bind(self, n: int) -> None:
        bind, model = self._batch.bind, self._model
        self._position, self._velocity = bind("qpos")[:, :n], bind("qvel")[:, :n]
        self._all_velocity, self._warmstart = bind("qvel"), bind("qacc_warmstart")
        self._activation, self._control = bind("act"), bind("ctrl")[:, :n]
        self._contacts = bind("ncon")
        self._tool_position = bind("site_xpos")[:, model.tool_site]
        sensors = bind("sensordata")
        self._tool_velocity = sensors[:, model.sensor(TOOL_VELOCITY)]
        self._tool_quaternion = sensors[:, model.sensor(TOOL_QUATERNION)]

    def _state(self) -> MujocoState:
        names = ("qpos", "qvel", "ctrl", "sensordata", "sensordata")
        return MujocoState(*(_shared(self._batch.bind(name)) for name in names))

    def _allocate(self) -> None:
        """The protocol's float32 tensors, and numpy's view of each to write through."""
        super()._allocate()
        self.joint_position = torch.zeros(self.num_envs, self.num_links)
        self.joint_velocity = torch.zeros(self.num_envs, self.num_links)
        pose = self.tool_pose.numpy()
        self._views = (
            (self.joint_position.numpy(), self._position),
            (self.joint_velocity.numpy(), self._velocity),
            (pose[:, :3], self._tool_position),
            (pose[:, 3:6], self._tool_quaternion[:, 1:]),  # wxyz to xyzw
            (pose[:, 6], self._tool_quaternion[:, 0]),
            (self.tool_velocity.numpy(), self._tool_velocity),
        )

    def _read(self, ids: Union[slice, np.ndarray] = EVERYONE) -> None:
        """Copy the state of simulations into the protocol's tensors."""
        for view, source in self._views:
            view[ids] = source[ids]
        rows = ids if isinstance(ids, slice) else torch.from_numpy(ids)
        if self.has_gripper:
            self._hand.read(rows)
        elif self.has_hole:
            self._hole.read(rows)
        else:
            self.collision.numpy()[ids] = self._contacts.reshape(-1)[ids]

    def _step(self, velocity: Tensor, opening: Given) -> None:
        if opening is not None:
            self._hand.command(opening)
        self._control[:] = velocity.numpy()
        self._batch.step(nstep=self._substeps, stage=int(mujoco.mjtStage.mjSTAGE_VEL))
        self._read()

    def _reset(self, env_ids: Tensor, joints: Tensor, opening: Given, pose: Given) -> None:
        ids = env_ids.numpy()
        self._position[ids] = joints.numpy()
        self._all_velocity[ids] = 0.0
        self._warmstart[ids] = 0.0
        self._activation[ids] = self._position[ids]
        self._control[ids] = 0.0
        if self.has_gripper:
            self._hand.reset(env_ids, opening, pose)
        self._batch.forward(ids=_sorted(ids), stage=self._contact_stage)
        self._read(ids)

    def _place_holes(self, env_ids: Tensor, hole_pose: Tensor) -> None:
        self._hole.place(env_ids, hole_pose)

    def _place_supports(self, env_ids: Tensor, support_pose: Tensor) -> None:
        self._hand.place_support(env_ids, support_pose)

    def _randomize(self, env_ids: Tensor, sample: PhysicsSample) -> PhysicsSample:
        self._physics.write(env_ids, sample)
        if self._object is not None and sample.object_shape is not None:
            self._object.write(env_ids, sample)
        if self._support is not None and sample.support_mass is not None:
            self._support.write(env_ids, sample)
        if self.has_hole and sample.hole_shape is not None:
            self._hole.write(env_ids, sample)
        self._batch.set_const(_sorted(env_ids.numpy()))
        return sample

    def state_dict(self) -> Dict[str, Any]:
        """Everything that the next steps follow from; see ``BatchSim.state_dict``."""
        return {
            "state": torch.from_numpy(self._batch.state.copy()),
            "model": {name: values.clone() for name, values in self._fields.items()},
            "read": {name: value.clone() for name, value in self._tensors().items()},
        }

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Go on from ``state``, bit for bit; see ``BatchSim.load_state_dict``."""
        rows, model, read = state["state"], state["model"], state["read"]
        if rows.shape != self._batch.state.shape or set(model) != set(self._fields):
            raise StateError(
                f"the simulation has a state of {self._batch.state.shape}, in the checkpoint it is "
                f"{tuple(rows.shape)}"
            )
        for name, values in self._fields.items():
            values.copy_(model[name])
        self._batch.set_const()
        self._batch.state[...] = rows.numpy()
        self._batch.forward(stage=int(mujoco.mjtStage.mjSTAGE_VEL))
        # of the last simulation step, not to be had from the state: contacts' sensors
        for name, value in self._tensors().items():
            value.copy_(read[name])

    def _tensors(self) -> Dict[str, Tensor]:
        """The protocol's tensors, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}


def _shared(array: np.ndarray) -> Tensor:
    """A tensor in the same memory, also where that is only to be read."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return torch.from_numpy(array)


def _sorted(ids: np.ndarray) -> np.ndarray:
    """``ids`` as ``mujoco.batch`` takes them."""
    return np.sort(ids).astype(np.int32)
