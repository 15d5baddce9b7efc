"""The gap between simulation and arm: live while the arm runs, or as a report of a bag."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, RegisterEventHandler, Shutdown
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

ARGUMENTS = {
    "arm": ("ur5e", "Arm that runs or was recorded.", str),
    "bag": ("", "rosbag2 folder or file to report on; without it the node measures live.", str),
    "out": ("", "Folder for the report; default: gap/ beside the bag.", str),
    "policy": ("", "Policy (ONNX) whose goals are rerun in simulation and inputs checked.", str),
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
    )
    ended = RegisterEventHandler(OnProcessExit(target_action=node, on_exit=_on_exit))
    return LaunchDescription([*declared, node, ended])


def _on_exit(event: ProcessExited, context: LaunchContext) -> Shutdown:
    """Ends the launch with the node; a failure becomes the launch's exit code."""
    if event.returncode and not context.is_shutdown:
        raise RuntimeError(f"gap_node ended with code {event.returncode}; it says why above")
    return Shutdown(reason="the gap node has ended")
