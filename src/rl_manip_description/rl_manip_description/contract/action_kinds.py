"""What a policy's actions may mean, before its graph makes joint velocities of them."""

from __future__ import annotations

from typing import Dict

JOINT_VELOCITY = "joint_velocity"
JOINT_POSITION_DELTA = "joint_position_delta"
TOOL_TWIST = "tool_twist"
LEVEL_TOOL = "level_tool"

ACTION_KINDS: Dict[str, str] = {
    JOINT_VELOCITY: "a velocity of each joint [rad/s]",
    JOINT_POSITION_DELTA: "how far each joint is to be from its measured position one control "
    "step later [rad per control step], no further than its position limits",
    TOOL_TWIST: "linear [m/s] and angular [rad/s] velocity of the tool in axes that point ahead of "
    "the arm, found for the joints by damped least squares, all slowed down together where one "
    "would exceed its limit",
    LEVEL_TOOL: "linear velocity [m/s] of a tool that is held pointing straight down, in axes "
    "turned with it, and its turning about the vertical [rad/s]",
}
"""Those that training knows, each with its meaning."""
