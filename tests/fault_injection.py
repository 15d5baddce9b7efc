"""Injects faults into the running deployment stack, measures how the arm stops, prints a table.

    python tests/fault_injection.py [--repeats 20] [--seed 0] [FAULT ...]

Real processes on a simulated arm: sim_arm_node, velocity_guard_node, guard_watchdog_node, and for
some faults policy_node, with the parameters of deploy_real.launch.py. Every injection happens while
the arm moves, up to 1.5 rad/s, as fast as the shipped policies. Single measurements go to stderr as
they come.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

import domain_coordinator
import numpy as np
from arm_watch import ArmWatch
from sensor_msgs.msg import JointState

from rl_manip_deploy.realtime import take_realtime_priority

POLICY = Path(__file__).resolve().parents[1] / "policies" / "ur5e_reach" / "policy.onnx"
GOALS = ([0.45, 0.3, 0.3], [0.45, -0.3, 0.5])
COMMAND_PERIOD = 0.01  # [s] of the policy that the tests play, as policy_node repeats commands
COMMAND_HOLD = 0.025  # [s] of the guard, as deploy_real.launch.py sets it
FASTEST = 1.5  # [rad/s] it asks for
AT_REST = 0.02  # [rad/s] of the fastest joint


@dataclass(frozen=True)
class Stop:
    """How the arm stopped after one injection; times since the last good command, or the kill."""

    speed: float  # [rad/s] of the fastest command since the fault came
    begun: float  # [s] until the commands began to fall
    zero: float  # [s] until zero was commanded
    rest: float  # [s] until the arm rested
    acceleration: float  # [rad/s^2] largest between commands 10 ms apart or more
    reason: str  # what the guard, or the watchdog, said


class Stack:
    """The processes; as a context it ends them all."""

    def __init__(self, watch: ArmWatch) -> None:
        self.watch = watch
        self.processes: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> Stack:
        self.start("rl_manip_sim.sim_arm_node")
        self.watch.wait_until(lambda: self.watch.states, "the simulated arm is up")
        self.start("rl_manip_deploy.guard_watchdog_node", realtime_priority=20)
        self.start_guard()
        return self

    def __exit__(self, *_: object) -> None:
        for module in tuple(self.processes):
            self.kill(module)

    def start(self, module: str, **parameters: object) -> None:
        """Starts a node by the name of its module."""
        words = [w for name, value in parameters.items() for w in ("-p", f"{name}:={value}")]
        environment = {**os.environ, "FASTDDS_BUILTIN_TRANSPORTS": "UDPv4"}
        self.processes[module] = subprocess.Popen(
            [sys.executable, "-m", module, "--ros-args", *words],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start_guard(self) -> None:
        """Starts the guard, and waits for its first word."""
        heard = len(self.watch.guard)
        self.start("rl_manip_deploy.velocity_guard_node", watchdog="true", realtime_priority=20)
        self.watch.wait_until(lambda: len(self.watch.guard) > heard, "the guard is up")

    def start_policy(self) -> None:
        """Starts the policy node."""
        self.start(
            "rl_manip_deploy.policy_node", policy=POLICY, autostart="true", realtime_priority=20
        )

    def signal(self, module: str, number: signal.Signals) -> None:
        """Sends a signal to a node."""
        self.processes[module].send_signal(number)

    def kill(self, module: str) -> None:
        """Kills a node with SIGKILL and waits for its end."""
        process = self.processes.pop(module)
        process.kill()
        process.wait()

    def arm(self) -> None:
        """Arms the guard, once it can be."""

        def armed() -> bool:
            return self.watch.call("/velocity_guard_node/arm").success

        self.watch.wait_until(armed, "the guard arms")

    def get_moving(self, pause: float) -> None:
        """Arms the guard and returns `pause` [s] after the arm began to move.

        A busy machine may make the guard stop the arm before the fault is there: then again.
        """

        def moving() -> bool:
            if self.watch.guard[-1] != "armed":
                self.arm()
            return self.watch.speed() > 0.3

        while True:
            self.watch.wait_until(moving, "the arm moves")
            time.sleep(pause)
            if self.watch.guard[-1] == "armed":
                return


class PlayedPolicy:
    """Asks for a swaying motion, until it is told to misbehave."""

    def __init__(self, watch: ArmWatch) -> None:
        self.last_good = 0.0  # steady time [s]
        self.fault: Optional[Callable[[JointState], Optional[JointState]]] = None
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

    def _play(self) -> None:
        phase = np.arange(self._watch.arm.num_joints)
        start = time.monotonic()
        while not self._ended.wait(COMMAND_PERIOD):
            angle = 2.0 * (time.monotonic() - start) + phase
            # round the home pose: v = d/dt + (wanted - measured), 0.3 rad wide
            off = self._watch.arm.home + 0.3 * np.sin(angle) - self._watch.states[-1][1]
            sway = np.clip(0.6 * np.cos(angle) + off, -FASTEST, FASTEST)
            message = JointState(name=list(self._watch.arm.joint_names), velocity=sway.tolist())
            fault = self.fault
            if fault is None:
                self.last_good = time.monotonic()
                self._publisher.publish(message)
            elif (bad := fault(message)) is not None:
                self._publisher.publish(bad)


def silent(message: JointState) -> None:
    """Sends nothing more."""


def not_finite(message: JointState) -> JointState:
    """Sends NaN."""
    message.velocity = [float("nan")] * len(message.name)
    return message


def other_names(message: JointState) -> JointState:
    """Sends another arm's joint names."""
    message.name = [f"panda_joint{i + 1}" for i in range(len(message.name))]
    return message


