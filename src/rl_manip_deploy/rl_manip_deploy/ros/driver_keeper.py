"""`driver_keeper`: runs the arm's driver, and ends it only when the arm rests.

in   the guard's heartbeat std_msgs/Bool: whether it may be moving the arm

A driver in the terminal's process group is gone 50 ms after Ctrl+C, before the guard has braked
the arm. This process starts it in a session of its own, and on the way out waits for the guard.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from typing import List, Optional

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import Bool

from rl_manip_ros.endpoints import subscription
from rl_manip_ros.interfaces import GUARD_HEARTBEAT
from rl_manip_ros.node_process import start_ros
from rl_manip_ros.stop_request import StopRequest, ignore_further_requests

SILENCE = 0.5  # [s] after which the guard is taken for gone; its watchdog has stopped the arm then
LONGEST_WAIT = 3.0  # [s] for the guard to bring the arm to rest
# A driver may ignore SIGINT (ros2_control_node was seen to): then SIGTERM, then SIGKILL [s].
ESCALATION = ((signal.SIGINT, 5.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 1.0))
_PR_SET_PDEATHSIG = 1


class DriverKeeper(Node):
    """Hears whether the guard may be moving the arm."""

    def __init__(self) -> None:
        super().__init__("driver_keeper")
        self._moving, self._heard = False, -math.inf
        subscription(self, GUARD_HEARTBEAT, self._on_heartbeat)

    @property
    def arm_may_move(self) -> bool:
        """Whether the guard said so within `SILENCE`."""
        return self._moving and time.monotonic() - self._heard < SILENCE

    def guard_is_silent_yet(self, since: float) -> bool:
        """Whether there is a guard that has said nothing so far, and may still since then [s]."""
        there = self.count_publishers(GUARD_HEARTBEAT.name) > 0
        return there and self._heard == -math.inf and time.monotonic() - since < SILENCE

    def _on_heartbeat(self, message: Bool) -> None:
        self._moving, self._heard = message.data, time.monotonic()


class Driver:
    """The driver's processes."""

    def __init__(self, command: List[str]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        # where this process is killed the driver is told to end: nobody else would
        self._process = subprocess.Popen(
            command,
            start_new_session=True,
            preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT),
        )

    @property
    def code(self) -> Optional[int]:
        """Exit code; None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """Ends all processes of the driver, by force where they do not listen."""
        for number, patience in ESCALATION:
            if not self._tell(number):
                return
            latest = time.monotonic() + patience
            while self._is_there() and time.monotonic() < latest:
                time.sleep(0.02)

    def _is_there(self) -> bool:
        self._process.poll()
        return self._tell(0)

    def _tell(self, number: int) -> bool:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return False
        return True


def main() -> int:
    """Runs the command line's arguments as driver; its exit code where it ends by itself."""
    words = sys.argv[1:]
    command = words[: words.index("--ros-args")] if "--ros-args" in words else words
    if not command:
        print("driver_keeper: give the driver's command line as arguments.", file=sys.stderr)
        return 2
    start_ros()
    asked = StopRequest()
    node, executor = DriverKeeper(), SingleThreadedExecutor()
    executor.add_node(node)
    try:
        driver = Driver(command)
    except OSError as error:
        print(f"driver_keeper: {command[0]} cannot be run: {error}", file=sys.stderr)
        return 1
    while not asked.reason and driver.code is None:
        executor.spin_once(timeout_sec=0.1)
    code = driver.code
    if code is None:
        since = time.monotonic()
        latest = since + LONGEST_WAIT
        while node.arm_may_move or node.guard_is_silent_yet(since):
            if time.monotonic() > latest:
                break
            executor.spin_once(timeout_sec=0.01)
        driver.end()
    ignore_further_requests()
    executor.shutdown()
    node.destroy_node()
    rclpy.try_shutdown()
    return code or 0


if __name__ == "__main__":
    sys.exit(main())
