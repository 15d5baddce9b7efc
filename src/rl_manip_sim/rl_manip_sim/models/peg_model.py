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
    BLOCK_HALF_WIDTH,
    HOLE_DEPTH,
    HOLE_WIDTH,
    PEG_LENGTH,
    WALL,
)
from rl_manip_sim.models.scene import HOLE_SHAPES

if TYPE_CHECKING:
    from mujoco import MjSpec

PEG, BLOCK, FLOOR = "peg", "block", "hole_floor"
WRIST_SITE = "wrist"
WRIST_FORCE, WRIST_TORQUE = "wrist_force", "wrist_torque"
BLOCK_CONTACT, PEG_CONTACT = "block_contact", "peg_contact"

WALLS = 16
"""Boxes round a round hole: between two of them it is wider by 2 % than where they are met."""
HIDDEN = 1e-4
"""Half extent of the boxes that a square hole has too many, inside the block [m]."""
CONTACT_TIME = 0.05
"""Time constant in which contacts give way [s]: soft beside the arm, which yields by a millimetre
under some 40 N along the peg and 75 N across it, as measured in this model."""


def peg_size(shape: str, clearance: float) -> Tuple[float, float, float]:
    """MuJoCo's size of a peg that is thinner than its hole by ``clearance`` [m]."""
    half = (HOLE_WIDTH - clearance) / 2.0
    length = PEG_LENGTH / 2.0
    return (half, length, 0.0) if shape == "round" else (half, half, length)


def peg_type(shape: str) -> int:
    """MuJoCo's type of the peg's geom."""
    kind = mujoco.mjtGeom.mjGEOM_CYLINDER if shape == "round" else mujoco.mjtGeom.mjGEOM_BOX
    return int(kind)


def wall_places(shape: str) -> Tuple[np.ndarray, np.ndarray]:
    """Positions and half extents of the walls, (WALLS, 3) each [m], in the block's frame.

    Wall i faces the direction i / WALLS of a turn; a square hole is made of every fourth.
    """
    angle = 2.0 * math.pi * np.arange(WALLS) / WALLS
    away = (HOLE_WIDTH + WALL) / 2.0
    flat = np.full(WALLS, -HOLE_DEPTH / 2.0)
    position = np.stack((away * np.cos(angle), away * np.sin(angle), flat), axis=1)
    size = np.empty((WALLS, 3))
    size[:] = (WALL / 2.0, BLOCK_HALF_WIDTH * math.tan(math.pi / WALLS), HOLE_DEPTH / 2.0)
    if shape == "square":
        meets = np.arange(WALLS) % (WALLS // 4) == 0
        size[meets, 1] = BLOCK_HALF_WIDTH
        size[~meets] = HIDDEN
        position[~meets] = (0.0, 0.0, -HOLE_DEPTH - WALL)
    return position, size


def shape_peg_and_hole(model: mujoco.MjModel, shape: str, clearance: float) -> None:
    """Turn a compiled model's peg and hole into others; ``clearance`` [m]."""
    for index, (place, size) in enumerate(zip(*wall_places(shape))):
        wall = model.geom(f"wall_{index}").id
        model.geom_pos[wall], model.geom_size[wall] = place, size
        model.geom_rbound[wall], model.geom_aabb[wall, 3:] = np.linalg.norm(size), size
    peg, half = model.geom(PEG).id, (HOLE_WIDTH - clearance) / 2.0
    bounds = np.array((half, half, PEG_LENGTH / 2.0))
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
        rgba=[0.75, 0.76, 0.78, 1.0],
        group=1,
    )
    block = spec.worldbody.add_body(name=BLOCK, mocap=True, pos=[0.5, 0.0, 0.1])
    for index, (place, size) in enumerate(zip(*wall_places(shape))):
        angle = math.pi * index / WALLS  # half of it, as a quaternion has it
        _add_to_block(block, f"wall_{index}", place, size, [math.cos(angle), 0, 0, math.sin(angle)])
    size = [BLOCK_HALF_WIDTH, BLOCK_HALF_WIDTH, 0.05]
    _add_to_block(block, FLOOR, [0.0, 0.0, -HOLE_DEPTH - 0.05], size, [1, 0, 0, 0])
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
