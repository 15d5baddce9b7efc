"""The stand-in's Gym: every call that the backend makes, each checked before it is done."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from gym_world import World
from isaacgym import gymapi
from isaacgym.gymapi import require


class Asset:
    """A robot that was loaded but not placed."""

    def __init__(self, path, options, timestep):
        require(options.fix_base_link, "the arm stands on the table")
        require(options.disable_gravity, "the stand-in compensates the weight of links")
        require(options.collapse_fixed_joints, "bodies are those that joints move")
        self.path, self.world = path, World(path, timestep)


class Sim:
    """What `create_sim` gives, and what `prepare_sim` adds to it."""

    def __init__(self, params):
        self.params, self.has_ground, self.prepared = params, False, False
        self.worlds, self.assets = [], []
        self.setters, self.stale, self.kept = set(), {"dof", "contact"}, {}


class Gym:
    """See `isaacgym.gymapi`."""

    def create_sim(self, compute_device, graphics_device, kind, params):
        require(kind == gymapi.SIM_PHYSX, "the tensor API needs PhysX")
        require(graphics_device == -1, "headless: no graphics device")
        require(params.use_gpu_pipeline and params.physx.use_gpu, "the GPU pipeline")
        require(params.up_axis == gymapi.UP_AXIS_Z and params.gravity.z < 0.0, "z is up")
        return Sim(params)

    def add_ground(self, sim, params):
        require((params.normal.x, params.normal.y, params.normal.z) == (0.0, 0.0, 1.0), "z is up")
        require(params.static_friction == params.dynamic_friction, "one coefficient of friction")
        sim.has_ground, sim.ground_friction = True, params.static_friction

    def load_asset(self, sim, root, name, options):
        path = Path(root) / name
        require(path.is_file(), f"no asset {path}")
        return Asset(str(path), options, sim.params.dt / sim.params.substeps)

    def get_asset_dof_names(self, asset):
        model = asset.world.model
        return [model.joint(index).name for index in range(model.njnt)]

    def get_asset_rigid_body_names(self, asset):
        return asset.world.names()

    def find_asset_rigid_body_index(self, asset, name):
        return asset.world.names().index(name) if name in asset.world.names() else -1

    def get_asset_rigid_body_shape_indices(self, asset):
        counts = [len(part) for part in asset.world.geoms]
        starts = np.cumsum([0, *counts])
        return [gymapi.IndexRange(int(start), count) for start, count in zip(starts, counts)]

    def create_env(self, sim, lower, upper, per_row):
        require(not sim.prepared, "environments are made before prepare_sim")
        require(sim.has_ground, "the ground comes first")
        sim.worlds.append(None)
        return sim, len(sim.worlds) - 1

    def create_actor(self, env, asset, pose, name, group, filter):
        sim, index = env
        require(not sim.prepared, "actors are made before prepare_sim")
        require(group == index, "each environment is a collision group of its own")
        sim.worlds[index] = World(asset.path, sim.params.dt / sim.params.substeps)
        return 0

    def get_actor_index(self, env, actor, domain):
        require(domain == gymapi.DOMAIN_SIM, "indices of setters are those of the simulation")
        return env[1]

    def get_actor_dof_properties(self, env, actor):
        model = _world(env).model
        properties = np.zeros(model.njnt, gymapi.DOF_TYPE)
        properties["hasLimits"] = True
        properties["lower"], properties["upper"] = model.jnt_range.T
        return properties

    def set_actor_dof_properties(self, env, actor, properties):
        require(properties.dtype == gymapi.DOF_TYPE, "the structured array of get_…")
        require(np.isfinite(properties["damping"]).all(), "finite damping")
        _world(env).set_joints(properties)
        return True

    def get_actor_rigid_body_properties(self, env, actor):
        return _world(env).bodies()

    def set_actor_rigid_body_properties(self, env, actor, properties, recompute_inertia):
        require(not recompute_inertia, "inertias are those that are given")
        _world(env).set_bodies(properties)
        return True

    def get_actor_rigid_shape_properties(self, env, actor):
        return deepcopy(_world(env).shapes())

    def set_actor_rigid_shape_properties(self, env, actor, properties):
        _world(env).set_shapes(properties, env[0].ground_friction)
        return True

    def prepare_sim(self, sim):
        require(not sim.prepared, "prepare_sim is called once")
        require(sim.worlds and None not in sim.worlds, "every environment has its actor")
        sim.prepared = True
        dofs = sim.worlds[0].model.njnt
        bodies = len(sim.worlds[0].names())
        sim.dof_state = torch.zeros(len(sim.worlds) * dofs, 2)
        sim.contact = torch.zeros(len(sim.worlds) * bodies, 3)
        return True

    def acquire_dof_state_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        return gymapi.Tensor(sim.dof_state)

    def acquire_net_contact_force_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        return gymapi.Tensor(sim.contact)

    def refresh_dof_state_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        # what was written and not set is lost, as on the GPU
        states = [np.stack((world.data.qpos, world.data.qvel), axis=1) for world in sim.worlds]
        sim.dof_state.copy_(torch.from_numpy(np.concatenate(states)))
        return True

    def refresh_net_contact_force_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        sim.contact.copy_(torch.from_numpy(np.concatenate(sim.net_force)))
        return True

    def set_dof_state_tensor_indexed(self, sim, states, actors, count):
        _once(sim, "set_dof_state_tensor_indexed")
        indices = _take(sim, actors, torch.int32, (count,))
        require(len(set(indices.tolist())) == count, "each actor once")
        values = _take(sim, states, torch.float32, sim.dof_state.shape)
        for index in indices.tolist():
            world = sim.worlds[index]
            own = values.view(len(sim.worlds), -1, 2)[index].double().numpy()
            world.data.qpos[:], world.data.qvel[:] = own[:, 0], own[:, 1]
        return True

    def set_dof_position_target_tensor(self, sim, targets):
        _once(sim, "set_dof_position_target_tensor")
        sim.targets = _dof_values(sim, targets)
        return True

    def set_dof_velocity_target_tensor(self, sim, targets):
        _once(sim, "set_dof_velocity_target_tensor")
        require(not _dof_values(sim, targets).any(), "the stand-in's drives have velocity zero")
        return True

    def apply_rigid_body_force_tensors(self, sim, forces, torques, space):
        _once(sim, "apply_rigid_body_force_tensors")
        require(space == gymapi.ENV_SPACE, "forces along the environment's axes")
        shape = len(sim.worlds), len(sim.worlds[0].names()), 3
        sim.forces, sim.torques = (
            _take(sim, tensor, torch.float32, shape).double().numpy()
            for tensor in (forces, torques)
        )
        return True

    def simulate(self, sim):
        require(sim.prepared, "prepare_sim comes before simulate")
        for descriptor in sim.kept.values():
            descriptor.torch_tensor  # noqa: B018  has to live until now
        sim.net_force = [
            world.step(*values)
            for world, *values in zip(sim.worlds, sim.targets, sim.forces, sim.torques)
        ]
        sim.setters, sim.kept = set(), {}


def _world(env):
    sim, index = env
    return sim.worlds[index]


def _once(sim, name):
    require(sim.prepared, f"prepare_sim comes before {name}")
    require(name not in sim.setters, f"{name} is called once a step: only the last one counts")
    sim.setters.add(name)


def _take(sim, descriptor, dtype, shape):
    """The tensor behind a descriptor; it has to live until the step."""
    require(isinstance(descriptor, gymapi.Tensor), "setters take what unwrap_tensor gives")
    tensor = descriptor.torch_tensor
    require(tensor.dtype == dtype, f"the tensor is {tensor.dtype}, expected {dtype}")
    require(tensor.numel() == np.prod(shape), f"the tensor is {tuple(tensor.shape)}, not {shape}")
    require(tensor.device == sim.dof_state.device, f"the tensor is on {tensor.device}")
    sim.kept[id(descriptor)] = descriptor
    return tensor.reshape(shape)


def _dof_values(sim, descriptor):
    shape = len(sim.worlds), len(sim.dof_state) // len(sim.worlds)
    return _take(sim, descriptor, torch.float32, shape).double().numpy()
