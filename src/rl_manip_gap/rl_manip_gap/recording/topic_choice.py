"""Which of a bag's topics and joints are one arm's: by the arm's file, or as a person says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

from rl_manip_description import Arm
from rl_manip_ros.interfaces import (
    BOOL,
    FLOAT64,
    FLOAT64_MULTI_ARRAY,
    GOAL_POSE,
    GUARD_SENT,
    GUARD_TOOL,
    JOINT_STATE,
    JOINT_TRAJECTORY,
    OBJECT_POSE,
    POLICY_FRAMES,
    ROBOT_DESCRIPTION,
    SAFETY_MODE,
    SPEED_SCALING,
    TF_STATIC,
    controller_commands,
    joint_states,
    program_running,
    resolved,
    trajectory_commands,
)

COMMAND_TYPES = (FLOAT64_MULTI_ARRAY, JOINT_STATE, JOINT_TRAJECTORY)
# As ros2_controllers' examples name them, where an arm's file does not.
_VELOCITY_COMMANDS = "/forward_velocity_controller/commands"
_POSITION_COMMANDS = "/forward_position_controller/commands"


@dataclass(frozen=True)
class TopicChoice:
    """Topics and joint names of the recorded arm where they are not those of the arm's file."""

    joint_states: str = ""
    """Topic of the joint states (sensor_msgs/JointState); empty: the one in the arm's file."""
    commands: str = ""
    """Topic of the commands: velocities or positions (std_msgs/Float64MultiArray), named velocities
    (sensor_msgs/JointState) or trajectories (trajectory_msgs/JointTrajectory); empty: what the
    guard or the arm's controllers were sent."""
    prefix: Optional[str] = None
    """Text before every joint name, the driver's tf_prefix ("" for none); not given: found out."""
    namespace: str = ""
    """Namespace of every topic of the arm."""


BY_ARM = TopicChoice()
"""Everything as the arm's file names it."""


@dataclass(frozen=True)
class ArmTopics:
    """Full names of what is read of a bag."""

    joint_states: str
    commands: Tuple[str, ...]  # the first that is there counts
    program_running: str  # empty where the driver does not say
    speed_scaling: str
    safety_mode: str
    description: str
    goals: str
    objects: str
    tool: str
    written_frames: str
    fixed_frames: str

    @property
    def types(self) -> Dict[str, Tuple[str, ...]]:
        """Types that messages may have, by topic."""
        return {
            **dict.fromkeys(self.commands, COMMAND_TYPES),
            self.joint_states: (JOINT_STATE,),
            self.program_running: (BOOL,),
            self.speed_scaling: (FLOAT64,),
            self.safety_mode: (SAFETY_MODE.type,),
            self.description: (ROBOT_DESCRIPTION.type,),
            self.goals: (GOAL_POSE.type,),
            self.objects: (OBJECT_POSE.type,),
            self.tool: (GUARD_TOOL.type,),
            self.written_frames: (POLICY_FRAMES.type,),
            self.fixed_frames: (TF_STATIC.type,),
        }


def velocity_commands(arm: Arm) -> str:
    """Topic of the arm's velocity controller, in its file's words or as it is commonly called."""
    return arm.controller.command_topic or _VELOCITY_COMMANDS


def arm_topics(arm: Arm, choice: TopicChoice) -> ArmTopics:
    """Topics of an arm, in the namespace and with the names that were chosen."""
    driver, space = arm.controller, choice.namespace
    heard = [
        controller_commands(velocity_commands(arm)),
        *([trajectory_commands(driver.trajectory_topic)] if driver.trajectory_topic else []),
        controller_commands(driver.position_topic or _POSITION_COMMANDS),
    ]
    sent = [topic.resolved(space) for topic in (GUARD_SENT, *heard)]
    states = joint_states(driver.joint_state_topic).resolved(space)
    running = program_running(driver.program_running_topic)
    return ArmTopics(
        joint_states=resolved(choice.joint_states, space) if choice.joint_states else states,
        commands=(resolved(choice.commands, space),) if choice.commands else tuple(sent),
        program_running="" if running is None else running.resolved(space),
        speed_scaling=SPEED_SCALING.resolved(space),
        safety_mode=SAFETY_MODE.resolved(space),
        description=ROBOT_DESCRIPTION.resolved(space),
        goals=GOAL_POSE.resolved(space),
        objects=OBJECT_POSE.resolved(space),
        tool=GUARD_TOOL.resolved(space),
        written_frames=POLICY_FRAMES.resolved(space),
        fixed_frames=TF_STATIC.resolved(space),
    )
