"""LEAPP's kinds of tensors (leapp/utils/enums.py) as slices of an observation, and as actions."""

from __future__ import annotations

from typing import Dict, Tuple

INPUTS: Dict[str, Tuple[str, ...]] = {
    "state/joint/position": ("joint_position",),
    "state/joint/velocity": ("joint_velocity",),
    "command/body/pose": ("goal_position", "goal_orientation"),
    "command/body/rotation": ("goal_orientation",),
    "state/body/pose": ("tool_position", "tool_orientation"),
    "state/body/position": ("tool_position",),
    "state/body/rotation": ("tool_orientation",),
    "state/body/velocity": ("tool_linear_velocity", "tool_angular_velocity"),
    "state/body/linear_velocity": ("tool_linear_velocity",),
    "state/body/angular_velocity": ("tool_angular_velocity",),
}
"""Slices of each kind of input, one after the other. A body is the tool."""

ACTIONS: Dict[str, str] = {
    "target/joint/position": "joint_position",
    "target/joint/velocity": "joint_velocity",
}
"""Meaning of each kind of output."""

GAINS = ("kp", "kd")
"""Outputs of stiffness and damping, for drives that take them."""

POSITION = ("x", "y", "z")
QUATERNIONS: Dict[Tuple[str, ...], str] = {
    ("qx", "qy", "qz", "qw"): "quaternion_xyzw",
    ("qw", "qx", "qy", "qz"): "quaternion_wxyz",
}
"""Forms of an orientation by the names of its elements."""
