"""A page in the browser for an arm that another launch runs: see it, send it goals, stop it."""

from pathlib import Path

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction

from rl_manip.launching.arguments import declared, given
from rl_manip.launching.bystanders import cockpit_node, policy_folders
from rl_manip.launching.ends import ends_launch
from rl_manip_cockpit.launch_arguments import COCKPIT_ARGUMENTS
from rl_manip_deploy.launch_values import boolean, whole

POLICIES = Path(__file__).resolve().parent.parent / "policies"


def generate_launch_description() -> LaunchDescription:
    """Declares the arguments; what starts is decided once they are checked."""
    return LaunchDescription([*declared(COCKPIT_ARGUMENTS), OpaqueFunction(function=_start)])


def _start(context: LaunchContext) -> list:
    values: dict = given(context, COCKPIT_ARGUMENTS, __file__)
    namespace = values.pop("namespace").strip("/")
    values["policies"] = policy_folders(POLICIES, values["policies"])
    values["twin"] = boolean(values, "twin")
    values["port"] = whole(values, "port", 0, 65535)
    end = ends_launch("the cockpit", "the cockpit has ended")
    return [cockpit_node(values, namespace, end)]
