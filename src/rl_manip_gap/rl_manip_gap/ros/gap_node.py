"""`gap_node`: how far simulation and arm are apart, while the arm runs or from a bag.

in   /joint_states sensor_msgs/JointState · the controller's std_msgs/Float64MultiArray
out  ~/metrics/<name> std_msgs/Float64, once a second · /diagnostics, a warning past thresholds
With the parameter `bag` it writes a report of that bag into `out` and ends.
"""

from __future__ import annotations

import sys
import time
from dataclasses import fields
from pathlib import Path
from typing import Dict

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64, Float64MultiArray

from rl_manip_description import load_arm
from rl_manip_gap.compare.live_window import LiveWindow, Thresholds
from rl_manip_gap.replay.backend_twin import make_twin
from rl_manip_gap.report.page import write_report
from rl_manip_sim.batch_sim import BackendError

# Deep enough for what arrives while a window is measured; best effort hears every sender.
STREAM = QoSProfile(depth=2000, reliability=ReliabilityPolicy.BEST_EFFORT)
PERIOD = 1.0  # between two measurements of the window [s]


class GapNode(Node):
    """ROS around `LiveWindow`, or around `write_report` where a bag is given."""

    def __init__(self) -> None:
        super().__init__("gap_node")
        self.arm_name = self.declare_parameter("arm", "ur5e").value
        self.bag = self.declare_parameter("bag", "").value
        self.out = self.declare_parameter("out", "").value
        self.policy = self.declare_parameter("policy", "").value
        self.backend = self.declare_parameter("backend", "mujoco").value
        self.sync = float(self.declare_parameter("window", 1.0).value)
        length = float(self.declare_parameter("history", 10.0).value)
        if not 0.1 <= self.sync <= length <= 60.0:
            raise ValueError(
                f"window is {self.sync:g} s and history {length:g} s, expected "
                "0.1 s <= window <= history <= 60 s."
            )
        self._thresholds = Thresholds(
            **{
                field.name: float(
                    self.declare_parameter(f"thresholds.{field.name}", field.default).value
                )
                for field in fields(Thresholds)
            }
        )
        self._metrics: Dict[str, object] = {}
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        if not self.bag:
            arm = load_arm(self.arm_name)
            # one thread: the arm's own processes need the others
            twin = make_twin(arm, self.backend, num_threads=1)
            self.window = LiveWindow(arm, twin, length, self.sync)
            self._listen(arm)

    def report(self) -> None:
        """Writes the report of the bag."""
        out = Path(self.out) if self.out else Path(self.bag).resolve().parent / "gap"
        policy = Path(self.policy) if self.policy else None
        written = write_report(
            Path(self.bag), out, self.arm_name, policy, self.sync, backend=self.backend
        )
        for sentence in written.verdict:
            self.get_logger().info(sentence)
        self.get_logger().info(f"report: {written.report}")

    def _listen(self, arm) -> None:
        topics = arm.controller
        self.create_subscription(JointState, topics.joint_state_topic, self._on_state, STREAM)
        self.create_subscription(Float64MultiArray, topics.command_topic, self._on_command, STREAM)
        # A timer on ROS time stands still under use_sim_time without /clock.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(PERIOD, self._measure, clock=steady)
        self.get_logger().info(
            f"listening to {topics.joint_state_topic} and {topics.command_topic}"
        )

    def _on_state(self, message: JointState, info) -> None:
        stamp = message.header.stamp
        self.window.add_state(
            _received(info),
            stamp.sec + 1e-9 * stamp.nanosec,
            list(message.name),
            message.position,
            message.velocity,
        )

    def _on_command(self, message: Float64MultiArray, info) -> None:
        self.window.add_command(_received(info), message.data)

    def _measure(self) -> None:
        figures = self.window.figures()
        for name, value in figures.items():
            if name not in self._metrics:
                topic = f"~/metrics/{name}"
                self._metrics[name] = self.create_publisher(Float64, topic, 10)
            self._metrics[name].publish(Float64(data=value))
        self._diagnose(figures)

    def _diagnose(self, figures: Dict[str, float]) -> None:
        well, message = self._thresholds.judged(figures)
        level = DiagnosticStatus.OK if well else DiagnosticStatus.WARN
        status = DiagnosticStatus(level=level, name=self.get_name(), message=message)
        figures = {**figures, "messages_ignored": self.window.ignored}
        status.values = [KeyValue(key=key, value=f"{value:.6g}") for key, value in figures.items()]
        report = DiagnosticArray(status=[status])
        report.header.stamp = self.get_clock().now().to_msg()
        self._diagnostics.publish(report)


def _received(info) -> float:
    """When the middleware received the message [s]; a busy callback queue does not matter then."""
    nanoseconds = info["received_timestamp"]
    return nanoseconds * 1e-9 if nanoseconds else time.time()


def main() -> int:
    """Runs the node; 1 with one sentence where a parameter or the bag cannot be used."""
    rclpy.init()
    try:
        node = GapNode()
        if node.bag:
            node.report()
            return 0
        executor = SingleThreadedExecutor()
        executor.add_node(node)
        executor.spin()
    except (ValueError, OSError, BackendError) as error:
        print(f"gap_node: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    finally:
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
