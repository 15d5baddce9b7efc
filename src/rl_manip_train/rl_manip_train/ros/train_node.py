"""`train_node`: the trainer as a child process, behind ROS.

parameters  those of TrainCfg by name · python · stop_timeout [s]
out         ~/metrics/<name> std_msgs/Float64 · /diagnostics, 1 Hz
services    ~/checkpoint ~/pause ~/resume ~/stop (std_srvs/Trigger)
"""

from __future__ import annotations

import queue
import re
import sys
import threading
import time
from typing import Any, Dict

import rclpy
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.duration import Duration
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import Float64
from std_srvs.srv import Trigger

from rl_manip_ros.diagnostic_report import ERROR, OK, diagnostic_report
from rl_manip_ros.endpoints import publisher, serve
from rl_manip_ros.interfaces import DIAGNOSTICS, Service, metric
from rl_manip_ros.node_process import start_ros
from rl_manip_ros.stop_request import StopRequest, ignore_further_requests
from rl_manip_train.ros.trainer_process import Ending, TrainerProcess, TrainerStartError
from rl_manip_train.run.control import ORDERS
from rl_manip_train.run.monitoring.progress import PlainReporter
from rl_manip_train.settings.settings_as_text import (
    NODE_SETTINGS,
    TrainSetting,
    command_line_flags,
    parse_settings,
    train_settings,
)
from rl_manip_train.settings.train_cfg import TrainCfgError

DIAGNOSTICS_PERIOD = 1.0
"""[s]"""
ORDER_TIMEOUT = 20.0
"""Longest wait of a service for the trainer, which looks at orders between two updates [s]."""
STATE_AFTER = {"pause": "paused", "resume": "training", "stop": "stopping"}


class LogReporter(PlainReporter):
    """Readable progress in the node's log."""

    def __init__(self, logger) -> None:
        super().__init__()
        self._logger = logger

    def said(self, sentence: str) -> None:
        """See ``Reporter``."""
        self._logger.info(sentence)


class TrainNode(Node):
    """Publishes what the trainer reports and passes orders on; ``run`` is its life."""

    def __init__(self) -> None:
        super().__init__("train_node")
        python, self._stop_timeout = [
            setting.parse(self._parameter(setting)) for setting in NODE_SETTINGS
        ]
        texts = {setting.name: self._parameter(setting) for setting in train_settings()}
        self._arm = parse_settings(texts).arm
        self._reporter = LogReporter(self.get_logger())
        self._metrics: Dict[str, Any] = {}
        self._diagnostics = publisher(self, DIAGNOSTICS)
        self._state = "starting"
        self._figures: Dict[str, Any] = {}
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._trainer = TrainerProcess(command_line_flags(texts), python, self._events.put)
        # an order waits for the trainer, and another one must get through meanwhile
        together = ReentrantCallbackGroup()
        for order in ORDERS:
            serve(
                self,
                Service(f"~/{order}"),
                lambda request, response, order=order: self._on_order(order, response),
                together,
            )

    def run(self, asked: StopRequest) -> int:
        """Publish until the trainer has ended; returns the exit code."""
        due, deadline, ending = time.monotonic(), None, None
        while ending is None:
            ending = self._handle_next_event()
            now = time.monotonic()
            if asked.reason and deadline is None:
                deadline = now + self._stop_timeout
                self.get_logger().info("stopping: the trainer writes its checkpoint and policy")
                self._trainer.order("stop", timeout=0.0)
            if asked.insisted or (deadline is not None and now > deadline):
                self._trainer.kill()
            if now >= due:
                due = now + DIAGNOSTICS_PERIOD
                self._report(OK)
        self._report(ERROR if ending.sentence else OK, ending.sentence)
        self._diagnostics.wait_for_all_acked(Duration(seconds=0.5))
        if ending.sentence:
            self.get_logger().error(ending.sentence)
        return ending.code

    def kill(self) -> None:
        """End the trainer at once, if it still runs."""
        self._trainer.kill()

    def _parameter(self, setting: TrainSetting) -> str:
        # dynamic: a whole number is welcome where a decimal number or a name is expected
        descriptor = ParameterDescriptor(description=setting.description, dynamic_typing=True)
        value = self.declare_parameter(setting.name, setting.default_text, descriptor).value
        return str(value)

    def _handle_next_event(self) -> Ending | None:
        try:
            event = self._events.get(timeout=0.1)
        except queue.Empty:
            return None
        kind = event["event"]
        if kind == "started":
            self._state = "training"
            self._arm = event["run"]["arm"]  # a run that is resumed may have another
            self._figures["target success rate [1]"] = event["run"]["target_success"]
            self._reporter.started(event["run"])
        elif kind == "progress":
            self._on_progress(event["env_steps"], event["metrics"])
        elif kind == "message":
            self._reporter.said(event["text"])
        elif kind == "obeyed":
            self._state = STATE_AFTER.get(event["order"], self._state)
            self._reporter.obeyed(event["order"], event["text"])
        elif kind == "finished":
            self._state = "finished"
            self._figures["success rate [1]"] = event["summary"]["success_rate"]
            self._reporter.finished(event["summary"])
        elif kind == "log":
            self.get_logger().warning(event["text"])
        elif kind == "ended":
            return event["ending"]
        return None

    def _on_progress(self, env_steps: int, metrics: Dict[str, float]) -> None:
        self._figures["control steps"] = env_steps
        self._figures["control steps per second [1/s]"] = round(metrics["charts/env_steps_per_s"])
        if "eval/success_rate" in metrics:
            self._figures["success rate [1]"] = metrics["eval/success_rate"]
        for name, value in {"env_steps": env_steps, **metrics}.items():
            if name not in self._metrics:
                self._metrics[name] = publisher(self, metric(topic_name(name)))
            self._metrics[name].publish(Float64(data=float(value)))
        self._reporter.progressed(env_steps, metrics)

    def _on_order(self, order: str, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = self._trainer.order(order, ORDER_TIMEOUT)
        return response

    def _report(self, level: bytes, failure: str = "") -> None:
        message = failure or self._state
        self._diagnostics.publish(diagnostic_report(self, level, message, self._figures, self._arm))


def topic_name(metric: str) -> str:
    """A metric's name as the end of a topic's: levels of letters, digits and underscores."""
    levels = [re.sub(r"\W", "_", level, flags=re.ASCII) for level in metric.split("/") if level]
    return "/".join(f"_{level}" if level[0].isdigit() else level for level in levels)


def main() -> int:
    """Runs the node; 0 after a training that ended well, else 1, or 2 for bad input."""
    start_ros()
    asked = StopRequest()
    try:
        node = TrainNode()
    except (TrainCfgError, TrainerStartError) as error:
        print(f"train_node: {error}", file=sys.stderr)
        return 2
    executor = MultiThreadedExecutor(num_threads=len(ORDERS) + 1)
    executor.add_node(node)
    spinning = threading.Thread(target=_spin, args=(executor,), daemon=True)
    spinning.start()
    try:
        return node.run(asked)
    finally:
        node.kill()
        ignore_further_requests()
        executor.shutdown(timeout_sec=1.0)
        rclpy.try_shutdown()
        spinning.join(timeout=1.0)


def _spin(executor: MultiThreadedExecutor) -> None:
    try:
        executor.spin()
    except ExternalShutdownException:
        pass


if __name__ == "__main__":
    sys.exit(main())
