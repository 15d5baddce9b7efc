"""Drives an arm through goal after goal, records it, writes evaluation.json and ends by itself."""

from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction

from rl_manip.launching.arguments import declared, given
from rl_manip.launching.ends import ends_launch
from rl_manip.launching.included_deployment import (
    STARTUP_TIMEOUT,
    included_deployment,
    startup_timeout,
)
from rl_manip.launching.nodes import robot_node
from rl_manip_cockpit.launch_arguments import COCKPIT_SWITCH
from rl_manip_deploy.evaluation.goal_results import read_goals
from rl_manip_deploy.launch_arguments import DEPLOY_ARGUMENTS, plan_deployment
from rl_manip_deploy.launch_values import LaunchArgumentError, number, whole
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description.model.own_kinematics import with_written_tool

HERE = Path(__file__).resolve().parent
EVALUATE_ARGUMENTS = {
    "goals": ("20", "Number of goals drawn from the policy's goal region, or a file of them."),
    "seed": ("0", "Seed of the goals."),
    "goal_timeout": ("0", "Time for each goal [s]; 0: the policy's episode length plus 2 s."),
    "goal_rest": ("0", "Time for which the arm stays at a goal before the next one [s]."),
    **STARTUP_TIMEOUT,
}
# evaluate_node arms the guard, once everything listens, or asks a person to
# A goal that comes before policy_node has heard that the guard is armed waits there.
# What is judged is one policy: none is loaded from the page meanwhile.
ARGUMENTS = {
    name: value
    for name, value in {**DEPLOY_ARGUMENTS, **EVALUATE_ARGUMENTS, **COCKPIT_SWITCH}.items()
    if name not in ("queue_goals", "goal_actions", "cockpit_policies")
}


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments; what starts is decided once they are checked."""
    return LaunchDescription([*declared(ARGUMENTS), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list:
    values = {
        **given(context, ARGUMENTS, __file__),
        "queue_goals": "true",
        "goal_actions": "false",
        "cockpit_policies": "none",
    }
    plan = plan_deployment(values, HERE.parent / "policies")
    arms_itself, values["auto_arm"] = plan.auto_arm, "false"
    if plan.policy is None:
        raise LaunchArgumentError("policy is 'none': an evaluation needs one, give policy:=<file>.")
    seed = whole(values, "seed", 0, 2**31 - 1)
    policy = load_policy(plan.policy)
    turned = policy.metadata.success.angle_rad is not None
    arm = with_written_tool(policy.arm, plan.tool)
    read_goals(values["goals"], seed, arm.workspace, arm, turned)
    # the policy node, the recorder, and who puts blocks under goals
    listeners = 1 + plan.record + (plan.stacks and plan.hardware == "sim")
    evaluate = robot_node(
        "rl_manip_deploy",
        "evaluate_node",
        {
            "arm": plan.arm,
            "hardware": plan.hardware,
            "auto_arm": arms_itself,
            "policy": str(plan.policy),
            "tool": plan.tool,
            "description": plan.description,
            "tf_prefix": plan.tf_prefix,
            "frames": plan.frames,
            "goals": values["goals"],
            "seed": seed,
            "run_dir": str(plan.run_dir),
            "goal_timeout": number(values, "goal_timeout", 0.0, 3600.0),
            "goal_rest": number(values, "goal_rest", 0.0, 60.0),
            "startup_timeout": startup_timeout(values),
            "goal_listeners": listeners,
        },
        plan.namespace,
        ends_launch("the evaluation", "all goals were attempted"),
    )
    stack = included_deployment(HERE, plan, values, (*DEPLOY_ARGUMENTS, *COCKPIT_SWITCH))
    return [stack, evaluate]
