"""The deployment stack as single processes, each of which can be killed, frozen or stalled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Optional

import numpy as np
from arm_watch import ArmWatch
from punctual import become_punctual
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from sensor_msgs.msg import JointState
from stallable_node import STALL_TOPIC
from std_msgs.msg import Float64

from rl_manip_ros.transports import sockets_only

ROOT = Path(__file__).resolve().parents[2]
THIS_MACHINE = str(ROOT / "launch" / "fastdds_this_machine.xml")
POLICY = ROOT / "policies" / "ur5e_reach" / "policy.onnx"
STALLABLE = Path(__file__).resolve().parent / "stallable_node.py"
ARM_NODE = "rl_manip_sim.ros.sim_arm_node"
GUARD = "rl_manip_deploy.ros.velocity_guard_node"
WATCHDOG = "rl_manip_deploy.ros.guard_watchdog_node"
POLICY_NODE = "rl_manip_deploy.ros.policy_node"
REALTIME_PRIORITY = 20  # as deploy_real.launch.py
COMMAND_HOLD = 0.025  # [s] likewise
COMMAND_PERIOD = 0.01  # [s] of the policy that the tests play, as policy_node repeats commands
FASTEST = 1.5  # [rad/s] it asks for: the velocity limit of the shipped policies


def start_node(module: str, stallable: bool = False, **parameters: object) -> subprocess.Popen:
    """A node by the name of its module, as a process."""
    words = [w for name, value in parameters.items() for w in ("-p", f"{name}:={value}")]
    program = [str(STALLABLE)] if stallable else ["-m"]
    return subprocess.Popen(
        [sys.executable, *program, module, "--ros-args", *words],
        env={
            **os.environ,
            **sockets_only(os.environ, str(ROOT / "launch" / "fastdds_this_machine.xml")),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Stack:
    """Simulated arm, watchdog and guard; as a context it ends whatever was started.

    `guard_parameters` replace or add to those that deploy_real.launch.py gives.
    """

    def __init__(self, watch: ArmWatch, **guard_parameters: object) -> None:
        self.watch = watch
        self.processes: dict[str, subprocess.Popen] = {}
        self._guard_parameters = {
            "watchdog": "true",
            "timing.command_hold": COMMAND_HOLD,
            **guard_parameters,
        }
        self._stall = watch.node.create_publisher(Float64, STALL_TOPIC, 1)

    def __enter__(self) -> Stack:
        self.start(ARM_NODE)
        self.watch.wait_until(lambda: self.watch.states, "the simulated arm is up")
        self.start(WATCHDOG, realtime_priority=REALTIME_PRIORITY)
        self.start_guard()
        return self

    def __exit__(self, *_: object) -> None:
        for module in tuple(self.processes):
            self.kill(module)

    def start(self, module: str, stallable: bool = False, **parameters: object) -> None:
        """Starts a node by the name of its module."""
        self.processes[module] = start_node(module, stallable, **parameters)

    def start_guard(self, stallable: bool = False) -> None:
        """Starts the guard, and waits for its first word."""
        heard = len(self.watch.guard)
        parameters = {**self._guard_parameters, "realtime_priority": REALTIME_PRIORITY}
        self.start(GUARD, stallable, **parameters)
        self.watch.wait_until(lambda: len(self.watch.guard) > heard, "the guard is up")

    def start_policy(self, stallable: bool = False) -> None:
        """Starts the policy node, and waits for its first command."""
        begun = time.monotonic()
        self.start(
            POLICY_NODE,
            stallable,
            policy=POLICY,
            autostart="true",
            realtime_priority=REALTIME_PRIORITY,
        )
        requests = self.watch.requests
        # what a played policy sent last is not it
        self.watch.wait_until(lambda: requests and requests[-1] > begun + 0.5, "the policy acts")

    def signal(self, module: str, number: signal.Signals) -> None:
        """Sends a signal to a node."""
        self.processes[module].send_signal(number)

    def kill(self, module: str) -> None:
        """Kills a node with SIGKILL and waits for its end."""
        process = self.processes.pop(module)
        process.kill()
        process.wait()

    def stall(self, seconds: float) -> float:
        """Makes the executor of the node that was started stallable stand still, from when [s]."""
        self.watch.wait_until(
            lambda: self._stall.get_subscription_count() > 0, "a node can be stalled"
        )
        begun = time.monotonic()
        self._stall.publish(Float64(data=seconds))
        return begun

    def set_arm(self, **parameters: float) -> None:
        """Sets parameters of the simulated arm while it runs."""
        request = SetParameters.Request()
        for name, value in parameters.items():
            kind = 1 if isinstance(value, bool) else 3
            field = "bool_value" if isinstance(value, bool) else "double_value"
            request.parameters.append(
                Parameter(name=name, value=ParameterValue(**{"type": kind, field: value}))
            )
        response = self.watch.request(SetParameters, "/sim_arm_node/set_parameters", request)
        assert all(result.successful for result in response.results), response

    def arm(self) -> None:
        """Arms the guard, once it can be: nobody may ask for motion meanwhile."""

        def armed() -> bool:
            return self.watch.call("/velocity_guard_node/arm").success

        self.watch.is_arming = True
        try:
            self.watch.wait_until(armed, "the guard arms")
        finally:
            self.watch.is_arming = False

    def get_moving(self, pause: float) -> None:
        """Arms the guard and returns `pause` [s] after the arm reached most of its speed.

        A busy machine may make the guard stop the arm before the fault is there: then again.
        """

        def moving() -> bool:
            if self.watch.guard[-1] != "armed":
                self.arm()
            return self.watch.speed() > 1.0

        while True:
            self.watch.wait_until(moving, "the arm moves")
            time.sleep(pause)
            if self.watch.guard[-1] == "armed":
                return


class PlayedPolicy:
    """Asks for a swaying motion, until it is told to misbehave."""

    def __init__(self, watch: ArmWatch, period: float = COMMAND_PERIOD) -> None:
        self.last_good = 0.0  # steady time [s]
        self.fault: Optional[Callable[[JointState], Optional[JointState]]] = None
        self._period = period
        self._watch = watch
        self._publisher = watch.node.create_publisher(JointState, "/policy/command", 1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)

    def __enter__(self) -> PlayedPolicy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._watch.node.destroy_publisher(self._publisher)

    def _play(self) -> None:
        become_punctual()
        phase = np.arange(self._watch.arm.num_joints)
        start = time.monotonic()
        while not self._ended.wait(self._period):
            # round the home pose, half a radian wide: v = d/dt + (wanted - measured); one of the
            # joints is always near its greatest speed
            angle = 3.0 * (time.monotonic() - start) + phase
            off = self._watch.arm.home + 0.5 * np.sin(angle) - self._watch.states[-1][1]
            sway = np.clip(1.5 * np.cos(angle) + off, -FASTEST, FASTEST)
            sway *= not self._watch.is_arming
            message = JointState(name=list(self._watch.arm.joint_names), velocity=sway.tolist())
            fault = self.fault
            if fault is None:
                self.last_good = time.monotonic()
                self._publisher.publish(message)
            elif (bad := fault(message)) is not None:
                self._publisher.publish(bad)
