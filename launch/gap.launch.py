"""The gap between simulation and arm: live while the arm runs, or as a report of a bag."""

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from rl_manip.launching.ends import ends_launch

ARGUMENTS = {
    "arm": ("ur5e", "Arm that runs or was recorded.", str),
    "bag": ("", "rosbag2 folder or file to report on; without it the node measures live.", str),
    "out": ("", "Folder for the report; default: gap/ beside the bag.", str),
    "policy": ("", "Policy (ONNX) whose goals are rerun in simulation and inputs checked.", str),
    "backend": ("mujoco", "Simulator of the replay: mujoco, mujoco_warp, isaacgym or auto.", str),
    "window": ("1.0", "Time between re-synchronisations of the replay [s].", float),
    "history": ("10.0", "Length of the sliding window that is measured live [s].", float),
}


def generate_launch_description() -> LaunchDescription:
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description, _) in ARGUMENTS.items()
    ]
    parameters = {
        name: ParameterValue(LaunchConfiguration(name), value_type=kind)
        for name, (_, _, kind) in ARGUMENTS.items()
    }
    node = Node(
        package="rl_manip_gap",
        executable="gap_node",
        name="gap_node",
        output="screen",
        parameters=[parameters],
        on_exit=ends_launch("gap_node", "the gap node has ended"),
    )
    return LaunchDescription([*declared, node])
