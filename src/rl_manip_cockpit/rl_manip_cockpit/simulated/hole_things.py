"""A block with a hole and the peg for it, as the things that pages draw."""

from __future__ import annotations

import functools
from typing import List, Tuple

import numpy as np

from rl_manip_cockpit.state.arm_copy import BLOCK, PEG, POST, Thing
from rl_manip_description.kinematics.serial_chain import (
    matrix_from_quaternion,
    quaternion_from_matrix,
    rotation_about,
)
from rl_manip_sim.models.hole_geometry import (
    HIDDEN,
    PEG_LENGTH,
    floor_place,
    peg_half_extents,
    wall_angles,
    wall_places,
)
from rl_manip_sim.models.scene import HOLE_SHAPES
from rl_manip_train.pictures.recording import Hole

UP, UPRIGHT = np.array((0.0, 0.0, 1.0)), np.eye(3)


def hole_things(hole: Hole, tool_pose: np.ndarray) -> Tuple[Thing, ...]:
    """The hole's walls and floor, the post below them, and the peg.

    Args:
        hole: where it is and what it is.
        tool_pose: (7,) [m], xyzw; the peg goes along its z axis.
    """
    shape = HOLE_SHAPES[hole.shape]
    pose = _pose_in(tool_pose, 0.5 * PEG_LENGTH * UP, UPRIGHT)
    form = "cylinder" if shape == "round" else "box"
    things = [Thing("peg", PEG, pose, form, peg_half_extents(hole.clearance))]
    if hole.post is not None:
        place, half = hole.post
        pose = np.array((*place, 0.0, 0.0, 0.0, 1.0))
        things.append(Thing("post", POST, pose, "cylinder", half))
    return (*_block(shape, tuple(hole.pose.tolist())), *things)


@functools.lru_cache(maxsize=64)  # asked for at each moment, and the same for a whole episode
def _block(shape: str, hole_pose: Tuple[float, ...]) -> Tuple[Thing, ...]:
    """The walls that are not hidden, and the floor, of a hole of this shape and pose (7,)."""
    things: List[Thing] = []
    frame = np.array(hole_pose)
    walls = zip(wall_angles(), *wall_places(shape))
    for index, (angle, place, half) in enumerate(walls):
        if half.min() > HIDDEN:
            pose = _pose_in(frame, place, rotation_about(UP, angle))
            things.append(Thing(f"wall_{index}", BLOCK, pose, "box", half))
    place, half = floor_place()
    things.append(Thing("floor", BLOCK, _pose_in(frame, place, UPRIGHT), "box", half))
    return tuple(things)


def _pose_in(frame: np.ndarray, place: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """(7,) of what is at a place (3,) [m] and turned by a matrix (3, 3) in a frame (7,)."""
    rotation = matrix_from_quaternion(frame[3:])
    quaternion = quaternion_from_matrix(rotation @ turn)
    return np.concatenate((frame[:3] + rotation @ place, quaternion))
