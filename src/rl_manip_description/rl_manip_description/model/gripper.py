"""What the rest of the workspace knows about a parallel gripper."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import List, Tuple, TypeVar

import numpy as np

from rl_manip_description.kinematics.link_shapes import Solids, solid
from rl_manip_description.kinematics.serial_chain import pose_of

T = TypeVar("T", float, np.ndarray)


@dataclass(frozen=True)
class GripperShape:
    """A box or cylinder of the gripper, in its axes; a cylinder stands along z."""

    kind: str
    """box or cylinder."""
    center: Tuple[float, float, float]
    """[m]; of a finger's shape where the gripper is closed, x = 0 its inner face."""
    size: Tuple[float, ...]
    """Half extents of a box, or radius and half length of a cylinder [m]."""
    collision: bool
    """Whether it touches things; shapes that do not are only looked at."""
    material: str
    """Name of the arm's material that it is drawn in; none for a shape that is not drawn."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "center", tuple(map(float, self.center)))
        object.__setattr__(self, "size", tuple(map(float, self.size)))
        sizes = {"box": 3, "cylinder": 2}.get(self.kind)
        if len(self.center) != 3 or len(self.size) != sizes:
            raise ValueError(
                f"{self} must be a box with three half extents or a cylinder with radius and half "
                "length, and have a centre of three numbers."
            )


@dataclass(frozen=True)
class Gripper:
    """A gripper with two fingers that close on each other along its x axis.

    Its axes are the flange's, turned about their common z axis by `turned`.
    """

    name: str
    """Name that `load_arm` takes."""
    max_opening: float
    """Distance of the fingers where it is open [m]; where it is closed they touch."""
    max_force: float
    """Largest force that each finger can press with [N]."""
    grip_force: float
    """Force that each finger presses with, as the gripper is set up [N]."""
    closing_speed: float
    """Speed at which the opening changes [m/s]."""
    mass: float
    """Of the whole gripper [kg]."""
    finger_mass: float
    """Of one finger, part of `mass` [kg]."""
    tool_frame: str
    """Name of the point between the fingertips."""
    tool_offset: float
    """Flange to that point, along the flange's z axis [m]; its axes are the gripper's."""
    joint_name: str
    """Joint that stands for the opening in /joint_states."""
    open_position: float
    """Its position where the gripper is open [rad], or [m] where it slides."""
    closed_position: float
    """Its position where the gripper is closed, likewise."""
    command_topic: str
    """Wanted position of that joint, likewise, std_msgs/Float64MultiArray of one number."""
    body: Tuple[GripperShape, ...]
    """What stands still relative to the flange."""
    finger: Tuple[GripperShape, ...]
    """The finger on the side of +x; the other one is its mirror image."""
    turned: float = 0.0
    """About the flange's z axis [rad]."""
    command_action: str = ""
    """Of control_msgs/action/GripperCommand, for a driver that takes commands by it only."""

    def __post_init__(self) -> None:
        positive = [field.name for field in fields(self) if field.type == "float"]
        for name in positive:
            value = getattr(self, name)
            free = name == "turned" or name.endswith("_position")
            if not math.isfinite(value) or (value <= 0.0 and not free):
                raise ValueError(f"{self.name}: {name} is {value}; give a positive finite number.")
        if self.grip_force > self.max_force:
            raise ValueError(
                f"{self.name}: grip_force is {self.grip_force} N, above max_force, "
                f"{self.max_force} N."
            )
        if self.open_position == self.closed_position:
            raise ValueError(f"{self.name}: open_position and closed_position must differ.")

    @property
    def mount(self) -> np.ndarray:
        """Its axes seen from the flange, (4, 4)."""
        return pose_of((0.0, 0.0, 0.0), (0.0, 0.0, self.turned))

    @property
    def tool(self) -> np.ndarray:
        """The point between the fingertips seen from the flange, (4, 4), lengths in [m]."""
        return pose_of((0.0, 0.0, self.tool_offset), (0.0, 0.0, self.turned))

    @property
    def fingertip_reach(self) -> float:
        """How far the fingers reach beyond the point between the fingertips, along z [m]."""
        ends = [shape.center[2] + shape.size[-1] for shape in self.finger if shape.collision]
        return round(max(ends, default=self.tool_offset) - self.tool_offset, 9)

    def body_solids(self, flange: np.ndarray, link: int, name: str) -> List[Solids]:
        """What of its body touches things, without the fingers.

        Args:
            flange: on the arm's last link, (4, 4), lengths in [m].
            link: number of that link.
            name: what a person calls the solids.
        """
        return [
            solid(link, shape.kind, shape.size, flange @ self.mount @ pose_of(shape.center), name)
            for shape in self.body
            if shape.collision
        ]

    def joint_position(self, opening: T) -> T:
        """Position of the gripper's joint at an opening [m], bounded to its range."""
        share = np.clip(opening / self.max_opening, 0.0, 1.0)
        return self.closed_position + share * (self.open_position - self.closed_position)

    def opening(self, joint_position: T) -> T:
        """Opening [m] at a position of the gripper's joint, bounded to its range."""
        span = self.open_position - self.closed_position
        share = (joint_position - self.closed_position) / span
        return np.clip(share, 0.0, 1.0) * self.max_opening
