"""Gripper and object of the CPU backend."""

from __future__ import annotations

from typing import Dict, Optional, Union

import mujoco
import numpy as np
import torch
from torch import Tensor

from rl_manip_sim.batch_sim import PhysicsSample, SimCfgError
from rl_manip_sim.gripper_model import (
    FINGERS,
    GRIP_FORCES,
    GRIPPER,
    OBJECT,
    OBJECT_TURNING,
    SELF_CONTACT,
    TABLE_CONTACT,
)
from rl_manip_sim.scene import OBJECT_SHAPES, Scene

Ids = Union[slice, np.ndarray]

GEOM_TYPES = np.array(
    [getattr(mujoco.mjtGeom, f"mjGEOM_{shape.upper()}") for shape in OBJECT_SHAPES],
    dtype=np.int64,
)


class MujocoHandling:
    """What a gripper and an object add to ``MujocoBatchSim``; see ``BatchSim`` for the tensors.

    Args:
      model: nominal model, of ``add_gripper``.
      batch: simulations of it.
      scene: what stands on the table.
    """

    def __init__(self, model: mujoco.MjModel, batch: mujoco.batch.Batch, scene: Scene) -> None:
        self._model, self._batch, self._has_object = model, batch, scene.has_object
        num_envs = batch.nsim
        self._position, self._velocity = batch.bind("qpos"), batch.bind("qvel")
        self._control = batch.bind("ctrl")[:, model.actuator(GRIPPER).id]
        first = model.joint(FINGERS[0]).qposadr[0]
        self._fingers = self._position[:, first : first + 2]
        sensors = batch.bind("sensordata")

        def sensor(name: str) -> np.ndarray:
            start = model.sensor_adr[model.sensor(name).id]
            return sensors[:, start : start + model.sensor_dim[model.sensor(name).id]]

        self._contacts = [sensor(TABLE_CONTACT), sensor(SELF_CONTACT)]
        self.gripper_opening = torch.zeros(num_envs)
        self.grip_force = torch.zeros(num_envs)
        self.collision = torch.zeros(num_envs, dtype=torch.bool)
        self._expanded: Dict[str, np.ndarray] = {}
        if self._has_object:
            start, speed = model.joint(OBJECT).qposadr[0], model.joint(OBJECT).dofadr[0]
            self._pose = self._position[:, start : start + 7]
            self._speed = self._velocity[:, speed : speed + 6]
            self._turning = sensor(OBJECT_TURNING)
            self._forces = [sensor(name) for name in GRIP_FORCES]
            self.object_pose = torch.zeros(num_envs, 7)
            self.object_velocity = torch.zeros(num_envs, 6)
            self._geom, self._body = model.geom(OBJECT).id, model.body(OBJECT).id
            self._expanded = {
                name: batch.expand(name)
                for name in (
                    "geom_type",
                    "geom_condim",
                    "geom_size",
                    "geom_rbound",
                    "geom_aabb",
                    "geom_friction",
                    "body_mass",
                    "body_inertia",
                )
            }

    @property
    def randomized(self) -> Dict[str, np.ndarray]:
        """Fields of the model that each simulation has its own of."""
        return self._expanded

    def tensors(self) -> Dict[str, Tensor]:
        """The protocol's tensors that there are, by name."""
        names = ["gripper_opening", "grip_force"]
        names += ["object_pose", "object_velocity"] if self._has_object else []
        return {name: getattr(self, name) for name in names}

    def read(self, ids: Ids) -> None:
        """Copy the state of simulations into the tensors."""
        self.gripper_opening.numpy()[ids] = self._fingers[ids].sum(axis=-1)
        table, itself = (contacts[ids, 0] for contacts in self._contacts)
        self.collision.numpy()[ids] = (table > 0.0) | (itself > 0.0)
        if not self._has_object:
            return
        pose, velocity = self.object_pose.numpy(), self.object_velocity.numpy()
        pose[ids, :3] = self._pose[ids, :3]
        pose[ids, 3:6] = self._pose[ids, 4:]  # wxyz to xyzw
        pose[ids, 6] = self._pose[ids, 3]
        velocity[ids, :3] = self._speed[ids, :3]
        velocity[ids, 3:] = self._turning[ids]
        left, right = (np.square(force[ids]).sum(axis=-1) for force in self._forces)
        self.grip_force.numpy()[ids] = np.sqrt(np.minimum(left, right))

    def command(self, opening: Tensor) -> None:
        """Ask for openings (num_envs,) [m]."""
        self._control[:] = opening.numpy()

    def reset(
        self, ids: np.ndarray, opening: Optional[Tensor], object_pose: Optional[Tensor]
    ) -> None:
        """Put gripper and object at rest where they are wanted; see ``BatchSim.reset``."""
        fully_open = 2.0 * self._model.joint(FINGERS[0]).range[1]
        wanted = fully_open if opening is None else opening.numpy()
        self._control[ids] = wanted
        self._fingers[ids] = np.broadcast_to(wanted, len(ids))[:, None] / 2.0
        if object_pose is None:
            return
        if not self._has_object:
            raise SimCfgError("object_pose is given, expected none: the scene has no object")
        pose = object_pose.numpy()
        self._pose[ids, :3] = pose[:, :3]
        self._pose[ids, 3] = pose[:, 6]
        self._pose[ids, 4:] = pose[:, 3:6]

    def randomize(self, ids: np.ndarray, sample: PhysicsSample) -> None:
        """Give environments the object in ``sample``; set_const is the caller's."""
        if not self._has_object or sample.object_shape is None:
            return
        at, body = self._geom, self._body
        half = sample.object_size.numpy().astype(np.float64)
        mass = sample.object_mass.numpy().astype(np.float64)
        shape = sample.object_shape.numpy()
        fields = self._expanded
        fields["geom_type"][ids, at] = GEOM_TYPES[shape]
        cylinder, sphere = (shape == OBJECT_SHAPES.index(name) for name in ("cylinder", "sphere"))
        # only a ball needs friction against rolling, which costs time
        fields["geom_condim"][ids, at] = np.where(sphere, 6, 4)
        size = half.copy()
        size[cylinder, 1:] = np.stack((half[cylinder, 2], np.zeros(cylinder.sum())), axis=1)
        size[sphere, 1:] = 0.0
        fields["geom_size"][ids, at] = size
        radius = np.linalg.norm(half, axis=1)
        radius[cylinder] = np.hypot(half[cylinder, 0], half[cylinder, 2])
        radius[sphere] = half[sphere, 0]
        fields["geom_rbound"][ids, at] = radius
        fields["geom_aabb"][ids, at, 3:] = half
        fields["geom_friction"][ids, at, 0] = sample.object_friction.numpy()
        x, y, z = np.square(half).T
        solid = np.stack((y + z, x + z, x + y), axis=1) / 3.0
        solid[cylinder] = np.stack((x / 4 + z / 3, x / 4 + z / 3, x / 2), axis=1)[cylinder]
        solid[sphere] = 0.4 * x[sphere, None]
        fields["body_mass"][ids, body] = mass
        fields["body_inertia"][ids, body] = mass[:, None] * solid
