"""Arguments of deploy_real and evaluate.launch.py, checked before anything starts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional

from rl_manip_deploy.launch_files import (
    description_file,
    file_of,
    frames_file,
    kinematics_file,
    sim_kinematics,
)
from rl_manip_deploy.launch_values import (
    LaunchArgumentError,
    boolean,
    force_limit,
    namespace_of,
    number,
    one_of,
    whole,
)
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import Arm, known_arms, known_grippers, load_arm
from rl_manip_description.kinematics.written_tool import tool_numbers
from rl_manip_description.model.arm import COMMAND_PORTS
from rl_manip_description.paths import path_of

# name -> (default, description)
DEPLOY_ARGUMENTS = {
    "arm": ("ur5e", f"Arm to run: {', '.join(known_arms())}, or the path of an arm's YAML file."),
    "policy": (
        "",
        "Policy (ONNX file), or none where another node sends /policy/command. "
        "Default: the shipped one of policies/, <arm>_reach/policy.onnx.",
    ),
    "policy_sha256": ("", "SHA-256 that the policy file must have; empty: any."),
    "control_dt": ("0.04", "Time between two actions that the policy must be trained for [s]."),
    "gripper": (
        "auto",
        "What the flange carries: none, a gripper's name, or auto for what the policy was trained "
        "with. The guard keeps its lowest point above the table.",
    ),
    "tool": (
        "",
        "Tool centre point in the frame of the arm's flange: x,y,z [m] or x,y,z,roll,pitch,yaw "
        "[m, rad], about fixed axes as in a URDF. Empty: where the arm's file and gripper have it.",
    ),
    "description": (
        "",
        "Kinematics of this very arm: a file (URDF, or calibration YAML of ur_calibration), or "
        "nominal for the data sheet's. Empty: what comes on /robot_description, else nominal.",
    ),
    "kinematics_params_file": (
        "",
        "Calibration YAML of ur_calibration: for the UR driver, and, without description, for "
        "policy, guard and evaluation.",
    ),
    "frames": (
        "",
        "YAML file of fixed frames (parent, child, xyz [m], rpy [rad]) in which goals and objects "
        "may be given, beside those of the robot's description and of TF. Empty: none.",
    ),
    "hardware": ("real", "real: the arm's driver, or one that already runs; sim: a simulated arm."),
    "robot_ip": (
        "",
        "Address of the robot: starts the arm's driver. Empty: uses a running driver.",
    ),
    "auto_arm": (
        "sim",
        "Arm the guard once, when all is fresh: true, false, or sim: a simulated arm only.",
    ),
    "command_port": (
        "auto",
        "How the guard speaks to the driver: velocity (a velocity controller, which repeats the "
        "last command for ever), trajectory (a joint_trajectory_controller: each message ends "
        "at rest, whatever dies on this side) or position (a controller that holds each position). "
        "auto: the first of them that the arm's file names a controller for.",
    ),
    "guard_settings": (
        "",
        "YAML file with limits, zones, payload and timing of the guard; may only tighten the arm's "
        "own. Empty: the arm's own.",
    ),
    "force_limit": (
        "auto",
        "Contact force at the wrist above which the guard stops the arm [N], 0 for none. auto: 60 "
        "for policies that read the wrist's wrench, else none.",
    ),
    "enable_topic": (
        "",
        "Hold to run: a std_msgs/Bool topic; the arm moves only while fresh 'true' comes on it. "
        "Empty: no such switch.",
    ),
    "queue_goals": ("false", "Keep a goal that comes while the guard is not armed, for 10 s."),
    "goal_actions": (
        "true",
        "Take goals as actions, too, where set-up could build rl_manip_interfaces.",
    ),
    "namespace": ("", "Namespace of all nodes and topics, the driver's among them."),
    "record": ("true", "Record states, commands, goals and diagnostics with ros2 bag (MCAP)."),
    "run_dir": ("", "Folder of this run. Default: runs/<arm>_<hardware>_<time>."),
    "bag": ("", "Folder of the bag; must not exist. Default: <run_dir>/bag."),
    "tf_prefix": ("", "Prefix of the robot's joint and frame names."),
    "realtime_priority": ("20", "SCHED_FIFO priority of guard and policy; 0: none."),
    "sim_seed": ("1", "hardware:=sim: seed of the simulated arm's hidden parameters."),
    "sim_name_order": ("alphabetical", "hardware:=sim: alphabetical, controller or random."),
    "sim_kinematics": (
        "",
        "hardware:=sim: kinematics that the simulated arm really has: a seed, a file as for "
        "description, or empty for the data sheet's.",
    ),
    "sim_object_latency": (
        "-1",
        "hardware:=sim: how late the object is seen [s]; -1 draws it.",
    ),
    "headless_mode": ("false", "UR driver: run without the External Control URCap."),
    "use_mock_hardware": ("false", "UR driver: mock the robot (use_fake_hardware on Humble)."),
    "rviz": (
        "false",
        "Publish markers of goal, tool, zones and the guard's solids, and show them in RViz where "
        "it is installed.",
    ),
    "launch_rviz": ("false", "UR driver: show the robot in RViz."),
}


@dataclass(frozen=True)
class DeployPlan:
    """Checked arguments, with the types that the nodes take; empty where not given."""

    arm: str  # name, or path of a YAML file
    gripper: str
    tool: str  # as `tool_numbers` reads it, empty for the arm file's
    description: str  # path, nominal, or empty for what comes on /robot_description
    kinematics_params_file: str  # path, empty for none
    frames: str  # path, empty for none
    command_port: str
    guard_settings: str  # path, empty for none
    force_limit: float  # [N], 0 for none
    enable_topic: str
    queue_goals: bool
    goal_actions: bool
    namespace: str
    handles_object: bool  # whether the policy must be told where an object is
    stacks: bool  # whether its goals are on top of a block
    fills_hole: bool  # whether its goals are a hole that a peg goes into
    policy: Optional[Path]  # None: another node sends the requests
    policy_sha256: str
    control_dt: float  # [s]
    hardware: str
    robot_ip: str
    auto_arm: bool
    record: bool
    run_dir: Path
    bag: Path
    tf_prefix: str
    realtime_priority: int
    sim_seed: int
    sim_name_order: str
    sim_object_latency: float  # [s], negative draws it
    sim_kinematics: str  # seed or path, empty for the data sheet's
    headless_mode: bool
    use_mock_hardware: bool
    launch_rviz: bool
    rviz: bool

    @property
    def requester_priority(self) -> int:
        """Of who sends the guard requests: below the guard's."""
        return max(self.realtime_priority - 1, 0)


