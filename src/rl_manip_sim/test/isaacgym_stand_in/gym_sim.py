"""What the stand-in's simulation is made of, and the descriptors of tensors that it is handed."""

from __future__ import annotations

import weakref

import numpy as np
import torch
from gym_world import World
from isaacgym import gymapi
from isaacgym.gymapi import require

MATERIALS = 64_000
"""What PhysX has room for."""
SHELL = 0.001
"""Thickest shell of a shape that contacts are made of [m]."""


class Robot:
    """An arm that was loaded but not placed; the file may be gone when it is."""

    def __init__(self, text, options, timestep):
        require(options.fix_base_link, "the arm stands on the table")
        require(options.disable_gravity, "the stand-in compensates the weight of links")
        require(options.collapse_fixed_joints, "bodies are those that joints move")
        require(options.thickness <= SHELL, "what touches comes to rest a shell apart")
        require("<mimic" not in text, "mimic joints are DOFs that nothing moves")
        self.text, self.world = text, World(text, timestep)


class Solid:
    """An object that was made but not placed."""

    def __init__(self, kind, size, options):
        require(not options.fix_base_link, "objects move")
        require(not options.disable_gravity, "objects fall")
        require(options.linear_damping == 0.0, "the stand-in's objects fall freely")
        require(options.thickness <= SHELL, "what touches comes to rest a shell apart")
        require(min(size) > 0.0, "a solid has a size")
        self.kind, self.size = kind, size


class Environment:
    """An arm, and an object once it is created; a world from when anything is asked of it."""

    def __init__(self, sim):
        self.sim, self.actors, self._world = sim, [], None

    @property
    def world(self):
        if self._world is None:
            (robot, _), *objects = self.actors
            timestep = self.sim.params.dt / self.sim.params.substeps
            solid = place = None
            if objects:
                ((item, pose),) = objects
                solid = item.kind, item.size
                place = [pose.p.x, pose.p.y, pose.p.z, pose.r.w, pose.r.x, pose.r.y, pose.r.z]
            self._world = World(robot.text, timestep, solid, place)
        return self._world

    def add(self, asset, pose):
        """Place an actor; returns its handle."""
        require(self._world is None, "the stand-in places actors before it tells of any")
        expected = Solid if self.actors else Robot
        require(isinstance(asset, expected) and len(self.actors) < 2, "an arm, then an object")
        self.actors.append((asset, pose))
        return len(self.actors) - 1

    def places(self, actor):
        """Where an actor's bodies are among the environment's."""
        count = len(self.actors[0][0].world.names)
        return list(range(count)) if actor == 0 else [count]


class Sim:
    """What `create_sim` gives, and what `prepare_sim` adds to it."""

    alive = weakref.WeakSet()

    def __init__(self, device, params):
        require(not self.alive, "PhysX is set up once in a process: destroy_sim comes first")
        self.alive.add(self)
        self.device = device
        self.params, self.has_ground, self.prepared = params, False, False
        self.envs = []
        self.setters, self.kept = set(), {}
        self.steps, self.placed = 0, []

    @property
    def worlds(self):
        """Of every environment."""
        return [env.world for env in self.envs]

    def give_materials(self):
        """Count them: as many as there are different coefficients of friction."""
        different = {friction for world in self.worlds for friction in world.friction}
        require(len(different) <= MATERIALS, f"{len(different)} materials, room for {MATERIALS}")

    def set_up_only(self, what):
        """Properties that may be ignored once the simulation is prepared, or cost a call each."""
        require(not self.prepared, f"{what} are set before prepare_sim")

    def objects(self):
        """Worlds by the index that their object has in the whole simulation."""
        actors = len(self.envs[0].actors)
        return {actors * i + 1: env.world for i, env in enumerate(self.envs) if actors == 2}

    def indices(self, actors, count):
        """Indices of actors, from their descriptor."""
        found = self.take(actors, torch.int32, (count,)).tolist()
        require(len(set(found)) == count, "each actor once")
        return found

    def once(self, name):
        """Note that a setter was called; only the last call before a step would count."""
        require(self.prepared, f"prepare_sim comes before {name}")
        require(name not in self.setters, f"{name} is called once a step: only the last one counts")
        self.setters.add(name)

    def take(self, descriptor, dtype, shape):
        """The tensor behind a descriptor; it has to live until the step."""
        require(isinstance(descriptor, gymapi.Tensor), "setters take what unwrap_tensor gives")
        tensor = descriptor.torch_tensor
        require(tensor.dtype == dtype, f"the tensor is {tensor.dtype}, expected {dtype}")
        found = tuple(tensor.shape)
        require(tensor.numel() == np.prod(shape), f"the tensor is {found}, not {shape}")
        require(tensor.device == self.dof_state.device, f"the tensor is on {tensor.device}")
        self.kept[id(descriptor)] = descriptor
        return tensor.reshape(shape)

    def dof_values(self, descriptor):
        """A figure for each DOF of each environment, from their descriptor."""
        shape = len(self.envs), len(self.dof_state) // len(self.envs)
        return self.take(descriptor, torch.float32, shape).double().numpy()
