"""Deployment: the guard's latency over a bare node's, a policy at 100 Hz on a loaded core, CPU."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import domain_coordinator
import numpy as np
import onnx
import written_figures
from arm_watch import ArmWatch
from deploy_stack import GUARD, POLICY, POLICY_NODE, WATCHDOG, Stack
from diagnostic_msgs.msg import DiagnosticArray
from punctual import punctual
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64MultiArray

from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_description import load_arm
from rl_manip_description.contract.policy_contract import METADATA_KEY, PolicyMetadata

FLOOR = Path(__file__).resolve().with_name("floor_node.py")
PERIOD = 0.002  # [s]
LATENCY_TIME = 20.0  # [s]
POLICY_TIME = 60.0  # [s]
CPU_TIME = 20.0  # [s]
INFERENCES = 20_000
GOALS = ([0.45, 0.3, 0.3], [0.45, -0.3, 0.5])
SPIN = "while True: pass"


def inference_cost() -> dict:
    """`Policy.act` over a bare session with the same tensors, in turn [1], [us]."""
    policy = load_policy(POLICY, load_arm("ur5e"))
    values = policy.example()
    feed = {s.name: np.zeros(s.shape, dtype=np.float32) for s in policy.metadata.inputs}
    outputs = [spec.name for spec in policy.metadata.outputs]
    bare, node = np.zeros(INFERENCES), np.zeros(INFERENCES)
    for i in range(INFERENCES):
        start = time.perf_counter()
        policy.session.run(outputs, feed)
        between = time.perf_counter()
        policy.act(values)
        bare[i], node[i] = between - start, time.perf_counter() - between
    return {
        "bare onnxruntime, median [us]": 1e6 * float(np.median(bare)),
        "policy of the node, median [us]": 1e6 * float(np.median(node)),
        "node over bare onnxruntime [1]": float(np.median(node) / np.median(bare)),
        "bare onnxruntime, p99 [us]": 1e6 * float(np.percentile(bare, 99)),
    }


class Pinger:
    """Sends joint states to the guard and to the floor in turn, and times their answers."""

    def __init__(self, watch: ArmWatch) -> None:
        self.watch = watch
        node, arm = watch.node, watch.arm
        self._state = JointState(name=list(arm.joint_names), position=arm.home.tolist())
        self._state.velocity = [0.0] * arm.num_joints
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self._running = node.create_publisher(Bool, arm.controller.program_running_topic, latched)
        self._running.publish(Bool(data=True))
        self.sent: dict[str, list] = {"guard": [], "floor": []}
        self.answered: dict[str, list] = {"guard": [], "floor": []}
        self._topics = {}
        for name, states, commands in (
            ("guard", arm.controller.joint_state_topic, arm.controller.command_topic),
            ("floor", "/floor/joint_states", "/floor/commands"),
        ):
            publisher = node.create_publisher(JointState, states, 10)
            self._topics[name] = (publisher, watch.subscribe(Float64MultiArray, commands))

    def ping(self, seconds: float) -> None:
        """Each node gets a state every 2 ms, the other one 1 ms later."""
        due = time.monotonic()
        for i in range(round(seconds / (0.5 * PERIOD))):
            name = ("guard", "floor")[i % 2]
            publisher, _ = self._topics[name]
            self._state.header.stamp = self.watch.node.get_clock().now().to_msg()
            self.sent[name].append(time.time_ns())
            publisher.publish(self._state)
            self._collect()
            due = max(due + 0.5 * PERIOD, time.monotonic() - 0.01)
            time.sleep(max(due - time.monotonic(), 0.0))

    def _collect(self) -> None:
        for name, (_, subscription) in self._topics.items():
            with subscription.handle:
                while taken := subscription.handle.take_message(Float64MultiArray, False):
                    self.answered[name].append(taken[1]["source_timestamp"])

    def latency(self, name: str) -> np.ndarray:
        """From a state's sending to the next answer's, per answer [s]."""
        sent, answered = np.array(self.sent[name]), np.array(self.answered[name])
        index = np.searchsorted(sent, answered, side="right") - 1
        return 1e-9 * (answered - sent[index])[index >= 0]


def latency() -> dict:
    """Joint state in to guarded command out, of an armed guard, and of the floor in between."""
    with ArmWatch() as watch:
        stack = Stack(watch, watchdog="false")
        floor = subprocess.Popen([sys.executable, str(FLOOR)])
        try:
            pinger = Pinger(watch)
            stack.start_guard()
            ended = threading.Event()
            thread = threading.Thread(target=ask_gently, args=(watch, ended), daemon=True)
            thread.start()
            pinger.ping(3.0)
            pinging = threading.Thread(target=pinger.ping, args=(LATENCY_TIME,))
            pinging.start()
            stack.arm()
            for times in (*pinger.sent.values(), *pinger.answered.values()):
                times.clear()
            pinging.join()
            armed = watch.guard[-1] == "armed"
            ended.set()
            thread.join()
        finally:
            floor.kill()
            for module in tuple(stack.processes):
                stack.kill(module)
    guard, bare = pinger.latency("guard"), pinger.latency("floor")
    return {
        "guard stayed armed": armed,
        "guard latency, p50 [ms]": 1e3 * float(np.percentile(guard, 50)),
        "guard latency, p99 [ms]": 1e3 * float(np.percentile(guard, 99)),
        "floor latency, p50 [ms]": 1e3 * float(np.percentile(bare, 50)),
        "floor latency, p99 [ms]": 1e3 * float(np.percentile(bare, 99)),
        "guard p99 over floor p99 [1]": float(np.percentile(guard, 99) / np.percentile(bare, 99)),
        "answers": {"guard": len(guard), "floor": len(bare)},
    }


def ask_gently(watch: ArmWatch, ended: threading.Event) -> None:
    """A policy that sways by a few millirad, and rests while it is armed; the arm stands still."""
    publisher = watch.node.create_publisher(JointState, "/policy/command", 1)
    message = JointState(name=list(watch.arm.joint_names))
    while not ended.wait(0.01):
        speed = 0.0 if watch.is_arming else 0.02 * math.sin(5.0 * time.monotonic())
        message.velocity = [speed] * 6
        publisher.publish(message)


def policy_at_100_hz(folder: Path) -> dict:
    """The policy node with a period of 10 ms, pinned to a core with a process that never rests."""
    model = onnx.load(str(POLICY))
    (entry,) = [e for e in model.metadata_props if e.key == METADATA_KEY]
    assert PolicyMetadata.from_json(entry.value).control_dt == 0.04
    entry.value = entry.value.replace('"control_dt": 0.04', '"control_dt": 0.01')
    assert PolicyMetadata.from_json(entry.value).control_dt == 0.01
    policy = folder / "policy.onnx"
    onnx.save(model, str(policy))
    with ArmWatch() as watch, Stack(watch) as stack:
        core = {max(os.sched_getaffinity(0))}
        busy = subprocess.Popen([sys.executable, "-c", SPIN])
        os.sched_setaffinity(busy.pid, core)
        diagnostics = watch.subscribe(DiagnosticArray, "/diagnostics")
        try:
            begun = time.monotonic()
            stack.start(
                POLICY_NODE,
                policy=policy,
                control_dt=0.01,
                autostart="true",
                realtime_priority=20,
            )
            requests = watch.requests
            watch.wait_until(lambda: requests and requests[-1] > begun, "the policy acts")
            process = stack.processes[POLICY_NODE]
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                os.sched_setaffinity(int(thread), core)
            stack.arm()
            _drive_on(watch, POLICY_TIME)
            sent = np.array([t for t in list(requests) if t > time.monotonic() - POLICY_TIME])
            said = _last_word(diagnostics)
        finally:
            busy.kill()
    error = np.abs(np.diff(sent) - 0.01)
    return {
        "commands": len(sent),
        "period error, p99 [ms]": 1e3 * float(np.percentile(error, 99)),
        "period error, max [ms]": 1e3 * float(error.max()),
        "node says": said,
    }


def _last_word(subscription) -> dict:
    """What the policy node said of itself last on /diagnostics."""
    said: dict = {}
    with subscription.handle:
        while taken := subscription.handle.take_message(DiagnosticArray, False):
            for status in taken[0].status:
                if status.name == "policy_node" and status.values:
                    said = {value.key: value.value for value in status.values}
    return said


def _drive_on(watch: ArmWatch, seconds: float) -> None:
    """Goal after goal for so long."""
    latest = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < latest:
        goal = GOALS[turn % 2]
        until = min(latest, time.monotonic() + 2.0)
        watch.drive(goal, until=lambda until=until: time.monotonic() > until)
        turn += 1


def processor_time(folder: Path) -> dict:
    """Share of a core that each process of the stack takes while the policy drives the arm."""
    with ArmWatch() as watch, Stack(watch) as stack:
        stack.start_policy()
        recorder = subprocess.Popen(
            ["ros2", "bag", "record", "-s", "mcap", "-o", str(folder / "bag"), "/joint_states"]
            + ["/policy/command", "/forward_velocity_controller/commands", "/diagnostics"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            stack.arm()
            _drive_on(watch, 4.0)
            pids = {"recorder": recorder.pid}
            for name, module in (("guard", GUARD), ("policy", POLICY_NODE), ("watchdog", WATCHDOG)):
                pids[name] = stack.processes[module].pid
            before = {name: _ticks(pid) for name, pid in pids.items()}
            start = time.monotonic()
            _drive_on(watch, CPU_TIME)
            elapsed = time.monotonic() - start
            rate = os.sysconf("SC_CLK_TCK")
            cores = {n: (_ticks(pid) - before[n]) / rate / elapsed for n, pid in pids.items()}
            states = sum(sent > start for sent, _, _ in list(watch.states)) / elapsed
        finally:
            recorder.send_signal(signal.SIGINT)
            recorder.wait(20.0)
    return {
        "joint states [Hz]": states,
        "cores": cores,
        "policy, guard and recorder [cores]": sum(
            cores[n] for n in ("policy", "guard", "recorder")
        ),
        "with the watchdog [cores]": sum(cores.values()),
    }


def _ticks(pid: int) -> int:
    """User and system time of a process, in clock ticks."""
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(words[11]) + int(words[12])


def main() -> int:
    """Writes runs/bench/deploy.json."""
    with domain_coordinator.domain_id() as domain, tempfile.TemporaryDirectory() as folder:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        figures = {"machine": written_figures.machine()}
        with punctual():
            figures["inference"] = inference_cost()
            figures["latency"] = latency()
            figures["policy at 100 Hz"] = policy_at_100_hz(Path(folder))
            figures["processor time"] = processor_time(Path(folder))
    written_figures.write("deploy", figures)
    return 0
