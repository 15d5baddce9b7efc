"""Processes that the arm does not depend on: at ordinary priority, and their end ends nothing."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from launch_ros.actions import Node

from rl_manip.launching.nodes import SIGNALS_WAIT, own_transport, parameter_file


def cockpit_node(
    parameters: Mapping[str, Any], namespace: str, on_exit: Callable | None = None
) -> Node:
    """The node that serves the page.

    Args:
        parameters: of `CockpitParameters`.
        on_exit: what its end leads to; by default nothing.
    """
    return _bystander("rl_manip_cockpit", "cockpit_node", parameters, namespace, on_exit)


def goal_server_node(parameters: Mapping[str, Any], namespace: str) -> Node:
    """The node that takes goals as actions.

    Args:
        parameters: of `RobotParameters`.
    """
    return _bystander("rl_manip_deploy", "goal_server_node", parameters, namespace)


def _bystander(
    package: str,
    executable: str,
    parameters: Mapping[str, Any],
    namespace: str,
    on_exit: Callable | None = None,
) -> Node:
    return Node(
        package=package,
        executable=executable,
        exec_name=executable,
        namespace=namespace,
        prefix=SIGNALS_WAIT,
        additional_env=own_transport(),
        output="screen",
        parameters=[parameter_file(parameters)],
        on_exit=on_exit,
    )
