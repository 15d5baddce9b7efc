"""Isaac Gym's simulation of many arms on a table: what is made once, before it runs."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

import numpy as np
import torch
from isaacgym import gymapi

from rl_manip_description import Arm
from rl_manip_sim.backends.isaacgym.isaacgym_objects import ObjectAssets, TableObjects
from rl_manip_sim.backends.isaacgym.isaacgym_robot import RobotAsset, load_robot

CONTACT_OFFSET = 0.002
"""Distance at which PhysX begins to look for contacts [m]."""
POSITION_ITERATIONS, VELOCITY_ITERATIONS = 8, 1
TEMPORAL_GAUSS_SEIDEL = 1
"""PhysX's solver that keeps stiff drives stiff."""
MAX_CONTACT_PAIRS = 1 << 22
BUFFER_SIZE_MULTIPLIER = 5.0
"""PhysX's buffers over its default; NVIDIA's examples with contacts have 5 to 8."""
MAX_DEPENETRATION_VELOCITY = 5.0
"""How fast the solver drives apart what overlaps [m/s]; as in NVIDIA's Factory."""
FRICTION_OFFSET, FRICTION_CORRELATION = 0.01, 0.00625
"""From which distance on two shapes rub [m], and how near to each other contact patches share their
friction [m]; as in NVIDIA's Factory. The defaults, 0.04 and 0.025, are as large as our objects."""
TABLE_FRICTION = 0.0
"""PhysX takes the mean of what two shapes have: those that meet the table have twice the wanted
figure, and the fingers none, so that an object's is the same on table and fingers."""
GRAVITY = 9.81
"""[m/s^2]."""
SPACING = 1.5
"""Half the distance of two environments [m]; each sees only its own."""


def tensor_device() -> torch.device:
    """Where the GPU pipeline keeps its tensors: this process's card, as torch has been told."""
    return torch.device("cuda", torch.cuda.current_device())


class GymScene(NamedTuple):
    """Handles of a simulation of N environments, each with one arm and at most one object."""

    gym: gymapi.Gym
    sim: gymapi.Sim
    robot: RobotAsset
    envs: List[gymapi.Env]
    arms: List[int]  # the arm's handle in its environment
    objects: List[int]  # the object's; none where there are no objects
    arm_indices: List[int]  # the arm's index in the whole simulation
    object_indices: List[int]  # the object's
    num_bodies: int  # of an environment, the object's last


def build_scene(
    arm: Arm, num_envs: int, physics_dt: float, objects: Optional[TableObjects] = None
) -> GymScene:
    """Simulation, table, arms and objects, ready to be prepared.

    An environment gets its actors before the next one is begun: Isaac Gym adds none later.

    Args:
      arm: which arm.
      num_envs: number of environments N.
      physics_dt: simulation step [s].
      objects: what stands on the tables; None for nothing.
    """
    gym = gymapi.acquire_gym()
    sim = gym.create_sim(torch.cuda.current_device(), -1, gymapi.SIM_PHYSX, _parameters(physics_dt))
    plane = gymapi.PlaneParams()
    plane.normal = gymapi.Vec3(0.0, 0.0, 1.0)
    plane.distance = 0.0
    plane.static_friction = plane.dynamic_friction = TABLE_FRICTION
    gym.add_ground(sim, plane)
    robot = load_robot(gym, sim, arm)
    assets = None if objects is None else ObjectAssets(gym, sim, objects)
    scene = GymScene(gym, sim, robot, [], [], [], [], [], robot.num_bodies + (assets is not None))
    per_row = max(1, int(np.sqrt(num_envs)))
    corner = gymapi.Vec3(SPACING, SPACING, SPACING)
    for group in range(num_envs):
        env = gym.create_env(sim, gymapi.Vec3(-SPACING, -SPACING, 0.0), corner, per_row)
        actor = gym.create_actor(env, robot.asset, gymapi.Transform(), arm.name, group, 0)
        scene.envs.append(env)
        scene.arms.append(actor)
        scene.arm_indices.append(gym.get_actor_index(env, actor, gymapi.DOMAIN_SIM))
        if assets is not None:
            item = gym.create_actor(env, assets.of(group), assets.start(group), "object", group, 0)
            scene.objects.append(item)
            scene.object_indices.append(gym.get_actor_index(env, item, gymapi.DOMAIN_SIM))
        properties = gym.get_actor_rigid_shape_properties(env, actor)
        for shape, mask in zip(properties, robot.filters):
            shape.filter = mask
        for place in robot.finger_shapes:
            properties[place].friction = TABLE_FRICTION
        gym.set_actor_rigid_shape_properties(env, actor, properties)
    return scene


def _parameters(physics_dt: float) -> gymapi.SimParams:
    parameters = gymapi.SimParams()
    parameters.dt = physics_dt
    parameters.substeps = 1
    parameters.up_axis = gymapi.UP_AXIS_Z
    parameters.gravity = gymapi.Vec3(0.0, 0.0, -GRAVITY)
    parameters.use_gpu_pipeline = True
    physx = parameters.physx
    physx.use_gpu = True
    physx.solver_type = TEMPORAL_GAUSS_SEIDEL
    physx.num_position_iterations = POSITION_ITERATIONS
    physx.num_velocity_iterations = VELOCITY_ITERATIONS
    physx.contact_offset = CONTACT_OFFSET
    physx.rest_offset = 0.0
    physx.max_gpu_contact_pairs = MAX_CONTACT_PAIRS
    physx.default_buffer_size_multiplier = BUFFER_SIZE_MULTIPLIER
    physx.max_depenetration_velocity = MAX_DEPENETRATION_VELOCITY
    physx.friction_offset_threshold = FRICTION_OFFSET
    physx.friction_correlation_distance = FRICTION_CORRELATION
    physx.contact_collection = gymapi.CC_LAST_SUBSTEP
    return parameters
