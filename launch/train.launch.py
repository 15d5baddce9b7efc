"""Trains a policy; ends by itself with the exit code 0 when it has written policy.onnx."""

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, RegisterEventHandler, Shutdown
from launch.event_handlers import OnProcessExit
from launch.events.process import ProcessExited
from launch_ros.actions import Node

from rl_manip.launching.arguments import given
from rl_manip.launching.nodes import SIGNALS_WAIT, parameter_file
from rl_manip_train.ros.trainer_process import find_interpreter
from rl_manip_train.settings.settings_as_text import NODE_SETTINGS, parse_settings, train_settings

MARGIN = 10.0  # of the node's own way out over that of its child [s]


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments, which are the settings of TrainCfg; starts once they are checked."""
    declared = [
        DeclareLaunchArgument(
            setting.name, default_value=setting.default_text, description=setting.description
        )
        for setting in (*train_settings(), *NODE_SETTINGS)
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list:
    names = [setting.name for setting in (*train_settings(), *NODE_SETTINGS)]
    texts = given(context, names, __file__)
    # refuses a bad value before anything starts
    parse_settings(texts)
    python, stop_timeout = [setting.parse(texts[setting.name]) for setting in NODE_SETTINGS]
    find_interpreter(python)
    node = Node(
        package="rl_manip_train",
        executable="train_node",
        name="train_node",
        prefix=SIGNALS_WAIT,
        output="screen",
        parameters=[parameter_file(texts)],
        sigkill_timeout=str(stop_timeout + MARGIN),
    )
    return [RegisterEventHandler(OnProcessExit(target_action=node, on_exit=_on_exit)), node]


def _on_exit(event: ProcessExited, context: LaunchContext) -> Shutdown:
    """Ends the launch with the node; a failure becomes the launch's exit code."""
    if event.returncode < 0:
        raise RuntimeError(f"train_node was ended by signal {-event.returncode}")
    if event.returncode:
        raise RuntimeError(f"train_node ended with code {event.returncode}; it says why above")
    return Shutdown(reason="the training has ended")
