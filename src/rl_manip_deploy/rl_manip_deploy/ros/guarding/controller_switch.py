"""Switching controllers of ros2_control, where that is installed."""

from __future__ import annotations

import importlib
from typing import ClassVar, List, Optional, Protocol, Sequence, Type

from builtin_interfaces.msg import Duration


class SwitchRequest(Protocol):
    """What of controller_manager_msgs/srv/SwitchController_Request is used."""

    STRICT: ClassVar[int]
    activate_controllers: List[str]
    deactivate_controllers: List[str]
    strictness: int
    activate_asap: bool
    timeout: Duration


class SwitchService(Protocol):
    """The type of the service."""

    Request: Type[SwitchRequest]


def switch_type() -> Optional[Type[SwitchService]]:
    """controller_manager_msgs/srv/SwitchController; none where ros2_control is not installed."""
    try:
        return importlib.import_module("controller_manager_msgs.srv").SwitchController
    except ImportError:
        return None


def switch_request(
    kind: Type[SwitchService], activate: Sequence[str] = (), deactivate: Sequence[str] = ()
) -> SwitchRequest:
    """Request that activates some controllers and deactivates others, by name.

    Args:
        kind: what `switch_type` returned; its fields are the same from Humble on.
        activate: those that are to run.
        deactivate: those that are not to.
    """
    request = kind.Request()
    request.activate_controllers = list(activate)
    request.deactivate_controllers = list(deactivate)
    # strictly: an answer of "ok" then means that it is done
    request.strictness = kind.Request.STRICT
    request.activate_asap = False
    # zero would be for ever
    request.timeout.sec = 1
    return request