def plan_deployment(values: Mapping[str, str], policies: Path) -> DeployPlan:
    """The arguments, checked; nothing is written.

    Args:
        values: text of every argument of DEPLOY_ARGUMENTS.
        policies: folder of the shipped policies.

    Raises:
        ValueError: an unknown arm, a policy that does not fit it, or a value out of its range.
    """
    arm = load_arm(values["arm"])
    hardware = one_of(values, "hardware", ("real", "sim"))
    if hardware == "sim" and values["robot_ip"]:
        raise LaunchArgumentError(
            f"robot_ip:={values['robot_ip']} needs hardware:=real, but hardware is 'sim': drop one."
        )
    if values["robot_ip"] and arm.driver is None:
        raise LaunchArgumentError(
            f"robot_ip is given, but the file of {arm.name} names no driver: start the driver "
            "yourself and leave robot_ip out, or give that file the key driver."
        )
    namespace = namespace_of(values)
    if namespace and values["robot_ip"]:
        raise LaunchArgumentError(
            f"namespace is {namespace!r}, but the driver's launch file takes none: start the "
            "driver in that namespace yourself and leave robot_ip out."
        )
    control_dt = number(values, "control_dt", 0.002, 0.09)
    path = None if values["policy"] == "none" else _policy_path(values, arm, policies)
    policy = load_policy(path, arm, control_dt, values["policy_sha256"]) if path else None
    name = f"{arm.name}_{hardware}_{time.strftime('%Y%m%d_%H%M%S')}"
    run_dir = path_of(values["run_dir"] or Path("runs") / name).absolute()
    bag = path_of(values["bag"]).absolute() if values["bag"] else run_dir / "bag"
    auto_arm = one_of(values, "auto_arm", ("true", "false", "sim"))
    record = boolean(values, "record")
    if record and bag.exists():
        raise LaunchArgumentError(f"bag folder {bag} exists: give another bag:= or run_dir:=.")
    return DeployPlan(
        arm=arm.source,
        gripper=_gripper(values, policy.arm if policy else arm),
        tool=_tool(values),
        description=description_file(values, arm),
        kinematics_params_file=kinematics_file(values, "kinematics_params_file", arm),
        frames=frames_file(values, arm),
        command_port=_command_port(values, arm),
        guard_settings=file_of(values, "guard_settings"),
        force_limit=force_limit(values, policy is not None and policy.metadata.reads_wrench),
        enable_topic=values["enable_topic"],
        queue_goals=boolean(values, "queue_goals"),
        goal_actions=boolean(values, "goal_actions"),
        namespace=namespace,
        handles_object=policy is not None and policy.reads_object,
        stacks=policy is not None and policy.metadata.stacks,
        fills_hole=policy is not None and policy.metadata.hole is not None,
        policy=path,
        policy_sha256=values["policy_sha256"],
        control_dt=control_dt,
        hardware=hardware,
        robot_ip=values["robot_ip"],
        auto_arm={"true": True, "false": False, "sim": hardware == "sim"}[auto_arm],
        record=record,
        run_dir=run_dir,
        bag=bag,
        tf_prefix=values["tf_prefix"],
        realtime_priority=whole(values, "realtime_priority", 0, 99),
        sim_seed=whole(values, "sim_seed", 0, 2**31 - 1),
        sim_name_order=one_of(values, "sim_name_order", ("alphabetical", "controller", "random")),
        sim_object_latency=number(values, "sim_object_latency", -1.0, 1.0),
        sim_kinematics=sim_kinematics(values, arm),
        headless_mode=boolean(values, "headless_mode"),
        use_mock_hardware=boolean(values, "use_mock_hardware"),
        launch_rviz=boolean(values, "launch_rviz"),
        rviz=boolean(values, "rviz"),
    )


