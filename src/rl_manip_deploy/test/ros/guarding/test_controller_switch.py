"""The request that stops the velocity controller, against a strict copy of the real message."""

import sys
import types

import pytest
import rclpy
from builtin_interfaces.msg import Duration
from rclpy.task import Future

from rl_manip_deploy.ros import guard_watchdog_node
from rl_manip_deploy.ros.guarding.controller_switch import switch_request, switch_type


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
    request = switch_request(SwitchController, deactivate=["forward_velocity_controller"])
    assert request.deactivate_controllers == ["forward_velocity_controller"]
    assert request.activate_controllers == []
    assert request.strictness == StrictRequest.STRICT
    assert 0 < request.timeout.sec + 1e-9 * request.timeout.nanosec < 5.0


def test_it_activates_that_controller_and_deactivates_none():
    request = switch_request(SwitchController, activate=["forward_velocity_controller"])
    assert request.activate_controllers == ["forward_velocity_controller"]
    assert request.deactivate_controllers == []


class Client:
    """Takes requests; answers the way that it is told to."""

    def __init__(self, ok):
        self.requests, self._ok = [], ok

    def service_is_ready(self):
        return True

    def call_async(self, request):
        self.requests.append(request)
        answer = Future()
        answer.set_result(types.SimpleNamespace(ok=self._ok))
        return answer


@pytest.fixture
def watchdog(monkeypatch):
    """`watchdog(ok)`: the node and its client for switching, which answers `ok`."""
    rclpy.init()
    nodes = []

    def make(ok):
        switch = Client(ok)
        monkeypatch.setattr(guard_watchdog_node, "switch_type", lambda: SwitchController)
        monkeypatch.setattr(guard_watchdog_node, "client", lambda node, service: switch)
        nodes.append(guard_watchdog_node.GuardWatchdogNode())
        return nodes[-1], switch

    yield make
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()


def switched(switch):
    """[(activated, deactivated)] in turn."""
    asked = [r for r in switch.requests if isinstance(r, StrictRequest)]
    return [(r.activate_controllers, r.deactivate_controllers) for r in asked]


@pytest.mark.parametrize("ok", [True, False])
def test_the_watchdog_switches_on_again_what_it_switched_off(watchdog, ok):
    node, switch = watchdog(ok)
    node.watch.silence = lambda now: 0.4  # the guard is silent while the arm may move
    node.watch.moving = True
    node._look()
    off = ([], ["forward_velocity_controller"])
    assert switched(switch) == [off]
    node.watch.silence, node.watch.moving = lambda now: 0.0, False  # it is back and at rest
    for _ in range(3):
        node._look()
    on = (["forward_velocity_controller"], [])
    assert switched(switch) == ([off, on] if ok else [off])


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
