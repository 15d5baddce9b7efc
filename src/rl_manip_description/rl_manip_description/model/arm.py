"""What the rest of the workspace knows about an arm."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Dict, NamedTuple, Optional, Tuple

import numpy as np

from rl_manip_description.kinematics.serial_chain import (
    KinematicChain,
    quaternion_from_matrix,
)
from rl_manip_description.model.driver import Driver
from rl_manip_description.model.gripper import Gripper
from rl_manip_description.model.practice import Practice
from rl_manip_description.model.workspace import HalfShell


class ToolPose(NamedTuple):
    """Pose of the tool frame in the base frame."""

    position: np.ndarray
    """[m], shape (..., 3)."""
    quaternion: np.ndarray
    """Unit quaternion, xyzw with w >= 0, shape (..., 4)."""


@dataclass(frozen=True)
class JointLimits:
    """Limits per joint, each a read-only float64 array of shape (n,)."""

    position_lower: np.ndarray
    """[rad]; minus infinity for a joint that turns without end."""
    position_upper: np.ndarray
    """[rad]; infinity for a joint that turns without end."""
    velocity: np.ndarray
    """Largest speed [rad/s]."""
    acceleration: np.ndarray
    """Largest acceleration that this workspace commands [rad/s^2]."""
    jerk: np.ndarray
    """Largest jerk that this workspace commands [rad/s^3]."""
    stop_deceleration: np.ndarray
    """Deceleration of a stop after a fault, no less than `acceleration` [rad/s^2]."""
    stop_jerk: np.ndarray
    """Jerk of a stop after a fault, no less than `jerk` [rad/s^3]."""
    effort: np.ndarray
    """Largest torque [Nm]."""

    def __post_init__(self) -> None:
        for field in fields(self):
            values = _read_only(getattr(self, field.name))
            object.__setattr__(self, field.name, values)
            if field.name.startswith("position"):
                continue
            if not np.all(np.isfinite(values)) or np.any(values <= 0.0):
                raise ValueError(
                    f"limit {field.name} is {values.tolist()}; give positive finite numbers."
                )
        lower, upper = self.position_lower, self.position_upper
        endless = np.isneginf(lower) & np.isposinf(upper)
        if not np.all(endless | (np.isfinite(lower) & np.isfinite(upper))):
            raise ValueError(
                f"position limits are {lower.tolist()} and {upper.tolist()}; give finite numbers, "
                "or neither for a joint that turns without end."
            )
        if np.any(self.position_lower >= self.position_upper):
            raise ValueError(
                f"position limits {self.position_lower.tolist()} must lie below "
                f"{self.position_upper.tolist()} on every joint."
            )
        for hard, soft in (("stop_deceleration", "acceleration"), ("stop_jerk", "jerk")):
            if np.any(getattr(self, hard) < getattr(self, soft)):
                raise ValueError(
                    f"limit {hard} is {getattr(self, hard).tolist()}; give no less than {soft}, "
                    f"{getattr(self, soft).tolist()}."
                )

    @property
    def endless(self) -> np.ndarray:
        """Which joints turn without end, (n,) bool."""
        return np.isinf(self.position_lower)

    @property
    def one_turn(self) -> Tuple[np.ndarray, np.ndarray]:
        """Lower and upper position [rad] between which every pose lies, (n,) each, finite: an
        endless joint's are half a turn to either side of zero."""
        return (
            np.where(self.endless, -np.pi, self.position_lower),
            np.where(self.endless, np.pi, self.position_upper),
        )

    def within(self, joint_position: np.ndarray) -> np.ndarray:
        """Those of the joint positions [rad], shape (k, n), that keep the position limits."""
        kept = (joint_position >= self.position_lower) & (joint_position <= self.position_upper)
        return joint_position[kept.all(axis=1)]


COMMAND_PORTS = ("velocity", "trajectory", "position")
"""Ways to speak to an arm's driver; the first that it has is taken where nobody chooses."""


