"""gap.launch.py as a user starts it: a report of a bag, a refusal, and live figures."""

import json
import signal
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64, Float64MultiArray

from rl_manip_description import load_arm
from rl_manip_gap.testing.synthetic_bag import Truth, response_bag, smooth_velocity

LAUNCH = str(Path(__file__).parents[2] / "launch" / "gap.launch.py")
PATIENCE = 180.0  # for what a busy machine takes long to do [s]
DELAY = 0.06  # of the follower that the live test plays [s]


def launch(*arguments):
    return subprocess.run(
        ["ros2", "launch", LAUNCH, *arguments], capture_output=True, text=True, timeout=PATIENCE
    )


def test_a_bag_becomes_a_report(tmp_path):
    bag = response_bag(tmp_path / "bag", load_arm("ur5e"), Truth(duration=8.0, delay=0.04))
    ended = launch(f"bag:={bag}")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    gap = json.loads((tmp_path / "gap" / "gap.json").read_text())
    assert gap["response"]["delay_s"] == pytest.approx(0.04, abs=0.5e-3)
    assert (tmp_path / "gap" / "report.html").read_text().startswith("<!doctype html>")


def test_a_missing_bag_fails_with_its_name(tmp_path):
    ended = launch(f"bag:={tmp_path}/none", f"out:={tmp_path}/gap")
    assert ended.returncode != 0
    assert f"There is no bag at {tmp_path}/none" in ended.stdout + ended.stderr
    assert not (tmp_path / "gap").exists()


def test_arguments_are_described():
    ended = subprocess.run(
        ["ros2", "launch", LAUNCH, "--show-args"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert ended.returncode == 0
    for name in ("arm", "bag", "out", "policy", "window", "history"):
        assert f"'{name}':" in ended.stdout
    assert "no description" not in ended.stdout.lower()


class Follower:
    """Publishes commands, and the states of an arm that follows them DELAY late."""

    def __init__(self):
        self.node = rclpy.create_node("follower")
        self.arm = load_arm("ur5e")
        self.delays, self.diagnostics = [], []
        self._states = self.node.create_publisher(JointState, "/joint_states", 10)
        self._commands = self.node.create_publisher(
            Float64MultiArray, self.arm.controller.command_topic, 10
        )
        self.node.create_subscription(
            Float64, "/gap_node/metrics/delay_s", lambda m: self.delays.append(m.data), 10
        )
        self.node.create_subscription(
            DiagnosticArray, "/diagnostics", lambda m: self.diagnostics.extend(m.status), 10
        )
        self._signal = smooth_velocity(0, 6)
        self._position = self.arm.home.copy()
        self._start = self._last = time.monotonic()
        self._ticks = 0
        self.node.create_timer(0.005, self._tick)

    def _tick(self):
        now = time.monotonic()
        since = np.array([now - self._start])
        velocity = self._signal(since - DELAY)[0]
        self._position = self._position + velocity * (now - self._last)
        self._last = now
        names = sorted(self.arm.joint_names)
        columns = [self.arm.joint_names.index(name) for name in names]
        message = JointState(name=names)
        message.header.stamp = self.node.get_clock().now().to_msg()
        message.position = self._position[columns].tolist()
        message.velocity = velocity[columns].tolist()
        self._states.publish(message)
        self._ticks += 1
        if self._ticks % 4 == 0:
            self._commands.publish(Float64MultiArray(data=self._signal(since)[0].tolist()))


@pytest.fixture
def follower():
    rclpy.init()
    follower = Follower()
    executor = SingleThreadedExecutor()
    executor.add_node(follower.node)
    thread = threading.Thread(target=executor.spin, daemon=True)
    thread.start()
    yield follower
    executor.shutdown()
    thread.join()
    follower.node.destroy_node()
    rclpy.try_shutdown()


def test_live_figures_and_diagnostics(follower, tmp_path):
    with open(tmp_path / "log.txt", "w") as log:
        process = subprocess.Popen(
            ["ros2", "launch", LAUNCH, "history:=6.0"], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            latest = time.monotonic() + PATIENCE
            while time.monotonic() < latest and len(follower.delays) < 4:
                assert process.poll() is None, (tmp_path / "log.txt").read_text()
                threading.Event().wait(0.1)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)
    # Commands at 50 Hz hold, here against a smooth signal: half a period comes off.
    assert np.median(follower.delays) == pytest.approx(DELAY - 0.01, abs=0.01)
    mine = [status for status in follower.diagnostics if status.name == "gap_node"]
    assert mine
    assert any(value.key == "tool_position_rmse_m" for value in mine[-1].values)
