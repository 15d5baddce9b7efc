"""Gripper, object and support of both MuJoCo backends: what is read, commanded and reset."""

from __future__ import annotations

from typing import NamedTuple, Optional, Union

from torch import Tensor

from rl_manip_sim.backends.backend_base import BackendBase
from rl_manip_sim.backends.mujoco.mujoco_model import MujocoModel
from rl_manip_sim.models.gripper_model import (
    FINGERS,
    GRIP_FORCES,
    GRIPPER,
    OBJECT,
    OBJECT_TURNING,
    SELF_CONTACT,
    TABLE_CONTACT,
)
from rl_manip_sim.models.support_model import SUPPORT

Ids = Union[slice, Tensor]


class MujocoState(NamedTuple):
    """State of N simulations in the simulator's own memory."""

    position: Tensor  # (N, nq)
    velocity: Tensor  # (N, nv)
    control: Tensor  # (N, nu)
    sensors: Tensor  # (N, nsensordata) of the present positions and velocities
    contact_sensors: Tensor  # (N, nsensordata) of the forces in the last simulation step


class GripperAndObject:
    """What a gripper and an object add to a MuJoCo backend; see ``BatchSim`` for the tensors.

    Args:
      sim: whose tensors it fills.
      model: nominal model, of ``add_gripper``.
      state: of the simulations; their velocities and warm starts are the backend's to reset.
    """

    def __init__(self, sim: BackendBase, model: MujocoModel, state: MujocoState) -> None:
        self._sim, nominal = sim, model.nominal
        self._has_object = sim.has_object
        self._control = state.control[:, nominal.actuator(GRIPPER).id]
        first = int(nominal.joint(FINGERS[0]).qposadr[0])
        self._fingers = state.position[:, first : first + 2]
        self._fully_open = 2.0 * float(nominal.joint(FINGERS[0]).range[1])
        self._contacts = [
            state.contact_sensors[:, model.sensor(name).start]
            for name in (TABLE_CONTACT, SELF_CONTACT)
        ]
        if self._has_object:
            joint = nominal.joint(OBJECT)
            start, speed = int(joint.qposadr[0]), int(joint.dofadr[0])
            self._pose = state.position[:, start : start + 7]
            self._speed = state.velocity[:, speed : speed + 3]
            self._turning = state.sensors[:, model.sensor(OBJECT_TURNING)]
            self._forces = [state.contact_sensors[:, model.sensor(name)] for name in GRIP_FORCES]
        if sim.has_support:
            start = int(nominal.joint(SUPPORT).qposadr[0])
            self._support = state.position[:, start : start + 7]

    def read(self, ids: Ids) -> None:
        """Copy the state of simulations into the backend's tensors."""
        sim = self._sim
        sim.gripper_opening[ids] = self._fingers[ids].sum(dim=1).float()
        table, itself = (contacts[ids] for contacts in self._contacts)
        sim.collision[ids] = (table > 0.0) | (itself > 0.0)
        if not self._has_object:
            return
        _read_pose(self._pose, sim.object_pose, ids)
        if sim.has_support:
            _read_pose(self._support, sim.support_pose, ids)
        sim.object_velocity[ids, :3] = self._speed[ids].float()
        sim.object_velocity[ids, 3:] = self._turning[ids].float()
        left, right = (force[ids].norm(dim=1).float() for force in self._forces)
        sim.grip_force[ids] = left.minimum(right)

    def command(self, opening: Tensor) -> None:
        """Ask for openings (num_envs,) [m]."""
        self._control.copy_(opening)

    def reset(self, ids: Tensor, opening: Optional[Tensor], object_pose: Optional[Tensor]) -> None:
        """Put gripper and object where they are wanted; see ``BatchSim.reset``."""
        number = self._control.dtype
        if opening is None:
            opening = self._control.new_full((len(ids),), self._fully_open)
        self._control[ids] = opening.to(number)
        self._fingers[ids] = (opening.to(number) / 2.0)[:, None].expand(-1, 2)
        if object_pose is not None:
            _write_pose(self._pose, ids, object_pose)

    def place_support(self, ids: Tensor, support_pose: Tensor) -> None:
        """Put supports where they are wanted; see ``BatchSim.reset``."""
        _write_pose(self._support, ids, support_pose)


def _read_pose(position: Tensor, told: Tensor, ids: Ids) -> None:
    """Copy a free joint's position, with a quaternion wxyz, into poses (N, 7), xyzw."""
    pose = position[ids].float()
    told[ids, :3] = pose[:, :3]
    told[ids, 3:6] = pose[:, 4:]
    told[ids, 6] = pose[:, 3]


def _write_pose(position: Tensor, ids: Tensor, wanted: Tensor) -> None:
    """The other way round, for wanted poses (k, 7)."""
    pose = wanted.to(position.dtype)
    position[ids, :3] = pose[:, :3]
    position[ids, 3] = pose[:, 6]
    position[ids, 4:] = pose[:, 3:6]
