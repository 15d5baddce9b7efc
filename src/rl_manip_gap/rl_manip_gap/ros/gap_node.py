"""`gap_node`: how far simulation and arm are apart, while the arm runs or from a bag.

in   /joint_states sensor_msgs/JointState · the controller's std_msgs/Float64MultiArray · the
     guard's account of what it sent · whether the robot program runs
out  ~/metrics/<name> std_msgs/Float64, once a second · /diagnostics, a warning past thresholds
With the parameter `bag` it writes a report of that bag into `out` and ends.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Dict, TypedDict

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64, Float64MultiArray

from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.settings import require_all, setting
from rl_manip_description.paths import path_of
from rl_manip_gap.compare.live_window import LiveWindow, Thresholds
from rl_manip_gap.recording.joint_names import joint_columns
from rl_manip_gap.recording.topic_choice import TopicChoice, velocity_commands
from rl_manip_gap.replay.backend_twin import make_twin
from rl_manip_gap.report.page import write_report
from rl_manip_ros.diagnostic_report import OK, WARN, diagnostic_report
from rl_manip_ros.endpoints import publisher, subscription
from rl_manip_ros.interfaces import (
    DIAGNOSTICS,
    GUARD_SENT,
    controller_commands,
    joint_states,
    metric,
    program_running,
)
from rl_manip_ros.node_process import LOOK_PERIOD, start_ros
from rl_manip_ros.parameters import declare
from rl_manip_ros.stop_request import StopRequest, ignore_further_requests
from rl_manip_sim.batch_sim import BackendError

# Deep enough for what arrives while a window is measured.
MESSAGES_KEPT = 2000
PERIOD = 1.0  # between two measurements of the window [s]


@dataclass(frozen=True)
class GapParameters:
    """Parameters of the node."""

    arm: str = setting("ur5e", "Name of the arm.")
    bag: str = setting("", "Bag to report on; empty measures live.")
    out: str = setting("", "Folder of the report; empty: gap, beside the bag.")
    policy: str = setting("", "Policy file that drove the arm; empty for none.")
    backend: str = setting("mujoco", "Simulator to replay in.")
    prefix: str = setting("", "Text before every joint name; empty: found out.")
    window: float = setting(1.0, "Time between two re-synchronisations.", "s", 0.1, 60.0)
    history: float = setting(10.0, "Length of the sliding window, live.", "s", 0.1, 60.0)
    thresholds: Thresholds = Thresholds()

    def __post_init__(self) -> None:
        require_all(self)
        if self.window > self.history:
            raise ValueError(
                f"window is {self.window:g} s: give no more than history, {self.history:g} s."
            )


class MessageInfo(TypedDict):
    """What rclpy hands on with a message, as far as it is used."""

    received_timestamp: int  # [ns] on the system clock; 0 where the middleware does not say


class GapNode(Node):
    """ROS around `LiveWindow`, or around `write_report` where a bag is given."""

    def __init__(self) -> None:
        super().__init__("gap_node")
        given = self.given = declare(self, GapParameters)
        self._metrics: Dict[str, Publisher] = {}
        self._diagnostics = publisher(self, DIAGNOSTICS)
        if not given.bag:
            arm = load_arm(given.arm)
            # one thread: the arm's own processes need the others
            twin = make_twin(arm, given.backend, num_threads=1)
            prefix = given.prefix or None
            self.window = LiveWindow(arm, twin, given.history, given.window, prefix)
            self._listen(arm)

    def report(self) -> None:
        """Writes the report of the bag."""
        given = self.given
        bag, out = path_of(given.bag), path_of(given.out)
        out = out if given.out else bag.resolve().parent / "gap"
        policy = path_of(given.policy) if given.policy else None
        topics = TopicChoice(prefix=given.prefix or None)
        written = write_report(
            bag, out, given.arm, policy, given.window, backend=given.backend, topics=topics
        )
        for sentence in written.verdict:
            self.get_logger().info(sentence)
        self.get_logger().info(f"report: {written.report}")

    def _listen(self, arm: Arm) -> None:
        states = joint_states(arm.controller.joint_state_topic)
        commands = controller_commands(velocity_commands(arm))
        subscription(self, states, self._on_state, MESSAGES_KEPT)
        subscription(self, commands, self._on_command, MESSAGES_KEPT)
        subscription(self, GUARD_SENT, self._on_sent, MESSAGES_KEPT)
        running = program_running(arm.controller.program_running_topic)
        if running is not None:
            subscription(self, running, self._on_program_running)
        self._joint_names, self._hears_the_guard = arm.controller.joint_names, False
        # A timer on ROS time stands still under use_sim_time without /clock.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(PERIOD, self._measure, clock=steady)
        heard = [
            topic.resolved(self.get_namespace())
            for topic in (states, GUARD_SENT, commands, running)
            if topic is not None
        ]
        self.get_logger().info(f"listening to {', '.join(heard)}")

    def _on_state(self, message: JointState, info: MessageInfo) -> None:
        stamp = message.header.stamp
        self.window.add_state(
            _received(info),
            stamp.sec + 1e-9 * stamp.nanosec,
            list(message.name),
            message.position,
            message.velocity,
        )

    def _on_command(self, message: Float64MultiArray, info: MessageInfo) -> None:
        if not self._hears_the_guard:
            self.window.add_command(_received(info), message.data)

    def _on_sent(self, message: JointState, info: MessageInfo) -> None:
        """What the guard says that it sent: it has names, and is there in a rehearsal, too."""
        columns = joint_columns(message.name, self._joint_names)
        if columns is not None and len(message.velocity) == len(message.name):
            self._hears_the_guard = True
            self.window.add_command(_received(info), [message.velocity[i] for i in columns])

    def _on_program_running(self, message: Bool) -> None:
        self.window.add_program_running(time.time(), message.data)

    def _measure(self) -> None:
        figures = self.window.figures()
        for name, value in figures.items():
            if name not in self._metrics:
                self._metrics[name] = publisher(self, metric(name))
            self._metrics[name].publish(Float64(data=value))
        self._diagnose(figures)

    def _diagnose(self, figures: Dict[str, float]) -> None:
        well, message = self.given.thresholds.judged(figures)
        message = self.window.trouble or message
        figures = {**figures, "messages_ignored": self.window.ignored}
        values = {name: f"{value:.6g}" for name, value in figures.items()}
        self._diagnostics.publish(diagnostic_report(self, OK if well else WARN, message, values))


def _received(info: MessageInfo) -> float:
    """When the middleware received the message [s]; a busy callback queue does not matter then."""
    nanoseconds = info["received_timestamp"]
    return nanoseconds * 1e-9 if nanoseconds else time.time()


def main() -> int:
    """Runs the node; 1 with one sentence where a parameter or the bag cannot be used."""
    start_ros()
    try:
        node = GapNode()
        if node.given.bag:
            node.report()
            return 0
        asked = StopRequest()
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        while not asked.reason:
            executor.spin_once(timeout_sec=LOOK_PERIOD)
    except (ValueError, OSError, BackendError) as error:
        print(f"gap_node: {error}", file=sys.stderr)
        return 1
    finally:
        ignore_further_requests()
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
