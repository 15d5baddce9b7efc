"""Isaac Gym's simulation of many arms on a table: what is made once, before it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, NamedTuple
from xml.etree import ElementTree

import numpy as np
from isaacgym import gymapi

from rl_manip_description import Arm

CONTACT_OFFSET = 0.002
"""Distance at which PhysX begins to look for contacts [m]."""
POSITION_ITERATIONS, VELOCITY_ITERATIONS = 8, 1
TEMPORAL_GAUSS_SEIDEL = 1
"""PhysX's solver that keeps stiff drives stiff."""
MAX_CONTACT_PAIRS = 1 << 22
TABLE_FRICTION = 0.0
"""PhysX takes the mean of what two shapes have: the arm's shapes have twice the wanted figure."""
SPACING = 1.5
"""Half the distance of two environments [m]; each sees only its own."""


class GymScene(NamedTuple):
    """Handles of a simulation of N environments, each with one arm."""

    gym: gymapi.Gym
    sim: gymapi.Sim
    envs: List[gymapi.Env]
    arms: List[int]  # the arm's handle in its environment
    arm_indices: List[int]  # the arm's index in the whole simulation
    links: List[int]  # the moving links' places among an arm's bodies, in the joints' order
    num_bodies: int  # of an arm


def build_scene(arm: Arm, num_envs: int, physics_dt: float) -> GymScene:
    """Simulation, table and arms, ready to be prepared.

    Gravity does not pull the arms: that is what gravity compensation comes to. Collision shapes of
    links that touch by design are masked off; cylinders become capsules, which PhysX has.

    Args:
      arm: which arm.
      num_envs: number of environments N.
      physics_dt: simulation step [s].
    """
    gym = gymapi.acquire_gym()
    sim = gym.create_sim(0, -1, gymapi.SIM_PHYSX, _parameters(physics_dt))
    plane = gymapi.PlaneParams()
    plane.normal = gymapi.Vec3(0.0, 0.0, 1.0)
    plane.distance = 0.0
    plane.static_friction = plane.dynamic_friction = TABLE_FRICTION
    gym.add_ground(sim, plane)
    asset = _load(gym, sim, arm)
    _check_order(gym.get_asset_dof_names(asset), arm)
    links = [gym.find_asset_rigid_body_index(asset, name) for name in _links(arm)]
    bodies = gym.get_asset_rigid_body_names(asset)
    shapes = gym.get_asset_rigid_body_shape_indices(asset)
    masks = _masks(arm, bodies)

    envs: List[gymapi.Env] = []
    arms: List[int] = []
    indices: List[int] = []
    per_row = max(1, int(np.sqrt(num_envs)))
    corner = gymapi.Vec3(SPACING, SPACING, SPACING)
    for group in range(num_envs):
        env = gym.create_env(sim, gymapi.Vec3(-SPACING, -SPACING, 0.0), corner, per_row)
        actor = gym.create_actor(env, asset, gymapi.Transform(), arm.name, group, 0)
        properties = gym.get_actor_rigid_shape_properties(env, actor)
        for body, part in enumerate(shapes):
            for shape in properties[part.start : part.start + part.count]:
                shape.filter = masks[body]
        gym.set_actor_rigid_shape_properties(env, actor, properties)
        envs.append(env)
        arms.append(actor)
        indices.append(gym.get_actor_index(env, actor, gymapi.DOMAIN_SIM))
    return GymScene(gym, sim, envs, arms, indices, links, len(bodies))


def _parameters(physics_dt: float) -> gymapi.SimParams:
    parameters = gymapi.SimParams()
    parameters.dt = physics_dt
    parameters.substeps = 1
    parameters.up_axis = gymapi.UP_AXIS_Z
    parameters.gravity = gymapi.Vec3(0.0, 0.0, -9.81)
    parameters.use_gpu_pipeline = True
    physx = parameters.physx
    physx.use_gpu = True
    physx.solver_type = TEMPORAL_GAUSS_SEIDEL
    physx.num_position_iterations = POSITION_ITERATIONS
    physx.num_velocity_iterations = VELOCITY_ITERATIONS
    physx.contact_offset = CONTACT_OFFSET
    physx.rest_offset = 0.0
    physx.max_gpu_contact_pairs = MAX_CONTACT_PAIRS
    physx.contact_collection = gymapi.CC_LAST_SUBSTEP
    return parameters


def _load(gym: gymapi.Gym, sim: gymapi.Sim, arm: Arm) -> gymapi.Asset:
    options = gymapi.AssetOptions()
    options.fix_base_link = True
    options.disable_gravity = True
    options.collapse_fixed_joints = True
    options.replace_cylinder_with_capsule = True
    options.use_physx_armature = True
    options.default_dof_drive_mode = int(gymapi.DOF_MODE_POS)
    options.angular_damping = 0.0
    options.linear_damping = 0.0
    path = Path(arm.urdf_path)
    return gym.load_asset(sim, str(path.parent), path.name, options)


def _check_order(found: List[str], arm: Arm) -> None:
    if tuple(found) != arm.joint_names:
        raise ValueError(
            f"Isaac Gym orders the joints {found}, expected {list(arm.joint_names)}; "
            f"reorder them in {arm.urdf_path}"
        )


def _links(arm: Arm) -> List[str]:
    """The link that each joint moves."""
    root = ElementTree.parse(str(arm.urdf_path)).getroot()
    moved: Dict[str, str] = {}
    for joint in root.findall("joint"):
        child = joint.find("child")
        moved[str(joint.get("name"))] = "" if child is None else str(child.get("link"))
    return [moved[name] for name in arm.joint_names]


def _masks(arm: Arm, bodies: List[str]) -> List[int]:
    """A filter per body: shapes meet unless theirs have a bit in common."""
    masks = [0] * len(bodies)
    for bit, pair in enumerate(arm.allowed_collisions):
        for body in pair:
            if body in bodies:
                masks[bodies.index(body)] |= 1 << bit
    return masks
