"""What the guard is told of the robot beside joint states: controller, modes, who else is there.

Message types of ros2_control and of the UR driver are used where they are installed.
"""

from __future__ import annotations

from typing import Any, Callable, Optional

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rosidl_runtime_py.utilities import get_message

from rl_manip_deploy.guard.velocity_guard import VelocityGuard
from rl_manip_ros.endpoints import reader_qos
from rl_manip_ros.interfaces import (
    CONTROLLER_ACTIVITY,
    GUARD,
    GUARD_STATE,
    POLICY_COMMAND,
    ROBOT_MODE,
    SAFETY_MODE,
    WATCHDOG,
    Topic,
)

PERIOD = 0.2  # [s] between two looks at the ROS graph
ACTIVE = 3  # lifecycle_msgs/State.PRIMARY_STATE_ACTIVE


class RobotFacts:
    """Passes facts on to the guard as they come.

    Args:
        node: the guard's.
        guard: is told.
        commands: topic on which the guard commands the controller.
        controller: its name in ros2_control; empty where the arm is simulated.
    """

    def __init__(self, node: Node, guard: VelocityGuard, commands: Topic, controller: str) -> None:
        self._node, self._guard, self._commands = node, guard, commands
        self._controller = controller
        if controller:
            self._listen(CONTROLLER_ACTIVITY, self._on_activity)
            self._listen(ROBOT_MODE, lambda message: guard.on_robot_mode(message.mode))
            self._listen(SAFETY_MODE, lambda message: guard.on_safety_mode(message.mode))
        # a timer on ROS time stands still under use_sim_time without /clock
        node.create_timer(PERIOD, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def another_guard(self) -> str:
        """Why this guard must not be armed while another one of its name is there."""
        if self._node.count_publishers(self._resolved(GUARD_STATE)) > 1:
            return (
                f"another {GUARD} is in this namespace: end one of them, or give each arm a "
                "namespace of its own (namespace:=…)"
            )
        return ""

    def _listen(self, topic: Topic, callback: Callable[[Any], None]) -> None:
        kind = _type_of(topic)
        if kind is not None:
            self._node.create_subscription(kind, topic.name, callback, reader_qos(topic))

    def _look(self) -> None:
        ours = (self._node.get_name(), WATCHDOG)
        others = [
            info
            for info in self._node.get_publishers_info_by_topic(self._resolved(self._commands))
            if info.node_name not in ours
        ]
        requesters = self._node.count_publishers(self._resolved(POLICY_COMMAND))
        self._guard.on_publishers(requesters, len(others))

    def _on_activity(self, message: Any) -> None:
        states = {each.name: each.state.id for each in message.controllers}
        if self._controller in states:
            self._guard.on_controller(states[self._controller] == ACTIVE, self._controller)
        else:
            self._guard.on_controller(False, self._controller)

    def _resolved(self, topic: Topic) -> str:
        return topic.resolved(self._node.get_namespace())


def _type_of(topic: Topic) -> Optional[type]:
    """The message type; none where its package is not installed."""
    try:
        return get_message(topic.type)
    except (ImportError, AttributeError, ValueError):
        return None
