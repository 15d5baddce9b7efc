"""The gap between simulation and arm: live while the arm runs, or as a report of a bag."""

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction
from launch_ros.actions import Node

from rl_manip.launching.arguments import declared, given
from rl_manip.launching.ends import ends_launch
from rl_manip.launching.nodes import SIGNALS_WAIT, parameter_file
from rl_manip_deploy.launch_values import number

ARGUMENTS = {
    "arm": ("ur5e", "Arm that runs or was recorded: its name, or the path of its YAML file."),
    "bag": ("", "rosbag2 folder or file to report on; without it the node measures live."),
    "out": ("", "Folder for the report; default: gap/ beside the bag."),
    "policy": ("", "Policy (ONNX) whose goals are rerun in simulation and inputs checked."),
    "backend": ("mujoco", "Simulator of the replay: mujoco, mujoco_warp, isaacgym or auto."),
    "prefix": ("", "Text before every joint name in states and bag; default: found out."),
    "window": ("1.0", "Time between re-synchronisations of the replay [s]."),
    "history": ("10.0", "Length of the sliding window that is measured live [s]."),
}


def generate_launch_description() -> LaunchDescription:
    return LaunchDescription([*declared(ARGUMENTS), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list:
    values: dict = given(context, ARGUMENTS, __file__)
    values["window"] = number(values, "window", 0.1, 60.0)
    values["history"] = number(values, "history", 0.1, 60.0)
    node = Node(
        package="rl_manip_gap",
        executable="gap_node",
        name="gap_node",
        prefix=SIGNALS_WAIT,
        output="screen",
        parameters=[parameter_file(values)],
        on_exit=ends_launch("gap_node", "the gap node has ended"),
    )
    return [node]
