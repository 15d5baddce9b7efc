"""The CPU backend: many MuJoCo simulations on a thread pool."""

from __future__ import annotations

from typing import Any, Dict, Optional, Union

import mujoco
import mujoco.batch
import numpy as np
import torch
from torch import Tensor

from rl_manip_description import Arm
from rl_manip_sim.arm_model import (
    PAYLOAD_BODY,
    TOOL_QUATERNION,
    TOOL_SITE,
    TOOL_VELOCITY,
    build_arm_spec,
)
from rl_manip_sim.backends.mujoco_handling import MujocoHandling
from rl_manip_sim.batch_sim import PhysicsSample, whole_substeps
from rl_manip_sim.gripper_model import OBJECT
from rl_manip_sim.joint_dynamics import PAYLOAD_RADIUS
from rl_manip_sim.scene import EMPTY, Scene
from rl_manip_sim.stateful import StateError

EVERYONE = slice(None)
RANDOMIZED = (
    "body_mass",
    "body_inertia",
    "body_gravcomp",
    "dof_frictionloss",
    "dof_damping",
    "dof_armature",
    "geom_friction",
    "actuator_biasprm",
)
"""Fields of the model that each simulation has its own of."""


class MujocoBatchSim:
    """``BatchSim`` on ``mujoco.batch.Batch``.

    Args:
      arm: which arm.
      num_envs: number of environments, >= 1.
      control_dt: time that one ``step`` simulates [s].
      physics_dt: simulation step [s]; divides ``control_dt``.
      num_threads: threads that step the simulations; 0 for one per core.
      scene: what stands on the table.

    Raises:
      SimCfgError: a count or time step that cannot be used.
      SceneError: an object, and no gripper.
    """

    device = torch.device("cpu")

    def __init__(
        self,
        arm: Arm,
        num_envs: int,
        control_dt: float,
        physics_dt: float,
        num_threads: int = 0,
        scene: Scene = EMPTY,
    ) -> None:
        self._substeps = whole_substeps(num_envs, control_dt, physics_dt)
        self.num_envs, self.control_dt = num_envs, control_dt
        self._model = build_arm_spec(arm, physics_dt, visual=False, scene=scene).compile()
        # MuJoCo would quietly begin anew where a state is not finite; who steps it has to know
        self._model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_AUTORESET)
        self._batch = mujoco.batch.Batch(self._model, num_envs, num_threads, persistent=True)
        # the arm's come first, in order; fingers and object follow
        n = arm.num_joints
        self._links = self._model.jnt_bodyid[:n]
        self._arm_geoms = [
            i for i in range(self._model.ngeom) if self._model.geom(i).name != OBJECT
        ]
        self.num_links = len(self._links)
        self._payload = self._model.body(PAYLOAD_BODY).id
        self._bind(n)
        self._allocate(n)
        self._expand(n)
        self._handling: Optional[MujocoHandling] = None
        # without a gripper every contact there can be is a collision, known before any force is
        self._contact_stage = int(mujoco.mjtStage.mjSTAGE_VEL)
        if arm.gripper is not None:
            self._handling = MujocoHandling(self._model, self._batch, scene)
            self._contact_stage = int(mujoco.mjtStage.mjSTAGE_ACC)
            self._randomized.update(self._handling.randomized)
            self.collision = self._handling.collision
            for name, tensor in self._handling.tensors().items():
                setattr(self, name, tensor)
        self._batch.reset()
        self._read()

    def _bind(self, n: int) -> None:
        bind = self._batch.bind
        self._position, self._velocity = bind("qpos")[:, :n], bind("qvel")[:, :n]
        self._all_velocity, self._warmstart = bind("qvel"), bind("qacc_warmstart")
        self._activation, self._control = bind("act"), bind("ctrl")[:, :n]
        self._contacts = bind("ncon")
        self._tool_position = bind("site_xpos")[:, self._model.site(TOOL_SITE).id]
        sensors, adr = bind("sensordata"), self._model.sensor_adr
        velocity = adr[self._model.sensor(TOOL_VELOCITY).id]
        quaternion = adr[self._model.sensor(TOOL_QUATERNION).id]
        self._tool_velocity = sensors[:, velocity : velocity + 3]
        self._tool_quaternion = sensors[:, quaternion : quaternion + 4]

    def _expand(self, n: int) -> None:
        expand = self._batch.expand
        self._mass, self._inertia = expand("body_mass"), expand("body_inertia")
        self._gravity_compensation = expand("body_gravcomp")
        self._friction_loss = expand("dof_frictionloss")[:, :n]
        self._damping = expand("dof_damping")[:, :n]
        self._armature = expand("dof_armature")[:, :n]
        self._contact_friction = expand("geom_friction")
        self._servo_bias = expand("actuator_biasprm")[:, :n]
        self._randomized = {name: expand(name) for name in RANDOMIZED}

    def _allocate(self, n: int) -> None:
        """The protocol's float32 tensors, and numpy's view of each to write through."""
        self.joint_position = torch.zeros(self.num_envs, n)
        self.joint_velocity = torch.zeros(self.num_envs, n)
        self.tool_pose = torch.zeros(self.num_envs, 7)
        self.tool_velocity = torch.zeros(self.num_envs, 3)
        self.collision = torch.zeros(self.num_envs, dtype=torch.bool)
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
        if self._handling is None:
            self.collision.numpy()[ids] = self._contacts.reshape(-1)[ids]
        else:
            self._handling.read(ids)

    def step(
        self, joint_velocity_command: Tensor, gripper_command: Optional[Tensor] = None
    ) -> None:
        """Hold the commands for ``control_dt`` seconds; see ``BatchSim.step``.

        Contacts and grip force are those of the last simulation step.
        """
        if gripper_command is not None and self._handling is not None:
            self._handling.command(gripper_command)
        self._control[:] = joint_velocity_command.numpy()
        self._batch.step(nstep=self._substeps, stage=int(mujoco.mjtStage.mjSTAGE_VEL))
        self._read()

    def reset(
        self,
        env_ids: Tensor,
        joint_position: Tensor,
        gripper_opening: Optional[Tensor] = None,
        object_pose: Optional[Tensor] = None,
    ) -> None:
        """Put environments at rest; see ``BatchSim.reset``."""
        ids = env_ids.numpy()
        if not len(ids):
            return
        self._position[ids] = joint_position.numpy()
        self._all_velocity[ids] = 0.0
        self._warmstart[ids] = 0.0
        self._activation[ids] = self._position[ids]
        self._control[ids] = 0.0
        if self._handling is not None:
            self._handling.reset(ids, gripper_opening, object_pose)
        self._batch.forward(ids=_sorted(ids), stage=self._contact_stage)
        self._read(ids)

    def randomize(self, env_ids: Tensor, sample: PhysicsSample) -> None:
        """Give environments the physics in ``sample``; see ``BatchSim.randomize``."""
        ids, model, n = env_ids.numpy(), self._model, self.joint_position.shape[1]
        if not len(ids):
            return
        links = np.ix_(ids, self._links)
        mass_scale = sample.link_mass_scale.numpy().astype(np.float64)
        self._mass[links] = model.body_mass[self._links] * mass_scale
        self._inertia[links] = model.body_inertia[self._links] * mass_scale[:, :, None]
        # the controller compensates the weight that it believes in: the nominal one
        self._gravity_compensation[links] = model.body_gravcomp[self._links] / mass_scale
        payload = sample.payload.numpy()
        self._mass[ids, self._payload] = payload
        # of a ball: 2/5 m r^2
        self._inertia[ids, self._payload] = 0.4 * PAYLOAD_RADIUS**2 * payload[:, None]
        self._friction_loss[ids] = model.dof_frictionloss[:n] * sample.joint_friction_scale.numpy()
        self._damping[ids] = model.dof_damping[:n] * sample.joint_damping_scale.numpy()
        self._armature[ids] = model.dof_armature[:n] * sample.joint_armature_scale.numpy()
        others = np.ix_(ids, self._arm_geoms, [0])
        self._contact_friction[others] = sample.contact_friction.numpy()[:, None, None]
        self._servo_bias[ids, :, 2] = model.actuator_biasprm[:n, 1] * sample.servo_lag.numpy()
        if self._handling is not None:
            self._handling.randomize(ids, sample)
        self._batch.set_const(_sorted(ids))

    def state_dict(self) -> Dict[str, Any]:
        """Everything that the next steps follow from; see ``BatchSim.state_dict``."""
        return {
            "state": torch.from_numpy(self._batch.state.copy()),
            "model": {name: _copied(values) for name, values in self._randomized.items()},
            "read": {name: value.clone() for name, value in self._tensors().items()},
        }

    def load_state_dict(self, state: Dict[str, Any]) -> None:
        """Go on from ``state``, bit for bit; see ``BatchSim.load_state_dict``."""
        rows, model, read = state["state"], state["model"], state["read"]
        if rows.shape != self._batch.state.shape or set(model) != set(self._randomized):
            raise StateError(
                f"the simulation has a state of {self._batch.state.shape}, in the checkpoint it is "
                f"{tuple(rows.shape)}"
            )
        for name, values in self._randomized.items():
            values[...] = model[name].numpy()
        self._batch.set_const()
        self._batch.state[...] = rows.numpy()
        self._batch.forward(stage=int(mujoco.mjtStage.mjSTAGE_VEL))
        # of the last simulation step, not to be had from the state: contacts' sensors
        for name, value in self._tensors().items():
            value.copy_(read[name])

    def _tensors(self) -> Dict[str, Tensor]:
        """The protocol's tensors, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}


def _copied(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values).copy())


def _sorted(ids: np.ndarray) -> np.ndarray:
    """``ids`` as ``mujoco.batch`` takes them."""
    return np.sort(ids).astype(np.int32)
