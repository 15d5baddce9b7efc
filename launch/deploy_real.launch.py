"""Runs a policy on an arm: driver or simulated arm, velocity guard, policy node, recorder.

The guard stands between policy and driver. If it dies, the watchdog stops the arm and the launch
ends; if the watchdog dies, the guard stops the arm. However the launch ends, the arm comes to rest
first: guard and watchdog hear no terminal, and notice when the launch is gone.
"""

import os
import shutil
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch import LaunchContext, LaunchDescription
from launch.actions import ExecuteProcess, LogInfo, OpaqueFunction
from launch_ros.actions import Node

from rl_manip.launching.arguments import declared, given
from rl_manip.launching.bystanders import (
    cockpit_node,
    goal_server_node,
    policy_folders,
    rviz,
    scene_node,
)
from rl_manip.launching.nodes import (
    OWN_SESSION,
    ends_everything,
    own_transport,
    prompt_end,
    robot_node,
)
from rl_manip_cockpit.launch_arguments import COCKPIT_SWITCH
from rl_manip_deploy.launch_arguments import DEPLOY_ARGUMENTS, DeployPlan, plan_deployment
from rl_manip_deploy.launch_values import boolean, whole
from rl_manip_deploy.recorded_topics import recorded_topics
from rl_manip_description import load_arm
from rl_manip_description.model.driver import Driver
from rl_manip_ros.interfaces import DRIVE_TO, OBJECT_POSE

# the launch file's own folder, links followed: the checkout's, or the installed share of rl_manip
HERE = Path(__file__).resolve().parent
POLICIES = HERE.parent / "policies"
# rosbag2 would lose up to 3 s of a recording that is cut off
WRITER = HERE / "mcap_writer.yaml"
# policy_node repeats its command every 10 ms: one may be lost before the arm slows down [s].
COMMAND_HOLD = 0.025
# The watchdog comes before the guard, which comes before the policy, where a core is short.
WATCHDOG_ABOVE = 1
ARGUMENTS = {**DEPLOY_ARGUMENTS, **COCKPIT_SWITCH}


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments; what starts is decided once they are checked."""
    return LaunchDescription([*declared(ARGUMENTS), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list:
    values = given(context, ARGUMENTS, __file__)
    plan = plan_deployment(values, POLICIES)
    arm = load_arm(plan.arm)
    robot = f"{arm.name} with {plan.gripper}" if plan.gripper else arm.name
    source = f"policy {plan.policy}" if plan.policy else "requests of another node"
    actions = [LogInfo(msg=f"{source} on the {robot}, hardware {plan.hardware}")]
    if plan.hardware == "sim":
        actions.append(_simulated_arm(plan))
    elif plan.robot_ip and arm.driver is not None:
        actions.append(_driver(plan, arm.driver))
    recorders = [_recorder(plan)] if plan.record else []
    if recorders:
        actions += recorders
        actions.append(LogInfo(msg=f"recording to {plan.bag}"))
    actions += [_watchdog(plan), _guard(plan)]
    if plan.policy:
        actions.append(_policy(plan))
        actions += [_goal_server(plan)] if plan.goal_actions and _actions_are_built() else []
    if plan.rviz:
        actions += [_scene(plan), rviz(plan.tf_prefix + arm.base_frame, plan.namespace)]
    if boolean(values, "cockpit"):
        policies = policy_folders(POLICIES, values["cockpit_policies"])
        actions.append(_cockpit(plan, whole(values, "cockpit_port", 0, 65535), policies))
    nodes = [action for action in actions if isinstance(action, Node)]
    # first, so that no process starts unseen
    return [*prompt_end(nodes, recorders), *actions]


def _guard(plan: DeployPlan) -> Node:
    # requests of another node come as often as it sends them: the guard holds them accordingly
    hold = {"timing.command_hold": COMMAND_HOLD} if plan.policy else {}
    return _node(
        plan,
        "rl_manip_deploy",
        "velocity_guard_node",
        "the velocity guard",
        {
            "arm": plan.arm,
            "gripper": plan.gripper,
            "tool": plan.tool,
            "description": plan.description,
            "tf_prefix": plan.tf_prefix,
            "rehearsal": plan.hardware == "sim",
            "command_port": plan.command_port,
            "settings": plan.guard_settings,
            # mock hardware never says whether its program runs
            "says_program": not plan.use_mock_hardware,
            "force_limit": plan.force_limit,
            "enable_topic": plan.enable_topic,
            "auto_arm": plan.auto_arm,
            "watchdog": True,
            **hold,
            "realtime_priority": plan.realtime_priority,
        },
    )


def _watchdog(plan: DeployPlan) -> Node:
    priority = plan.realtime_priority
    return _node(
        plan,
        "rl_manip_deploy",
        "guard_watchdog_node",
        "the watchdog",
        {
            "arm": plan.arm,
            "rehearsal": plan.hardware == "sim",
            "command_port": plan.command_port,
            "realtime_priority": min(priority + WATCHDOG_ABOVE, 99) if priority else 0,
        },
    )


def _policy(plan: DeployPlan) -> Node:
    return _node(
        plan,
        "rl_manip_deploy",
        "policy_node",
        "the policy node",
        {
            "arm": plan.arm,
            "tool": plan.tool,
            "description": plan.description,
            "tf_prefix": plan.tf_prefix,
            "rehearsal": plan.hardware == "sim",
            "frames": plan.frames,
            "policy": str(plan.policy),
            "policy_sha256": plan.policy_sha256,
            "control_dt": plan.control_dt,
            "queue_goals": plan.queue_goals,
            "realtime_priority": plan.requester_priority,
            "autostart": True,
        },
    )


def _actions_are_built() -> bool:
    """Whether set-up found what it takes to build types of actions; it said so where it did not."""
    try:
        get_package_share_directory(DRIVE_TO.split("/")[0])
    except PackageNotFoundError:
        return False
    return True


def _goal_server(plan: DeployPlan) -> Node:
    return goal_server_node(_arm_and_frames(plan), plan.namespace)


def _scene(plan: DeployPlan) -> Node:
    more = {"gripper": plan.gripper, "guard_settings": plan.guard_settings}
    return scene_node({**_arm_and_frames(plan), **more}, plan.namespace)


def _arm_and_frames(plan: DeployPlan) -> dict[str, str]:
    """What every node is told that only looks at the arm."""
    return {
        "arm": plan.arm,
        "tool": plan.tool,
        "description": plan.description,
        "tf_prefix": plan.tf_prefix,
        "frames": plan.frames,
    }


def _cockpit(plan: DeployPlan, port: int, policies: str) -> Node:
    return cockpit_node(
        {
            "arm": plan.arm,
            "gripper": plan.gripper,
            "tool": plan.tool,
            "description": plan.description,
            "tf_prefix": plan.tf_prefix,
            "policy": str(plan.policy or ""),
            "frames": plan.frames,
            "guard_settings": plan.guard_settings,
            "enable_topic": plan.enable_topic,
            "policies": policies,
            "bag": str(plan.bag) if plan.record else "",
            "port": port,
        },
        plan.namespace,
    )


def _simulated_arm(plan: DeployPlan) -> Node:
    return _node(
        plan,
        "rl_manip_sim",
        "sim_arm_node",
        "the simulated arm",
        {
            "arm": plan.arm,
            "gripper": plan.gripper,
            "object": plan.handles_object,
            "support": plan.stacks,
            "hole": plan.fills_hole,
            "kinematics": plan.sim_kinematics,
            "tf_prefix": plan.tf_prefix,
            "rehearsal": True,
            "command_port": plan.command_port,
            "seed": plan.sim_seed,
            "name_order": plan.sim_name_order,
            "object_latency": plan.sim_object_latency,
        },
    )


def _node(plan: DeployPlan, package: str, executable: str, what: str, parameters: dict) -> Node:
    """A node whose end ends everything."""
    end = ends_everything(what)
    return robot_node(package, executable, parameters, plan.namespace, end)


def driver_arguments(plan: DeployPlan, driver: Driver, distribution: str) -> dict:
    """Arguments of the driver's launch file, by the names of that distribution."""
    given = {
        "robot_ip": plan.robot_ip,
        "controller": load_arm(plan.arm).controller.controller_of(plan.command_port),
        "tf_prefix": plan.tf_prefix,
        "kinematics_params_file": plan.kinematics_params_file,
        "headless_mode": str(plan.headless_mode).lower(),
        "launch_rviz": str(plan.launch_rviz).lower(),
        "use_mock_hardware": str(plan.use_mock_hardware).lower(),
    }
    return driver.arguments_for(given, distribution)


