"""The arm with its gripper as an asset of Isaac Gym."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import List, NamedTuple

from isaacgym import gymapi

from rl_manip_description import Arm
from rl_manip_description.kinematics.urdf_chain import moved_links
from rl_manip_description.model.robot_urdf import gripper_parts, robot_urdf

SLICES_PER_CYLINDER = 30
"""Sides of the prism that a cylinder is: its corners are about the most that PhysX takes on the
GPU, 64 to a convex hull, and its sides lie within 0.6 % of the radius."""

THICKNESS = 0.001
"""Shell round a shape at which others come to rest [m]; 0.02 by default, which no grip allows."""


class RobotAsset(NamedTuple):
    """A robot that can be placed, and where things are in it."""

    asset: gymapi.Asset
    links: List[int]  # the moving links' places among the bodies, in the joints' order
    fingers: List[int]  # likewise of the left and the right finger; none without a gripper
    touching: List[int]  # likewise of what may not touch anything: links and the gripper's body
    finger_shapes: List[int]  # the fingers' places among the shapes
    filters: List[int]  # of each shape: two meet unless theirs have a bit in common
    num_bodies: int


def load_robot(gym: gymapi.Gym, sim: gymapi.Sim, arm: Arm) -> RobotAsset:
    """The arm and, where it has one, its gripper.

    Gravity does not pull them: that is what gravity compensation comes to. Shapes of links that
    touch by design are masked off, and so are those of gripper and last two links, and of the
    fingers. Cylinders stay cylinders: capsules in their place are longer by their ends, with which
    base and upper arm would touch. PhysX has no mimic joints: each finger has one of its own.

    Raises:
      ValueError: joints or bodies are not those of the URDF.
    """
    asset = _load(gym, sim, arm)
    expected, fingers, body = list(arm.joint_names), [], []
    links, together = moved_links(arm.urdf_path, arm.joint_names), list(arm.allowed_collisions)
    if arm.gripper is not None:
        parts = gripper_parts(arm.gripper)
        expected += parts.finger_joints
        fingers, body = list(parts.finger_links), [parts.body]
        together += [(parts.body, link) for link in (*links[-2:], *fingers)]
        together += [parts.finger_links]
    found = gym.get_asset_dof_names(asset)
    if list(found) != expected:
        raise ValueError(
            f"Isaac Gym orders the joints {found}, expected {expected}; "
            f"reorder them in {arm.urdf_path}"
        )
    bodies = gym.get_asset_rigid_body_names(asset)
    missing = {*links, *body, *fingers} - {*bodies}
    if missing:
        raise ValueError(f"Isaac Gym has the bodies {bodies}, expected also {sorted(missing)}")
    masks = _masks(together, bodies)
    filters: List[int] = []
    finger_shapes: List[int] = []
    for name, mask, part in zip(bodies, masks, gym.get_asset_rigid_body_shape_indices(asset)):
        filters += [mask] * part.count
        if name in fingers:
            finger_shapes += range(part.start, part.start + part.count)
    places = {name: gym.find_asset_rigid_body_index(asset, name) for name in bodies}
    return RobotAsset(
        asset,
        links=[places[name] for name in links],
        fingers=[places[name] for name in fingers],
        touching=[places[name] for name in links + body],
        finger_shapes=finger_shapes,
        filters=filters,
        num_bodies=len(bodies),
    )


def _load(gym: gymapi.Gym, sim: gymapi.Sim, arm: Arm) -> gymapi.Asset:
    options = gymapi.AssetOptions()
    options.fix_base_link = True
    options.disable_gravity = True
    options.collapse_fixed_joints = True
    options.use_physx_armature = True
    options.default_dof_drive_mode = int(gymapi.DOF_MODE_POS)
    options.angular_damping = 0.0
    options.linear_damping = 0.0
    options.thickness = THICKNESS
    return load_urdf(gym, sim, robot_urdf(arm, mimic=False), options)


def load_urdf(
    gym: gymapi.Gym, sim: gymapi.Sim, text: str, options: gymapi.AssetOptions
) -> gymapi.Asset:
    """An asset of a URDF's text: Isaac Gym reads files only. Cylinders become prisms."""
    options.replace_cylinder_with_capsule = False
    options.slices_per_cylinder = SLICES_PER_CYLINDER
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "asset.urdf"
        path.write_text(text, encoding="utf-8")
        return gym.load_asset(sim, folder, path.name, options)


def _masks(together: List[tuple], bodies: List[str]) -> List[int]:
    """A filter per body, with a bit in common for those that may touch."""
    masks = [0] * len(bodies)
    for bit, pair in enumerate(together):
        for body in pair:
            if body in bodies:
                masks[bodies.index(body)] |= 1 << bit
    return masks
