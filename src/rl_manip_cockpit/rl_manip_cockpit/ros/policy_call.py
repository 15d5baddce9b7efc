"""Another file for the policy node, which takes it at rest or says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from rcl_interfaces.srv import SetParameters
from rclpy.node import Node
from rclpy.parameter import Parameter

from rl_manip_cockpit.ros.answered_call import Answered, call
from rl_manip_ros.endpoints import client
from rl_manip_ros.interfaces import SET_POLICY

PATIENCE = 20.0  # [s]: the node loads the file before it answers


class PolicyCall:
    """Sets the policy node's parameter.

    Args:
        node: that calls.
    """

    def __init__(self, node: Node) -> None:
        self._node, self._client = node, client(node, SET_POLICY)

    def load(self, path: Path, answered: Answered) -> None:
        """Has a file loaded; the path is the policy node's machine's."""
        wanted = Parameter("policy", Parameter.Type.STRING, str(path)).to_parameter_msg()

        def take(answer: Optional[SetParameters.Response], missing: str) -> None:
            if answer is None:
                answered(False, missing)
            else:
                answered(answer.results[0].successful, answer.results[0].reason)

        request = SetParameters.Request(parameters=[wanted])
        call(self._node, self._client, request, "policy node", PATIENCE, take)