def wrong_length(message: JointState) -> JointState:
    """Sends one velocity too few."""
    message.velocity = message.velocity[:-1]
    return message


COMMAND_FAULTS = {
    "policy silent": silent,
    "policy sends NaN": not_finite,
    "policy sends other names": other_names,
    "policy sends wrong length": wrong_length,
}


def measure(watch: ArmWatch, since: float, reason: Callable[[], str]) -> Stop:
    """Waits until the arm rests and describes how it came to that; `since` is a steady time."""

    def resting() -> bool:
        zero = watch.commands and not np.any(watch.commands[-1][1])
        return bool(zero) and watch.speed() < AT_REST and watch.states[-1][0] > since

    watch.wait_until(resting, "the arm rests")
    sent = [(t, v) for t, v in list(watch.commands) if t >= since - 0.1]
    times = np.array([t for t, _ in sent])
    speeds = np.array([np.abs(v).max() for _, v in sent])
    # the last good command may still be on its way up when the fault comes
    speed = float(speeds[times >= since - COMMAND_PERIOD].max(initial=0.0))
    moving = times[speeds > 0.0]
    zero = float(moving[-1]) if len(moving) else since
    # the ramp takes speed / 10 rad/s^2 + 20 ms: where the last fall began
    begun = zero - since - (speed / 10.0 + 0.02)
    states = [(t, np.abs(v).max()) for t, _, v in list(watch.states) if t >= since]
    moved = [t for t, v in states if v >= AT_REST]
    changes = [
        np.abs(late - early).max() / (t1 - t0)
        for (t0, early), (t1, late) in zip(sent, sent[5:])
        if t1 - t0 >= 0.01
    ]
    return Stop(
        speed=speed,
        begun=max(begun, 0.0),
        zero=max(zero - since, 0.0),
        rest=max(moved[-1] - since, 0.0) if moved else 0.0,
        acceleration=float(max(changes, default=0.0)),
        reason=reason(),
    )


def inject_into_commands(stack: Stack, fault: str, pause: float) -> Stop:
    """The played policy goes wrong."""
    with PlayedPolicy(stack.watch) as policy:
        stack.get_moving(pause)
        policy.fault = COMMAND_FAULTS[fault]
        since = policy.last_good
        stop = measure(stack.watch, since, lambda: stack.watch.guard[-1])
    return stop


def inject_into_policy_node(stack: Stack, number: signal.Signals, pause: float) -> Stop:
    """The real policy node is killed or frozen."""
    module = "rl_manip_deploy.policy_node"
    stack.start_policy()
    stack.arm()
    far = max(GOALS, key=stack.watch.tool_distance)
    stack.watch.drive(far, until=lambda: stack.watch.speed() > 0.3)
    time.sleep(0.5 * pause)
    since = time.monotonic()
    stack.signal(module, number)
    stop = measure(stack.watch, since, lambda: stack.watch.guard[-1])
    stack.kill(module)
    return stop


