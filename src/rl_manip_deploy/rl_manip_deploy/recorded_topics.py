"""What a deployment records: enough to replay it, to judge its goals, and to say why it stopped."""

from __future__ import annotations

from typing import List

from rl_manip_description import Arm
from rl_manip_ros.interfaces import (
    DIAGNOSTICS,
    GOAL_POSE,
    GUARD_SENT,
    GUARD_STATE,
    GUARD_TOOL,
    HOLE_POSE,
    POLICY_COMMAND,
    POLICY_FRAMES,
    ROBOT_DESCRIPTION,
    SAFETY_MODE,
    SPEED_SCALING,
    TF,
    TF_STATIC,
    WATCHDOG_STATE,
    WRENCH,
    Topic,
    controller_commands,
    joint_states,
    program_running,
)


def recorded_topics(arm: Arm, rehearsal: bool = False) -> List[Topic]:
    """Topics of a deployment of this arm, those of its gripper among them.

    What the arm's controller is told is recorded as the guard reports it: a bag that is played back
    must not drive an arm.
    """
    driver, gripper = arm.controller, arm.gripper
    return [
        joint_states(driver.joint_state_topic),
        POLICY_COMMAND,
        GUARD_SENT,
        *([controller_commands(gripper.command_topic, rehearsal)] if gripper else []),
        GOAL_POSE,
        HOLE_POSE,
        WRENCH,
        DIAGNOSTICS,
        GUARD_STATE,
        GUARD_TOOL,
        WATCHDOG_STATE,
        *([running] if (running := program_running(driver.program_running_topic)) else []),
        SPEED_SCALING,
        SAFETY_MODE,
        ROBOT_DESCRIPTION,
        POLICY_FRAMES,
        TF_STATIC,
        TF,
    ]
