"""What a deployment records: enough to replay it, to judge its goals, and to say why it stopped."""

from __future__ import annotations

from typing import List

from rl_manip_description import Arm
from rl_manip_ros.interfaces import (
    DIAGNOSTICS,
    GOAL_POSE,
    GUARD_STATE,
    POLICY_COMMAND,
    SPEED_SCALING,
    WATCHDOG_STATE,
    Topic,
    joint_states,
    program_running,
    velocity_commands,
)


def recorded_topics(arm: Arm) -> List[Topic]:
    """Topics of a deployment of this arm, those of its gripper among them."""
    driver = arm.controller
    commands = [driver.command_topic] + ([arm.gripper.command_topic] if arm.gripper else [])
    return [
        joint_states(driver.joint_state_topic),
        POLICY_COMMAND,
        *(velocity_commands(name) for name in commands),
        GOAL_POSE,
        DIAGNOSTICS,
        GUARD_STATE,
        WATCHDOG_STATE,
        program_running(driver.program_running_topic),
        SPEED_SCALING,
    ]
