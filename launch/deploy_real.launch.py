"""Runs a policy on an arm: driver or simulated arm, velocity guard, policy node, recorder.

The guard stands between policy and driver. If it dies, the watchdog stops the arm and the launch
ends; if the watchdog dies, the guard stops the arm. Ctrl+C brings the arm to rest first.
"""

import os
import shutil
import signal
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
)
from launch.event_handlers import OnShutdown
from launch.events.process import SignalProcess
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import Node

from rl_manip_deploy.launch_arguments import DEPLOY_ARGUMENTS, DeployPlan, plan_deployment
from rl_manip_deploy.recorded_topics import recorded_topics
from rl_manip_description import load_arm
from rl_manip_ros.interfaces import OBJECT_POSE

# the launch file's own folder, links followed: the checkout's, or the installed share of rl_manip
HERE = Path(__file__).resolve().parent
POLICIES = HERE.parent / "policies"
# rosbag2 would lose up to 3 s of a recording that is cut off
WRITER = HERE / "mcap_writer.yaml"
# Shared memory puts locks between processes: a recorder that is starved or frozen while it holds
# one holds up the guard too (seen: 100 ms). Sockets do not.
OWN_TRANSPORT = {"FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}
# policy_node repeats its command every 10 ms: one may be lost before the arm slows down [s].
COMMAND_HOLD = 0.025


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments; what starts is decided once they are checked."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in DEPLOY_ARGUMENTS.items()
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list:
    values = {name: context.launch_configurations[name].strip() for name in DEPLOY_ARGUMENTS}
    plan = plan_deployment(values, POLICIES)
    robot = f"{plan.arm} with {plan.gripper}" if plan.gripper else plan.arm
    source = f"policy {plan.policy}" if plan.policy else "requests of another node"
    actions = [LogInfo(msg=f"{source} on the {robot}, hardware {plan.hardware}")]
    if plan.hardware == "sim":
        actions.append(_simulated_arm(plan))
    elif plan.robot_ip:
        actions.append(_ur_driver(plan))
    if plan.record:
        actions.append(_recorder(plan))
        actions.append(LogInfo(msg=f"recording to {plan.bag}"))
    actions += [_watchdog(plan), _guard(plan)]
    if plan.policy:
        actions.append(_policy(plan))
    return [*actions, _prompt_end([action for action in actions if isinstance(action, Node)])]


def _prompt_end(nodes: list) -> RegisterEventHandler:
    """SIGINT for our nodes as soon as the launch ends.

    On SIGINT launch counts on the terminal to have told its processes too, and otherwise lets them,
    and with them the arm, go on for 5 s.
    """
    tell = SignalProcess(signal_number=signal.SIGINT, process_matcher=lambda a: a in nodes)
    return RegisterEventHandler(OnShutdown(on_shutdown=[EmitEvent(event=tell)]))


def _guard(plan: DeployPlan) -> Node:
    return _node(
        "rl_manip_deploy",
        "velocity_guard_node",
        "the velocity guard",
        {
            "arm": plan.arm,
            "gripper": plan.gripper,
            "tf_prefix": plan.tf_prefix,
            "auto_arm": plan.auto_arm,
            "watchdog": True,
            "timing.command_hold": COMMAND_HOLD,
            "realtime_priority": plan.realtime_priority,
        },
    )


def _watchdog(plan: DeployPlan) -> Node:
    return _node(
        "rl_manip_deploy",
        "guard_watchdog_node",
        "the watchdog",
        {"arm": plan.arm, "realtime_priority": plan.realtime_priority},
    )


def _policy(plan: DeployPlan) -> Node:
    return _node(
        "rl_manip_deploy",
        "policy_node",
        "the policy node",
        {
            "arm": plan.arm,
            "tf_prefix": plan.tf_prefix,
            "policy": str(plan.policy),
            "policy_sha256": plan.policy_sha256,
            "control_dt": plan.control_dt,
            "realtime_priority": plan.realtime_priority,
            "autostart": True,
        },
    )


def _simulated_arm(plan: DeployPlan) -> Node:
    return _node(
        "rl_manip_sim",
        "sim_arm_node",
        "the simulated arm",
        {
            "arm": plan.arm,
            "gripper": plan.gripper,
            "object": plan.handles_object,
            "tf_prefix": plan.tf_prefix,
            "seed": plan.sim_seed,
            "name_order": plan.sim_name_order,
        },
    )


def _node(package: str, executable: str, what: str, parameters: dict) -> Node:
    """A node whose end ends everything."""
    return Node(
        package=package,
        executable=executable,
        additional_env=OWN_TRANSPORT,
        output="screen",
        parameters=[parameters],
        on_exit=_end_of(what),
    )


def _ur_driver(plan: DeployPlan) -> IncludeLaunchDescription:
    distribution = os.environ.get("ROS_DISTRO", "jazzy")
    try:
        share = get_package_share_directory("ur_robot_driver")
    except PackageNotFoundError:
        raise RuntimeError(
            f"robot_ip is given, but the UR driver is not installed: "
            f"sudo apt install ros-{distribution}-ur-robot-driver"
        ) from None
    mock = "use_fake_hardware" if distribution == "humble" else "use_mock_hardware"
    arguments = {
        "ur_type": plan.arm,
        "robot_ip": plan.robot_ip,
        "initial_joint_controller": "forward_velocity_controller",
        "activate_joint_controller": "true",
        "tf_prefix": plan.tf_prefix,
        "headless_mode": str(plan.headless_mode).lower(),
        "launch_rviz": str(plan.launch_rviz).lower(),
        mock: str(plan.use_mock_hardware).lower(),
    }
    source = PythonLaunchDescriptionSource(str(Path(share) / "launch" / "ur_control.launch.py"))
    return IncludeLaunchDescription(source, launch_arguments=arguments.items())


def _recorder(plan: DeployPlan) -> ExecuteProcess:
    topics = [topic.resolved() for topic in recorded_topics(load_arm(plan.arm, plan.gripper))]
    topics += [OBJECT_POSE.resolved()] if plan.handles_object else []
    # the arm does not depend on the recorder: its end ends nothing else; a launch that is killed
    # takes it along, the nodes see to that by themselves
    prefix = "setpriv --pdeathsig INT" if shutil.which("setpriv") else None
    return ExecuteProcess(
        prefix=prefix,
        cmd=["ros2", "bag", "record", "-s", "mcap", "--storage-config-file", str(WRITER)]
        + ["-o", str(plan.bag), *topics],
        additional_env=OWN_TRANSPORT,
        output="screen",
    )


def _end_of(what: str):
    """Ends the launch, with exit code 1, when a process ends before it was told to."""

    def on_exit(event, context: LaunchContext) -> None:
        if not context.is_shutdown:
            raise RuntimeError(f"{what} ended with code {event.returncode}: everything stops.")

    return on_exit
