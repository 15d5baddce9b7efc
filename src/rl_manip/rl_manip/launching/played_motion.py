"""A deployment in which a node that plays a motion of its own takes the policy's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Tuple

from launch import Action, LaunchContext
from launch.actions import LogInfo

from rl_manip.launching.arguments import given
from rl_manip.launching.ends import ends_launch
from rl_manip.launching.included_deployment import (
    STARTUP_TIMEOUT,
    included_deployment,
    startup_timeout,
)
from rl_manip.launching.nodes import robot_node
from rl_manip_deploy.launch_arguments import DEPLOY_ARGUMENTS, DeployPlan, plan_deployment

_OF_POLICIES = ("policy", "policy_sha256", "control_dt", "queue_goals", "goal_actions")

Arguments = Mapping[str, Tuple[str, str]]


class Player(NamedTuple):
    """Who plays."""

    node: str  # executable of rl_manip_gap
    what: str  # it does, for the sentence after a failure
    done: str  # why the launch ends, after success
    parameters: Callable[[Mapping[str, str]], Dict[str, Any]]  # its own, of the arguments given
    then: Callable[[DeployPlan], str]  # the command that goes on from the recording; or empty


def played_arguments(own: Arguments) -> Dict[str, Tuple[str, str]]:
    """Those of a deployment without a policy's, and the player's own."""
    every = {**DEPLOY_ARGUMENTS, **own, **STARTUP_TIMEOUT}
    return {name: value for name, value in every.items() if name not in _OF_POLICIES}


def played(
    context: LaunchContext, arguments: Arguments, launch_file: str, player: Player
) -> List[Action]:
    """Driver or simulated arm, guard, watchdog and recorder of deploy_real.launch.py, and the node.

    Args:
        context: of the launch.
        arguments: that it takes, see `played_arguments`.
        launch_file: that is launched.
        player: who plays.
    """
    here = Path(launch_file).resolve().parent
    values = given(context, arguments, launch_file)
    values.update({name: DEPLOY_ARGUMENTS[name][0] for name in _OF_POLICIES})
    values.update(policy="none")
    plan = plan_deployment(values, here.parent / "policies")
    arms_itself, values["auto_arm"] = plan.auto_arm, "false"
    plays = robot_node(
        "rl_manip_gap",
        player.node,
        {
            "arm": plan.arm,
            "hardware": plan.hardware,
            "auto_arm": arms_itself,
            "tf_prefix": plan.tf_prefix,
            "startup_timeout": startup_timeout(values),
            "listeners": 2 if plan.record else 1,
            "realtime_priority": plan.requester_priority,
            **player.parameters(values),
        },
        plan.namespace,
        ends_launch(player.what, player.done),
    )
    stack = included_deployment(here, plan, values, DEPLOY_ARGUMENTS)
    then = player.then(plan) if plan.record else ""
    return [stack, plays, *([LogInfo(msg=f"then: {then}")] if then else [])]
