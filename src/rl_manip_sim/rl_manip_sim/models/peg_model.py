"""A peg on the arm's flange, a block with a hole for it, and the sensor between arm and peg."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Tuple

import mujoco
import numpy as np

from rl_manip_description import Arm
from rl_manip_sim.models.gripper_model import (
    FOUND,
    add_collision_sensors,
    add_contact_sensor,
    set_contact_physics,
)
from rl_manip_sim.models.hole_geometry import (
    PEG_LENGTH,
    floor_place,
    peg_half_extents,
    wall_angles,
    wall_places,
)
from rl_manip_sim.models.scene import HOLE_SHAPES

if TYPE_CHECKING:
    from mujoco import MjSpec

PEG, BLOCK, HOLE_FLOOR = "peg", "block", "hole_floor"
WRIST_SITE = "wrist"
WRIST_FORCE, WRIST_TORQUE = "wrist_force", "wrist_torque"
BLOCK_CONTACT, PEG_CONTACT = "block_contact", "peg_contact"

CONTACT_TIME = 0.05
"""Time constant in which contacts give way [s]: soft beside the arm, which yields by a millimetre
under some 40 N along the peg and 75 N across it, as measured in this model."""


def peg_size(shape: str, clearance: float) -> Tuple[float, float, float]:
    """MuJoCo's size of a peg that is thinner than its hole by ``clearance`` [m]."""
    half, _, length = map(float, peg_half_extents(clearance))
    return (half, length, 0.0) if shape == "round" else (half, half, length)


def peg_type(shape: str) -> int:
    """MuJoCo's type of the peg's geom."""
    kind = mujoco.mjtGeom.mjGEOM_CYLINDER if shape == "round" else mujoco.mjtGeom.mjGEOM_BOX
    return int(kind)


def shape_peg_and_hole(model: mujoco.MjModel, shape: str, clearance: float) -> None:
    """Turn a compiled model's peg and hole into others; ``clearance`` [m]."""
    for index, (place, size) in enumerate(zip(*wall_places(shape))):
        wall = model.geom(f"wall_{index}").id
        model.geom_pos[wall], model.geom_size[wall] = place, size
        model.geom_rbound[wall], model.geom_aabb[wall, 3:] = np.linalg.norm(size), size
    peg, bounds = model.geom(PEG).id, peg_half_extents(clearance)
    model.geom_type[peg], model.geom_size[peg] = peg_type(shape), peg_size(shape, clearance)
    model.geom_rbound[peg], model.geom_aabb[peg, 3:] = np.linalg.norm(bounds), bounds


def add_peg_and_hole(spec: MjSpec, arm: Arm) -> None:
    """Mount the peg on the tool and put the block on the table, both of the first of HOLE_SHAPES.

    The block is a mocap body: it is moved by writing its pose, and nothing else moves it. Its frame
    is in the middle of the hole's mouth, z pointing out of it. The peg weighs nothing of its own
    (what it weighs is payload), so that the sensor at the tool frame says what contact alone does,
    as that of a driver does which has the tool's weight taken out: force [N] and torque [N m] on
    the tool, in its axes.
    """
    set_contact_physics(spec)
    last_link = spec.joint(arm.joint_names[-1]).parent
    tool = arm.chain.tool
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.ascontiguousarray(tool[:3, :3]).reshape(9))
    peg = last_link.add_body(name=PEG, pos=tool[:3, 3], quat=quaternion)
    peg.add_site(name=WRIST_SITE)
    soft = [CONTACT_TIME, 1.0]
    shape = HOLE_SHAPES[0]
    peg.add_geom(
        name=PEG,
        type=peg_type(shape),
        size=peg_size(shape, 0.001),
        pos=[0.0, 0.0, PEG_LENGTH / 2.0],
        mass=0.0,
        solref=soft,
        rgba=[0.85, 0.35, 0.15, 1.0],
        group=1,
    )
    block = spec.worldbody.add_body(name=BLOCK, mocap=True, pos=[0.5, 0.0, 0.1])
    walls = zip(wall_angles() / 2.0, *wall_places(shape))
    for index, (half, place, size) in enumerate(walls):
        _add_to_block(block, f"wall_{index}", place, size, [math.cos(half), 0, 0, math.sin(half)])
    _add_to_block(block, HOLE_FLOOR, *floor_place(), [1, 0, 0, 0])
    for name, kind in (
        (WRIST_FORCE, mujoco.mjtSensor.mjSENS_FORCE),
        (WRIST_TORQUE, mujoco.mjtSensor.mjSENS_TORQUE),
    ):
        spec.add_sensor(name=name, type=kind, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=WRIST_SITE)
    add_collision_sensors(spec)
    body = mujoco.mjtObj.mjOBJ_BODY
    add_contact_sensor(spec, BLOCK_CONTACT, FOUND, (body, BLOCK), None)
    add_contact_sensor(spec, PEG_CONTACT, FOUND, (body, BLOCK), (body, PEG))


def _add_to_block(block: mujoco.MjsBody, name: str, place, size, quaternion) -> None:
    # arm and peg meet it; the table, in which it stands, does not
    block.add_geom(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=place,
        size=size,
        quat=quaternion,
        contype=0,
        conaffinity=1,
        solref=[CONTACT_TIME, 1.0],
        rgba=[0.25, 0.42, 0.60, 1.0],
        group=1,
    )
