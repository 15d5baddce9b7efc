"""A deployment that another launch file includes, with a node of its own beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, Mapping

from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

from rl_manip_deploy.launch_arguments import DeployPlan
from rl_manip_deploy.launch_values import number

STARTUP_TIMEOUT = {
    "startup_timeout": ("60", "Time for the robot and all nodes to come up [s]."),
}


def startup_timeout(values: Mapping[str, str]) -> float:
    """What was given for it [s].

    Raises:
        LaunchArgumentError: no number, or one that nobody would wait for.
    """
    return number(values, "startup_timeout", 1.0, 3600.0)


def included_deployment(
    launch_files: Path, plan: DeployPlan, values: Mapping[str, str], names: Iterable[str]
) -> IncludeLaunchDescription:
    """deploy_real.launch.py with the same arguments.

    Args:
        launch_files: folder that it lies in.
        plan: what was made of the arguments.
        values: {name: text} of all arguments.
        names: of those that deploy_real.launch.py takes.
    """
    shared = {name: values[name] for name in names}
    # the default names contain the time: both must be the same
    shared.update(run_dir=str(plan.run_dir), bag=str(plan.bag))
    if plan.policy is not None:
        shared["policy"] = str(plan.policy)
    source = PythonLaunchDescriptionSource(str(launch_files / "deploy_real.launch.py"))
    return IncludeLaunchDescription(source, launch_arguments=shared.items())
