"""The cockpit's process: at ordinary priority, and nothing depends on it."""

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
        on_exit: what its end leads to; by default nothing: the arm does not depend on it.
    """
    return Node(
        package="rl_manip_cockpit",
        executable="cockpit_node",
        exec_name="cockpit_node",
        namespace=namespace,
        prefix=SIGNALS_WAIT,
        additional_env=own_transport(),
        output="screen",
        parameters=[parameter_file(parameters)],
        on_exit=on_exit,
    )
