"""Processes that the arm does not depend on: at ordinary priority, and their end ends nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Mapping

from launch_ros.actions import Node

from rl_manip.launching.nodes import our_node


def cockpit_node(
    parameters: Mapping[str, Any], namespace: str, on_exit: Callable | None = None
) -> Node:
    """The node that serves the page.

    Args:
        parameters: of `CockpitParameters`.
        on_exit: what its end leads to; by default nothing.
    """
    return our_node("rl_manip_cockpit", "cockpit_node", parameters, namespace, on_exit)


def policy_folders(shipped: Path, given: str) -> str:
    """Folders whose policies may be loaded from the page, as `CockpitParameters` takes them.

    Args:
        shipped: folder of the shipped ones.
        given: by a person; empty for these and those of training runs, "none" for no folder.
    """
    if given == "none":
        return ""
    return given or os.pathsep.join((str(shipped), str(Path("runs").absolute())))


def goal_server_node(parameters: Mapping[str, Any], namespace: str) -> Node:
    """The node that takes goals as actions.

    Args:
        parameters: of `GoalServerParameters`.
    """
    return our_node("rl_manip_deploy", "goal_server_node", parameters, namespace)
