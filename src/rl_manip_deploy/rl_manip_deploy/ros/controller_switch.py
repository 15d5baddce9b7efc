"""Deactivating a controller of ros2_control, where that is installed."""

from __future__ import annotations

import importlib
from typing import ClassVar, List, Optional, Protocol, Type

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


def deactivation(kind: Type[SwitchService], controller: str) -> SwitchRequest:
    """Request that deactivates one controller and activates none.

    Args:
        kind: what `switch_type` returned; its fields are the same from Humble on.
        controller: name of the controller.
    """
    request = kind.Request()
    request.activate_controllers = []
    request.deactivate_controllers = [controller]
    # strictly: an answer of "ok" then means that it is inactive
    request.strictness = kind.Request.STRICT
    request.activate_asap = False
    # zero would be for ever
    request.timeout.sec = 1
    return request