def inject_into_guard(stack: Stack, number: signal.Signals, pause: float) -> Stop:
    """The guard is killed or frozen; the watchdog stops the arm, a person plays the program."""
    module = "rl_manip_deploy.velocity_guard_node"
    with PlayedPolicy(stack.watch):
        stack.get_moving(pause)
        since = time.monotonic()
        stack.signal(module, number)
        stop = measure(stack.watch, since, lambda: "watchdog")
    if number == signal.SIGSTOP:
        time.sleep(0.5)  # frozen long enough for the robot to be paused
        stack.signal(module, signal.SIGCONT)
        stack.watch.wait_until(
            lambda: stack.watch.guard[-1].startswith("stopped"), "the guard latches when it thaws"
        )
    else:
        stack.kill(module)
        stack.start_guard()
    stack.watch.call("/dashboard_client/play")
    return stop


FAULTS: dict[str, Callable[[Stack, float], Stop]] = {
    **{
        name: (lambda stack, pause, name=name: inject_into_commands(stack, name, pause))
        for name in COMMAND_FAULTS
    },
    "policy killed": lambda stack, pause: inject_into_policy_node(stack, signal.SIGKILL, pause),
    "policy frozen": lambda stack, pause: inject_into_policy_node(stack, signal.SIGSTOP, pause),
    "guard killed": lambda stack, pause: inject_into_guard(stack, signal.SIGKILL, pause),
    "guard frozen": lambda stack, pause: inject_into_guard(stack, signal.SIGSTOP, pause),
}


def inject(faults: list[str], repeats: int, seed: int) -> dict[str, list[Stop]]:
    """Every fault so many times, at random moments of the motion."""
    # the instrument must not be what is late
    take_realtime_priority(10)
    rng = np.random.default_rng(seed)
    stops: dict[str, list[Stop]] = {}
    with ArmWatch() as watch, Stack(watch) as stack:
        for fault in faults:
            for _ in range(repeats):
                pause = rng.uniform(0.1, 0.6)
                stops.setdefault(fault, []).append(FAULTS[fault](stack, pause))
                print(f"{fault}: {stops[fault][-1]}", file=sys.stderr, flush=True)
    return stops


def table(stops: dict[str, list[Stop]]) -> str:
    """Worst figures of each fault."""
    lines = [
        f"{'fault':26} {'n':>3} {'speed':>7} {'ramp from':>10} {'zero':>8} {'rest':>8} "
        f"{'accel.':>8}  said",
        f"{'':26} {'':>3} {'rad/s':>7} {'ms':>10} {'ms':>8} {'ms':>8} {'rad/s2':>8}",
    ]
    for fault, found in stops.items():
        worst = {
            name: max(getattr(s, name) for s in found)
            for name in ("speed", "begun", "zero", "rest", "acceleration")
        }
        lines.append(
            f"{fault:26} {len(found):3} {worst['speed']:7.2f} {1e3 * worst['begun']:10.0f} "
            f"{1e3 * worst['zero']:8.0f} {1e3 * worst['rest']:8.0f} {worst['acceleration']:8.1f}"
            f"  {found[-1].reason}"
        )
    return "\n".join(lines)


def main() -> int:
    """0 where every injection ended with an arm at rest in time."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(FAULTS))
    parser.add_argument("--repeats", type=int, default=20, help="injections per fault")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of injection")
    parser.add_argument("--json", type=Path, help="file for every single measurement")
    arguments = parser.parse_args()
    with domain_coordinator.domain_id() as domain:
        os.environ["ROS_DOMAIN_ID"] = str(domain)
        return report(arguments)


def report(arguments: argparse.Namespace) -> int:
    """Injects, prints and judges."""
    stops = inject(arguments.faults or list(FAULTS), arguments.repeats, arguments.seed)
    print(table(stops))
    if arguments.json:
        found = {fault: [vars(stop) for stop in each] for fault, each in stops.items()}
        arguments.json.write_text(json.dumps(found, indent=1))
    late = [fault for fault, found in stops.items() if any(not in_time(fault, s) for s in found)]
    print(f"late: {', '.join(late)}" if late else "every arm came to rest in time")
    return 1 if late else 0


def in_time(fault: str, stop: Stop) -> bool:
    """Guard gone: at rest in 250 ms. Else the ramp begins in 150 ms, then takes its time."""
    if fault.startswith("guard"):
        return stop.rest <= 0.25
    return stop.begun <= 0.15 and stop.rest <= 0.15 + stop.speed / 10.0 + 0.02 + 0.1


if __name__ == "__main__":
    sys.exit(main())
