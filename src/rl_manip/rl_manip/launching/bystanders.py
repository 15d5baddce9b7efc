"""Processes that the arm does not depend on: at ordinary priority, and their end ends nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Mapping

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory
from launch import Action
from launch.actions import LogInfo
from launch_ros.actions import Node

from rl_manip.launching.nodes import our_node
from rl_manip_ros.interfaces import GOAL_POSE, OBJECT_POSE, ROBOT_DESCRIPTION, SCENE_MARKERS


def cockpit_node(
    parameters: Mapping[str, Any], namespace: str, on_exit: Callable | None = None
) -> Node:
    """The node that serves the page.

    Args:
        parameters: of `CockpitParameters`.
        on_exit: what its end leads to; by default nothing.
    """
    return our_node("rl_manip_cockpit", "cockpit_node", parameters, namespace, on_exit)


def scene_node(parameters: Mapping[str, Any], namespace: str) -> Node:
    """The node that tells RViz where everything is.

    Args:
        parameters: of `SceneParameters`.
    """
    return our_node("rl_manip_deploy", "scene_node", parameters, namespace)


def rviz(base_frame: str, namespace: str) -> Action:
    """RViz with the workspace's layout; a sentence where it is not installed."""
    try:
        get_package_share_directory("rviz2")
    except PackageNotFoundError:
        topic = SCENE_MARKERS.resolved(namespace)
        return LogInfo(msg=f"rviz2 is not installed here: markers are on {topic}")
    layout = Path(get_package_share_directory("rl_manip")) / "rviz" / "arm.rviz"
    shown = (GOAL_POSE, OBJECT_POSE, ROBOT_DESCRIPTION, SCENE_MARKERS)
    return Node(
        package="rviz2",
        executable="rviz2",
        arguments=["-d", str(layout), "-f", base_frame],
        remappings=[(topic.resolved(), topic.resolved(namespace)) for topic in shown],
    )


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