def _command_port(values: Mapping[str, str], arm: Arm) -> str:
    """One that the arm's driver has; auto is the first."""
    port = one_of(values, "command_port", ("auto", *COMMAND_PORTS))
    if port == "auto":
        port = next(iter(arm.controller.topics), COMMAND_PORTS[0])
    try:
        arm.controller.controller_of(port)
    except ValueError as error:
        raise LaunchArgumentError(str(error)) from None
    return port


def _policy_path(values: Mapping[str, str], arm: Arm, policies: Path) -> Path:
    """The policy file."""
    if values["policy"]:
        return path_of(values["policy"]).absolute()
    name = f"{arm.name}_reach"
    # the UR5e's lie in the folder itself, those of other arms in folders by their makers
    shipped = [file for file in policies.rglob("policy.onnx") if file.parent.name == name]
    if not shipped:
        raise LaunchArgumentError(
            f"no policy is shipped for the {arm.name} (no {name}/policy.onnx in {policies}): "
            f"train one with ros2 launch rl_manip train.launch.py arm:={arm.source}, "
            "or give policy:=<file>."
        )
    return shipped[0].absolute()


def _gripper(values: Mapping[str, str], arm: Arm) -> str:
    """Name of what the flange carries, empty for nothing; `arm` is as the policy wants it."""
    wanted = arm.gripper.name if arm.gripper else ""
    given = one_of(values, "gripper", ("auto", "none", *known_grippers()))
    carried = {"auto": wanted, "none": ""}.get(given, given)
    if wanted and carried != wanted:
        raise LaunchArgumentError(
            f"gripper is {given!r}, but the policy was trained with {wanted}: mount that one, or "
            "give another policy."
        )
    return carried


def _tool(values: Mapping[str, str]) -> str:
    """One that the nodes will take."""
    try:
        tool_numbers(values["tool"])
    except ValueError as error:
        raise LaunchArgumentError(str(error)) from None
    return values["tool"]
