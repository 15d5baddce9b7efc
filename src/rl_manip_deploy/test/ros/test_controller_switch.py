"""The request that stops the velocity controller, against a strict copy of the real message."""

import sys
import types

import pytest
from builtin_interfaces.msg import Duration

from rl_manip_deploy.ros.controller_switch import deactivation, switch_type


class StrictRequest:
    """controller_manager_msgs/srv/SwitchController_Request as rosidl generates it: no field but its
    own, and each of its type."""

    BEST_EFFORT, STRICT = 1, 2
    __slots__ = (
        "activate_asap",
        "activate_controllers",
        "deactivate_controllers",
        "strictness",
        "timeout",
    )
    _types = {
        "activate_controllers": list,
        "deactivate_controllers": list,
        "strictness": int,
        "activate_asap": bool,
        "timeout": Duration,
    }

    def __init__(self):
        self.activate_controllers, self.deactivate_controllers = [], []
        self.strictness, self.activate_asap, self.timeout = 0, False, Duration()

    def __setattr__(self, name, value):
        if name not in self._types:
            raise AttributeError(name)
        assert type(value) is self._types[name], f"{name} is {value!r}"
        assert not isinstance(value, list) or all(type(item) is str for item in value)
        super().__setattr__(name, value)


class SwitchController:
    Request = StrictRequest


def test_it_deactivates_that_controller_and_activates_none():
    request = deactivation(SwitchController, "forward_velocity_controller")
    assert request.deactivate_controllers == ["forward_velocity_controller"]
    assert request.activate_controllers == []
    assert request.strictness == StrictRequest.STRICT
    assert 0 < request.timeout.sec + 1e-9 * request.timeout.nanosec < 5.0


def test_the_service_is_used_where_its_package_is_there(monkeypatch):
    package, services = types.ModuleType("controller_manager_msgs"), types.ModuleType("srv")
    services.SwitchController = SwitchController
    monkeypatch.setitem(sys.modules, "controller_manager_msgs", package)
    monkeypatch.setitem(sys.modules, "controller_manager_msgs.srv", services)
    assert switch_type() is SwitchController


def test_without_its_package_there_is_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "controller_manager_msgs", None)
    monkeypatch.delitem(sys.modules, "controller_manager_msgs.srv", raising=False)
    assert switch_type() is None


def test_the_copy_is_strict():
    with pytest.raises(AttributeError):
        StrictRequest().start_controllers = []
