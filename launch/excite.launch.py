"""Moves every joint slowly and fast, and records it: the bag that identify learns an arm from.

Driver or simulated arm, guard, watchdog and recorder are those of deploy_real.launch.py.
"""

from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.actions import IncludeLaunchDescription, LogInfo, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource

from rl_manip.launching.arguments import declared, given
from rl_manip.launching.ends import ends_launch
from rl_manip.launching.nodes import robot_node
from rl_manip_deploy.launch_arguments import DEPLOY_ARGUMENTS, plan_deployment
from rl_manip_deploy.launch_values import number, whole

HERE = Path(__file__).resolve().parent
# excite_node takes the policy's place
WITHOUT = ("policy", "policy_sha256", "control_dt", "queue_goals", "goal_actions")
EXCITE_ARGUMENTS = {
    "duration": ("60", "Length of the tones [s]; 60 s show every parameter well."),
    "moves": ("20", "Length of the moves after them, which try the fit [s]; 0 for none."),
    "seed": ("0", "Seed of the motion's phases."),
    "speed": ("1.0", "Share of full speed and excursion (0.4 rad), 0.05 to 1: start low."),
    "startup_timeout": ("60", "Time for the robot and all nodes to come up [s]."),
}
ARGUMENTS = {
    name: value
    for name, value in {**DEPLOY_ARGUMENTS, **EXCITE_ARGUMENTS}.items()
    if name not in WITHOUT
}


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments; what starts is decided once they are checked."""
    return LaunchDescription([*declared(ARGUMENTS), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list:
    values = given(context, ARGUMENTS, __file__)
    values.update({name: DEPLOY_ARGUMENTS[name][0] for name in WITHOUT})
    values.update(policy="none")
    plan = plan_deployment(values, HERE.parent / "policies")
    arms_itself, values["auto_arm"] = plan.auto_arm, "false"
    excite = robot_node(
        "rl_manip_gap",
        "excite_node",
        {
            "arm": plan.arm,
            "hardware": plan.hardware,
            "auto_arm": arms_itself,
            "tf_prefix": plan.tf_prefix,
            "duration": number(values, "duration", 4.0, 3600.0),
            "moves": number(values, "moves", 0.0, 3600.0),
            "seed": whole(values, "seed", 0, 2**31 - 1),
            "speed": number(values, "speed", 0.05, 1.0),
            "startup_timeout": number(values, "startup_timeout", 1.0, 3600.0),
            "listeners": 2 if plan.record else 1,
            "realtime_priority": plan.requester_priority,
        },
        plan.namespace,
        ends_launch("the excitation", "the whole motion was played"),
    )
    shared = {name: values[name] for name in DEPLOY_ARGUMENTS}
    # the default names contain the time: both must be the same
    shared.update(run_dir=str(plan.run_dir), bag=str(plan.bag))
    source = PythonLaunchDescriptionSource(str(HERE / "deploy_real.launch.py"))
    stack = IncludeLaunchDescription(source, launch_arguments=shared.items())
    told = [LogInfo(msg=f"then: {_next_command(plan)}")] if plan.record else []
    return [stack, excite, *told]


def _next_command(plan) -> str:
    fit = plan.run_dir / "fit"
    return f"ros2 run rl_manip_gap identify {plan.bag} -o {fit} --arm {plan.arm}"
