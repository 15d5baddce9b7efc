"""`guard_watchdog_node`: stops the arm when the velocity guard dies or freezes.

in   the guard's ~/heartbeat std_msgs/Bool: whether it may be moving the arm
out  ~/heartbeat std_msgs/Bool: the guard stops the arm when this one is silent ·
     ~/state std_msgs/String (latched)
     on the guard's silence: zeros to a velocity controller, until it is back and at rest, nothing
     to one of positions or trajectories, which holds the arm by itself; if it does not come back
     at once, /dashboard_client/pause (std_srvs/Trigger), so that nothing moves until a person
     presses play; where ros2_control is there, the controller is deactivated
"""

from __future__ import annotations

import sys
import time
from array import array
from dataclasses import dataclass
from typing import Optional

from rclpy.clock import Clock, ClockType
from rclpy.executors import Executor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.task import Future
from std_msgs.msg import Bool, Float64MultiArray, String
from std_srvs.srv import Trigger

from rl_manip_deploy.guard.heartbeat import PERIOD, HeartbeatWatch
from rl_manip_deploy.ros.guarding.controller_switch import switch_request, switch_type
from rl_manip_deploy.ros.robot.robot_parameters import RobotParameters
from rl_manip_description import load_arm
from rl_manip_description.contract.settings import setting
from rl_manip_description.model.arm import COMMAND_PORTS
from rl_manip_ros.endpoints import client, publisher, subscription
from rl_manip_ros.interfaces import (
    GUARD_HEARTBEAT,
    PAUSE_PROGRAM,
    SWITCH_CONTROLLER,
    WATCHDOG,
    WATCHDOG_HEARTBEAT,
    WATCHDOG_STATE,
    controller_commands,
)
from rl_manip_ros.node_process import quick_executor, run_node
from rl_manip_ros.parameters import declare
from rl_manip_ros.real_time import take_realtime_priority

# A guard that comes back sooner latches its stop itself; after so long it is not expected to [s].
PAUSE_AFTER = 0.3
# After SIGINT the guard gets so long to bring the arm to rest before this node leaves [s].
GRACE = 2.0


@dataclass(frozen=True)
class WatchdogParameters(RobotParameters):
    """Parameters of the node."""

    command_port: str = setting(
        "velocity", "How the guard speaks to the driver.", choices=COMMAND_PORTS
    )
    timeout: float = setting(
        0.07, "Silence of the guard after which the arm is stopped.", "s", 2.0 * PERIOD, 1.0
    )


class GuardWatchdogNode(Node):
    """ROS around `HeartbeatWatch`."""

    def __init__(self) -> None:
        super().__init__(WATCHDOG)
        given = declare(self, WatchdogParameters)
        arm = load_arm(given.arm)
        take_realtime_priority(given.realtime_priority, self.get_logger().warning)
        self.watch = HeartbeatWatch(given.timeout)
        self._alarmed = self._paused = False
        self._switching: Optional[Future] = None  # the answer to a deactivation
        self._controller = arm.controller.controller_of(given.command_port)
        self._zeros = Float64MultiArray(data=array("d", [0.0] * arm.num_joints))
        # to a controller of positions zeros are a place far away
        self._velocities: Optional[Publisher] = None
        if given.command_port == "velocity":
            topic = controller_commands(arm.controller.command_topic, given.rehearsal)
            self._velocities = publisher(self, topic)
        self._heartbeat = publisher(self, WATCHDOG_HEARTBEAT)
        self._state = publisher(self, WATCHDOG_STATE)
        subscription(self, GUARD_HEARTBEAT, self._on_heartbeat)
        self._pause = client(self, PAUSE_PROGRAM)
        self._switch_type = switch_type()
        if self._switch_type is not None:
            self._switch = client(self, SWITCH_CONTROLLER)
        self.create_timer(PERIOD, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._state.publish(String(data="watching"))

    def _on_heartbeat(self, message: Bool) -> None:
        self.watch.on_beat(message.data, time.monotonic())

    def _look(self) -> None:
        self._heartbeat.publish(Bool(data=True))
        silence = self.watch.silence(time.monotonic())
        if silence and not self._alarmed:
            self._alarmed = True
            self._tell(f"alarm: the velocity guard is silent for {silence:.3f} s")
        if self._alarmed and self.watch.moving is False:
            self._alarmed = self._paused = False
            self._tell("watching: the velocity guard is back and at rest")
            self._activate_again()
        if self._alarmed and self._velocities is not None:
            self._velocities.publish(self._zeros)
        if silence > PAUSE_AFTER and not self._paused:
            self._pause_the_robot()

    def _pause_the_robot(self) -> None:
        self._paused = True
        if self._pause.service_is_ready():
            self._pause.call_async(Trigger.Request())
        if self._switch_type is not None and self._switch.service_is_ready():
            request = switch_request(self._switch_type, deactivate=[self._controller])
            self._switching = self._switch.call_async(request)
        self._tell(f"alarm: the velocity guard is silent for {PAUSE_AFTER} s, robot paused")

    def _activate_again(self) -> None:
        """What this process has switched off: pressing play would not switch it on."""
        answer, self._switching = self._switching, None
        if answer is None or self._switch_type is None:
            return
        if answer.done() and answer.result().ok:
            request = switch_request(self._switch_type, activate=[self._controller])
            self._switch.call_async(request)
            self._tell(f"watching: {self._controller} is activated again")

    def _tell(self, state: str) -> None:
        self._state.publish(String(data=state))
        self.get_logger().error(state)


def main() -> int:
    """Runs the node; it outlives the guard on the way out. 1 on bad parameters."""
    return run_node(GuardWatchdogNode, quick_executor, _outlive_the_guard)


def _outlive_the_guard(node: GuardWatchdogNode, executor: Executor, reason: str) -> int:
    latest = time.monotonic() + GRACE
    while node.watch.moving and time.monotonic() < latest:
        executor.spin_once(timeout_sec=PERIOD)
    return 0


if __name__ == "__main__":
    sys.exit(main())
