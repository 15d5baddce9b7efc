"""The stand-in's Gym: every call that the backend makes, each checked before it is done."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import torch
from gym_sim import Environment, Robot, Sim, Solid
from isaacgym import gymapi
from isaacgym.gymapi import require


class Gym:
    """See `isaacgym.gymapi`."""

    def create_sim(self, compute_device, graphics_device, kind, params):
        require(kind == gymapi.SIM_PHYSX, "the tensor API needs PhysX")
        require(graphics_device == -1, "headless: no graphics device")
        require(params.use_gpu_pipeline and params.physx.use_gpu, "the GPU pipeline")
        require(params.up_axis == gymapi.UP_AXIS_Z and params.gravity.z < 0.0, "z is up")
        physx = params.physx
        require(physx.default_buffer_size_multiplier >= 5.0, "buffers for contacts")
        require(physx.max_depenetration_velocity <= 5.0, "what overlaps is thrown apart")
        require(physx.friction_correlation_distance <= 0.01, "a finger's pad has one friction")
        require(physx.friction_offset_threshold <= 0.01, "what is a finger away does not rub")
        require(physx.contact_collection == gymapi.CC_LAST_SUBSTEP, "NVIDIA: others are broken")
        return Sim(compute_device, params)

    def destroy_sim(self, sim):
        Sim.alive.discard(sim)

    def add_ground(self, sim, params):
        require((params.normal.x, params.normal.y, params.normal.z) == (0.0, 0.0, 1.0), "z is up")
        require(params.static_friction == params.dynamic_friction, "one coefficient of friction")
        sim.has_ground, sim.ground_friction = True, params.static_friction

    def load_asset(self, sim, root, name, options):
        path = Path(root) / name
        require(path.is_file() and path.suffix == ".urdf", f"no asset {path}")
        text = path.read_text()
        require(not options.replace_cylinder_with_capsule, "capsules are longer, and do not stand")
        require(2 * options.slices_per_cylinder <= 64, "a convex hull has 64 corners at most")
        cylinder = ElementTree.fromstring(text).find("link/collision/geometry/cylinder")
        if "<joint" in text:
            return Robot(text, options, sim.params.dt / sim.params.substeps)
        size = float(cylinder.get("radius")), float(cylinder.get("length")) / 2.0
        return Solid("cylinder", size, options)

    def create_box(self, sim, width, height, depth, options):
        return Solid("box", (width / 2.0, height / 2.0, depth / 2.0), options)

    def create_sphere(self, sim, radius, options):
        return Solid("sphere", (radius,), options)

    def get_asset_dof_names(self, asset):
        model = asset.world.model
        return [model.joint(index).name for index in range(model.njnt)]

    def get_asset_rigid_body_names(self, asset):
        return asset.world.names

    def find_asset_rigid_body_index(self, asset, name):
        return asset.world.names.index(name) if name in asset.world.names else -1

    def get_asset_rigid_body_shape_indices(self, asset):
        counts = [len(part) for part in asset.world.geoms]
        starts = np.cumsum([0, *counts])
        return [gymapi.IndexRange(int(start), count) for start, count in zip(starts, counts)]

    def create_env(self, sim, lower, upper, per_row):
        require(not sim.prepared, "environments are made before prepare_sim")
        require(sim.has_ground, "the ground comes first")
        sim.envs.append(Environment(sim))
        return sim.envs[-1]

    def create_actor(self, env, asset, pose, name, group, filter):
        require(not env.sim.prepared, "actors are made before prepare_sim")
        require(env is env.sim.envs[-1], "no actors for an environment after the next is begun")
        require(group == len(env.sim.envs) - 1, "each environment is a group of its own")
        return env.add(asset, pose)

    def get_actor_index(self, env, actor, domain):
        require(domain == gymapi.DOMAIN_SIM, "indices of setters are those of the simulation")
        before = env.sim.envs[: env.sim.envs.index(env)]
        return sum(len(other.actors) for other in before) + actor

    def get_actor_dof_properties(self, env, actor):
        require(actor == 0, "objects have no DOFs")
        model = env.world.model
        properties = np.zeros(env.world.dofs, gymapi.DOF_TYPE)
        properties["hasLimits"] = True
        properties["lower"], properties["upper"] = model.jnt_range[: env.world.dofs].T
        return properties

    def set_actor_dof_properties(self, env, actor, properties):
        env.sim.set_up_only("properties of joints")
        require(properties.dtype == gymapi.DOF_TYPE, "the structured array of get_…")
        for name in ("stiffness", "damping", "effort", "velocity", "armature"):
            values = properties[name]
            require(np.isfinite(values).all() and (values >= 0.0).all(), f"{name} is {values}")
        env.world.set_joints(properties)
        return True

    def get_actor_rigid_body_properties(self, env, actor):
        return env.world.bodies(env.places(actor))

    def set_actor_rigid_body_properties(self, env, actor, properties, recompute_inertia):
        env.sim.set_up_only("masses and inertias")
        require(not recompute_inertia, "inertias are those that are given")
        env.world.set_bodies(env.places(actor), properties)
        return True

    def get_actor_rigid_shape_properties(self, env, actor):
        return env.world.shapes(env.places(actor))

    def set_actor_rigid_shape_properties(self, env, actor, properties):
        env.sim.set_up_only("materials")
        env.world.set_shapes(env.places(actor), properties, env.sim.ground_friction)
        return True

    def prepare_sim(self, sim):
        require(not sim.prepared, "prepare_sim is called once")
        require(sim.envs and all(env.actors for env in sim.envs), "every environment has an arm")
        require(len({len(env.actors) for env in sim.envs}) == 1, "environments have equal actors")
        sim.give_materials()
        sim.prepared = True
        worlds, actors = sim.worlds, len(sim.envs[0].actors)
        sim.dof_state = torch.zeros(len(worlds) * worlds[0].dofs, 2)
        sim.contact = torch.zeros(len(worlds) * len(worlds[0].names), 3)
        sim.root_state = torch.zeros(len(worlds) * actors, 13)
        return True

    def acquire_dof_state_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        return gymapi.Tensor(sim.dof_state)

    def acquire_net_contact_force_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        return gymapi.Tensor(sim.contact)

    def acquire_actor_root_state_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        return gymapi.Tensor(sim.root_state)

    def refresh_dof_state_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        # what was written and not set is lost, as on the GPU
        states = [world.dof_state() for world in sim.worlds]
        sim.dof_state.copy_(torch.from_numpy(np.concatenate(states)))
        return True

    def refresh_actor_root_state_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        states = [[0.0] * 6 + [1.0] + [0.0] * 6] * len(sim.root_state)  # of an arm's base
        for row, world in sim.objects().items():
            states[row] = world.object_state().tolist()
        sim.root_state.copy_(torch.tensor(states))
        return True

    def refresh_net_contact_force_tensor(self, sim):
        require(sim.prepared, "prepare_sim comes before tensors")
        sim.contact.copy_(torch.from_numpy(np.concatenate(sim.net_force)))
        return True

    def set_dof_state_tensor_indexed(self, sim, states, actors, count):
        sim.once("set_dof_state_tensor_indexed")
        values = sim.take(states, torch.float32, sim.dof_state.shape)
        arms = dict(
            zip(range(0, len(sim.root_state), len(sim.envs[0].actors)), range(len(sim.envs)))
        )
        sim.placed = sim.indices(actors, count)
        for index in sim.placed:
            require(index in arms, f"actor {index} has no DOFs")
            own = values.view(len(sim.envs), -1, 2)[arms[index]]
            sim.envs[arms[index]].world.set_dof_state(own.double().numpy())
        return True

    def set_actor_root_state_tensor_indexed(self, sim, states, actors, count):
        sim.once("set_actor_root_state_tensor_indexed")
        values = sim.take(states, torch.float32, sim.root_state.shape)
        objects = sim.objects()
        for index in sim.indices(actors, count):
            require(index in objects, f"actor {index} is fixed to the table")
            objects[index].set_object_state(values[index].double().numpy())
        return True

    def set_dof_position_target_tensor(self, sim, targets):
        sim.once("set_dof_position_target_tensor")
        sim.targets = sim.dof_values(targets)
        return True

    def set_dof_velocity_target_tensor(self, sim, targets):
        sim.once("set_dof_velocity_target_tensor")
        require(not sim.dof_values(targets).any(), "the stand-in's drives have velocity zero")
        return True

    def apply_rigid_body_force_tensors(self, sim, forces, torques, space):
        sim.once("apply_rigid_body_force_tensors")
        require(space == gymapi.ENV_SPACE, "forces along the environment's axes")
        shape = len(sim.worlds), len(sim.worlds[0].names), 3
        sim.forces, sim.torques = (
            sim.take(tensor, torch.float32, shape).double().numpy() for tensor in (forces, torques)
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
        sim.steps += 1
        sim.setters, sim.kept = set(), {}