def _driver(plan: DeployPlan, driver: Driver) -> Node:
    """The driver, which ends after the arm has come to rest, and not with the terminal."""
    distribution = os.environ.get("ROS_DISTRO", "jazzy")
    try:
        get_package_share_directory(driver.package)
    except PackageNotFoundError:
        raise RuntimeError(
            f"robot_ip is given, but {driver.package} is not installed: "
            f"sudo apt install ros-{distribution}-{driver.package.replace('_', '-')}"
        ) from None
    arguments = driver_arguments(plan, driver, distribution)
    words = [f"{name}:={value}" for name, value in arguments.items()]
    command = ["ros2", "launch", driver.package, driver.launch_file, *words]
    return robot_node(
        "rl_manip_deploy",
        "driver_keeper",
        {},
        plan.namespace,
        ends_everything("the arm's driver"),
        command,
    )


def _recorder(plan: DeployPlan) -> ExecuteProcess:
    topics = [
        topic.resolved(plan.namespace)
        for topic in recorded_topics(load_arm(plan.arm, plan.gripper), plan.hardware == "sim")
    ]
    topics += [OBJECT_POSE.resolved(plan.namespace)] if plan.handles_object else []
    # the arm does not depend on the recorder: its end ends nothing else; a launch that is killed
    # takes it along, the nodes see to that by themselves
    prefix = f"{OWN_SESSION} setpriv --pdeathsig INT" if shutil.which("setpriv") else None
    return ExecuteProcess(
        name="recorder",
        prefix=prefix,
        cmd=["ros2", "bag", "record", "-s", "mcap", "--storage-config-file", str(WRITER)]
        + ["-o", str(plan.bag), *topics],
        additional_env={**own_transport(), "RL_MANIP_INTERRUPTED": "0"},
        output="screen",
    )
