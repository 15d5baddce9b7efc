"""What a slice of an observation may be: its size, units and shape, by name."""

from __future__ import annotations

import math
from typing import Dict, NamedTuple, Tuple

ANGLE = {"rad": 1.0, "deg": 180.0 / math.pi}
LENGTH = {"m": 1.0, "cm": 100.0, "mm": 1000.0}
ANGULAR_VELOCITY = {"rad/s": 1.0, "deg/s": 180.0 / math.pi}
VELOCITY = {"m/s": 1.0, "mm/s": 1000.0}
PURE = {"1": 1.0}
"""Units, each with how many of it are one of ours."""

FORMS = {
    "quaternion_xyzw": 4,
    "quaternion_wxyz": 4,
    "columns_6d": 6,
    "rows_6d": 6,
    "matrix": 9,
    "axis_angle": 3,
}
"""Numbers of each form of an orientation: of quaternions one element is not negative, 6d are
the first two columns or rows of the rotation matrix one after the other, the matrix is row by row,
and axis_angle is a vector along the axis, as long as the angle is large [rad]."""

PER_JOINT, ORIENTATION, PER_ACTION, GIVEN = 0, -1, -2, -3
"""Widths that the spec decides."""


class Quantity(NamedTuple):
    """One thing that an observation may hold."""

    meaning: str
    width: int
    units: Dict[str, float]
    has_frame: bool = False  # whether it is given in a frame
    in_tool: bool = False  # whether that frame may be the tool
    needs: Tuple[str, ...] = ()  # of the task's goal inputs


POINT, TURN = ("goal_position",), ("goal_orientation",)
QUANTITIES: Dict[str, Quantity] = {
    "joint_position": Quantity("joint positions", PER_JOINT, ANGLE),
    "joint_position_relative": Quantity("joint positions minus default_position", PER_JOINT, ANGLE),
    "joint_position_normalized": Quantity(
        "joint positions, -1 at the lower and 1 at the upper limit", PER_JOINT, PURE
    ),
    "joint_position_sin": Quantity("sines of the joint positions", PER_JOINT, PURE),
    "joint_position_cos": Quantity("cosines of the joint positions", PER_JOINT, PURE),
    "joint_velocity": Quantity("joint velocities", PER_JOINT, ANGULAR_VELOCITY),
    "last_action": Quantity(
        "what the network said in the step before, after action.clip", PER_ACTION, PURE
    ),
    "goal_position": Quantity("the goal", 3, LENGTH, True, True, POINT),
    "goal_position_relative": Quantity("from the tool to the goal", 3, LENGTH, True, True, POINT),
    "goal_distance": Quantity("distance of tool and goal", 1, LENGTH, needs=POINT),
    "goal_orientation": Quantity("the goal's orientation", ORIENTATION, PURE, True, True, TURN),
    "tool_position": Quantity("the tool", 3, LENGTH, True),
    "tool_orientation": Quantity("the tool's orientation", ORIENTATION, PURE, True),
    "tool_linear_velocity": Quantity("velocity of the tool", 3, VELOCITY, True, True),
    "tool_angular_velocity": Quantity(
        "angular velocity of the tool", 3, ANGULAR_VELOCITY, True, True
    ),
    "constant": Quantity("numbers that never change", GIVEN, PURE),
}
"""Every slice that there is, by name."""

ACTIONS: Dict[str, Tuple[str, Dict[str, float]]] = {
    "joint_velocity": ("joint velocities", ANGULAR_VELOCITY),
    "joint_position_delta": ("joint positions, from the present ones", ANGLE),
    "joint_position_relative": ("joint positions, from default_position", ANGLE),
    "joint_position": ("joint positions", ANGLE),
    "tool_delta": ("how the tool moves within a control period", LENGTH),
    "tool_twist": ("velocity of the tool", VELOCITY),
}
"""Every meaning of an action, by name, with its units; of six elements the last three are turns,
in rad or rad/s."""