@dataclass(frozen=True)
class ControllerInterface:
    """Where the arm's ROS 2 driver listens and speaks."""

    joint_names: Tuple[str, ...]
    """Order of the numbers in arrays of velocities or positions."""
    joint_state_topic: str
    """sensor_msgs/JointState; read it by name, its order is the driver's own."""
    command_topic: str = ""
    """Joint velocities [rad/s], std_msgs/Float64MultiArray; empty where nothing takes them."""
    program_running_topic: str = ""
    """std_msgs/Bool, latched: false while the arm does not follow commands; empty for a driver that
    does not say it."""
    trajectory_topic: str = ""
    """Of a joint_trajectory_controller, trajectory_msgs/JointTrajectory; empty for none."""
    position_topic: str = ""
    """Joint positions [rad], std_msgs/Float64MultiArray, of a forward_position_controller; empty
    for none."""

    @property
    def topics(self) -> Dict[str, str]:
        """Where each of `COMMAND_PORTS` leads that there is a controller for."""
        all_topics = (self.command_topic, self.trajectory_topic, self.position_topic)
        return {port: topic for port, topic in zip(COMMAND_PORTS, all_topics) if topic}

    def controller_of(self, port: str) -> str:
        """Name of the controller in ros2_control behind a command port, one of `COMMAND_PORTS`.

        Raises:
            ValueError: the arm's file names none.
        """
        if port not in self.topics:
            key = "command_topic" if port == "velocity" else f"{port}_topic"
            raise ValueError(
                f"command_port is {port!r}, but the arm's file names no controller for it: give "
                f"{' or '.join(self.topics)}, or that file the key controller.{key}."
            )
        return self.topics[port].strip("/").split("/")[0]


@dataclass(frozen=True)
class Arm:
    """A robot arm of n revolute joints that stands on a table, whose top is z = 0 of its base."""

    name: str
    """Name that `load_arm` takes."""
    joint_names: Tuple[str, ...]
    """Joints from base to tool; the order of every vector of this workspace."""
    home: np.ndarray
    """Start pose, tool above the table and pointing down [rad], read-only, shape (n,)."""
    limits: JointLimits
    controller: ControllerInterface
    chain: KinematicChain
    workspace: HalfShell
    """Region whose every point the tool reaches with the whole arm above the table."""
    practice: Practice
    """What tasks ask of the arm: spreads of its joints, the ring on the table, its gripper."""
    allowed_collisions: Tuple[Tuple[str, str], ...]
    """Pairs of links whose collision shapes may overlap: they are joined, or nearly so."""
    urdf_path: Path
    """The arm without gripper; `robot_urdf` gives both."""
    base_frame: str = "base_link"
    """REP-103 frame of every pose: x forward, z up."""
    tool_frame: str = "tool0"
    """Without a gripper the flange, z out of the arm; with one the point between the fingertips."""
    flange_frame: str = "tool0"
    """Where a gripper is mounted."""
    gripper: Optional[Gripper] = None
    """What is mounted on the flange."""
    source: str = ""
    """What another process gives to `load_arm`: the name, or the path of a file that nobody
    offers by name; empty for the name."""
    driver: Optional[Driver] = None
    """What starts the arm's driver; None where nothing says how."""
    own_tool: Optional[np.ndarray] = None
    """Tool frame seen from the flange where a person said so, read-only, shape (4, 4), lengths in
    [m]; None for where the arm's file and its gripper have it. `with_tool` sets it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", _read_only(self.home))
        if self.own_tool is not None:
            object.__setattr__(self, "own_tool", _read_only(self.own_tool))
        lengths = {len(getattr(self.limits, field.name)) for field in fields(self.limits)}
        if lengths | {len(self.home)} != {self.num_joints}:
            raise ValueError(f"{self.name}: home and every limit need {self.num_joints} numbers.")
        if sorted(self.controller.joint_names) != sorted(self.joint_names):
            raise ValueError(
                f"{self.name}: the controller's joints {list(self.controller.joint_names)} must be "
                f"the arm's, in any order: {list(self.joint_names)}."
            )
        outside = (self.home < self.limits.position_lower) | (
            self.home > self.limits.position_upper
        )
        if not np.all(np.isfinite(self.home)) or np.any(outside):
            raise ValueError(
                f"{self.name}: home {self.home.tolist()} rad must lie within the position limits."
            )

    @property
    def num_joints(self) -> int:
        """n."""
        return len(self.joint_names)

    @property
    def tool_on_flange(self) -> np.ndarray:
        """Tool frame seen from the flange, whoever says where it is, (4, 4), lengths in [m]."""
        if self.own_tool is not None:
            return self.own_tool
        return np.eye(4) if self.gripper is None else self.gripper.tool

    def forward_kinematics(self, joint_position: np.ndarray) -> ToolPose:
        """Tool pose in the base frame for joint positions [rad] of shape (..., n)."""
        _, tool = self.chain.joint_frames(joint_position)
        return ToolPose(tool[..., :3, 3], quaternion_from_matrix(tool[..., :3, :3]))

    def jacobian(self, joint_position: np.ndarray) -> np.ndarray:
        """Tool velocity [m/s, rad/s] per joint velocity [rad/s], base frame, shape (..., 6, n)."""
        return self.chain.jacobian(joint_position)


def _read_only(values: np.ndarray) -> np.ndarray:
    """A float64 copy that nobody changes by mistake."""
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
