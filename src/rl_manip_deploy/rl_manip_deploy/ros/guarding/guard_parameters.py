"""Parameters of the velocity guard's node, and the settings file that their defaults come from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Tuple

from rclpy.node import Node

from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.guard_limits import GuardLimits, GuardLimitsError, tightened
from rl_manip_deploy.guard.guard_settings import GuardSettings, read_settings
from rl_manip_deploy.guard.references.trajectory_reference import AHEAD
from rl_manip_deploy.ros.robot.robot_parameters import RobotParameters
from rl_manip_description import Arm
from rl_manip_description.contract.settings import setting
from rl_manip_description.model.arm import COMMAND_PORTS
from rl_manip_ros.parameters import declare, declared_values


@dataclass(frozen=True)
class SettingsFile:
    """What the other parameters' defaults depend on."""

    settings: str = setting("", "YAML file of limits, zones, payload, timing; empty for none.")


@dataclass(frozen=True)
class GuardParameters(RobotParameters):
    """Parameters of the node, beside `SettingsFile` and ``limits.<field of GuardLimits>``."""

    command_port: str = setting("velocity", "How commands reach the driver.", choices=COMMAND_PORTS)
    enable_topic: str = setting("", "Hold to run: std_msgs/Bool, fresh true; empty for none.")
    says_program: bool = setting(
        True, "Whether the driver says if the robot program runs; mock hardware does not."
    )
    force_limit: float = setting(
        0.0, "Largest force of contact at the wrist; 0: no limit, and no sensor.", "N", 0.0, 500.0
    )
    watchdog: bool = setting(False, "Whether the arm moves only while the watchdog is alive.")
    auto_arm: bool = setting(False, "Whether to arm once, when all is fresh.")
    timing: GuardTiming = GuardTiming()


def declared_parameters(node: Node) -> Tuple[GuardSettings, GuardParameters]:
    """What the settings file says, and the parameters, whose timing defaults to the file's.

    Raises:
        ValueError: the file or a parameter cannot be used; says which, and what to give.
    """
    settings = read_settings(declare(node, SettingsFile).settings)
    defaults = GuardParameters(timing=settings.timing)
    return settings, GuardParameters(**declared_values(node, defaults))


def declared_limits(
    node: Node, arm: Arm, settings: GuardSettings, given: GuardParameters
) -> GuardLimits:
    """Parameters `limits.<field>`; they default to the file's limits, and those to the arm's own.

    Raises:
        GuardLimitsError: one is looser than the arm's own, or cannot be.
    """
    try:
        own = tightened(arm, settings.limits)
    except GuardLimitsError as error:
        raise GuardLimitsError(f"limits of the settings file: {error}") from None
    limits = tightened(arm, declared_values(node, own, "limits."))
    if given.command_port == "trajectory":
        # what a message says is done so much later
        limits = replace(limits, response_time=limits.response_time + AHEAD)
    return limits
