"""A package `ur_robot_driver` that takes what the real one documents and says what it got."""

from __future__ import annotations

from pathlib import Path

# Arguments of ur_robot_driver's ur_control.launch.py (documentation of Jazzy and of Humble) that
# have a default, and those that must be given.
REQUIRED = ("ur_type", "robot_ip")
SHARED = (
    "safety_limits",
    "safety_pos_margin",
    "safety_k_position",
    "controllers_file",
    "tf_prefix",
    "headless_mode",
    "controller_spawner_timeout",
    "initial_joint_controller",
    "activate_joint_controller",
    "launch_rviz",
    "launch_dashboard_client",
    "use_tool_communication",
    "kinematics_params_file",
)
ARGUMENTS = {
    "jazzy": (*SHARED, "use_mock_hardware", "mock_sensor_commands"),
    "humble": (*SHARED, "use_fake_hardware", "fake_sensor_commands"),
}
CB3, E_SERIES = ("ur3", "ur5", "ur10"), ("ur3e", "ur5e", "ur7e", "ur10e", "ur12e", "ur16e")
UR_TYPES = (*CB3, *E_SERIES, "ur8long", "ur15", "ur18", "ur20", "ur30")
CONTROLLERS = (
    "scaled_joint_trajectory_controller",
    "joint_trajectory_controller",
    "forward_velocity_controller",
    "forward_position_controller",
)
LAUNCH_FILE = """
import json
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction

OPTIONAL, REQUIRED = {optional!r}, {required!r}
CHOICES = {choices!r}


def say(context):
    given = {{name: context.launch_configurations[name] for name in OPTIONAL + REQUIRED}}
    print("ur_control was given " + json.dumps(given), flush=True)


def generate_launch_description():
    declared = [DeclareLaunchArgument(n, choices=CHOICES.get(n)) for n in REQUIRED]
    declared += [DeclareLaunchArgument(n, default_value="default") for n in OPTIONAL
                 if n not in CHOICES]
    declared += [DeclareLaunchArgument(n, default_value=CHOICES[n][0], choices=CHOICES[n])
                 for n in OPTIONAL if n in CHOICES]
    return LaunchDescription([*declared, OpaqueFunction(function=say)])
"""


def write_stand_in(prefix: Path, distribution: str) -> Path:
    """Writes the package below `prefix`, an entry for AMENT_PREFIX_PATH; its launch file."""
    index = prefix / "share" / "ament_index" / "resource_index" / "packages"
    index.mkdir(parents=True)
    (index / "ur_robot_driver").touch()
    file = prefix / "share" / "ur_robot_driver" / "launch" / "ur_control.launch.py"
    file.parent.mkdir(parents=True)
    choices = {"ur_type": UR_TYPES, "initial_joint_controller": CONTROLLERS}
    file.write_text(
        LAUNCH_FILE.format(optional=ARGUMENTS[distribution], required=REQUIRED, choices=choices)
    )
    return file
