"""The part that nodes share which drive an arm through the velocity guard and then end.

in   /joint_states · the guard's state std_msgs/String · service ~/arm of the guard
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any, Callable, Generic, Optional, Type, TypeVar

import numpy as np
import rclpy
from rclpy.node import Node
from rclpy.task import Future
from std_msgs.msg import String
from std_srvs.srv import Trigger

from rl_manip_deploy.evaluation.arming import Act, Arming
from rl_manip_deploy.ros.robot.arm_reader import ArmReader
from rl_manip_deploy.ros.robot.awaited_states import AwaitedStates
from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.settings import require_all, setting
from rl_manip_ros.endpoints import client, subscription
from rl_manip_ros.interfaces import GUARD_ARM, GUARD_STATE
from rl_manip_ros.node_process import start_ros
from rl_manip_ros.parameters import declare
from rl_manip_ros.stop_request import StopRequest, ignore_further_requests

ANSWER_PATIENCE = 1.0  # [s] for an answer of the guard
LONGEST_WAIT = 0.05  # [s] before the node looks whether it is asked to end


class DriveFailed(Exception):
    """The arm cannot be driven on; the message says why."""


class Interrupted(Exception):
    """The process was asked to end before its work was done; the message says by what."""


@dataclass(frozen=True)
class DrivingParameters:
    """Parameters of every node that drives an arm through the guard."""

    arm: str = setting("ur5e", "Name of the arm.")
    hardware: str = setting("real", "What moves.", choices=("real", "sim"))
    auto_arm: bool = setting(
        False, "Whether the node arms the guard itself; otherwise a person does."
    )
    tf_prefix: str = setting("", "Prefix of the robot's joint and frame names.")
    startup_timeout: float = setting(
        60.0, "Time for the robot and all nodes to come up.", "s", 1.0, 3600.0
    )

    def __post_init__(self) -> None:
        require_all(self)


P = TypeVar("P", bound=DrivingParameters)


class DrivingNode(Node, Generic[P]):
    """Watches an arm, and arms its guard; the main thread waits, callbacks only store.

    Args:
        name: of the node.
        parameters: its own kind of `DrivingParameters`; `given` holds what was given.
    """

    def __init__(self, name: str, parameters: Type[P]) -> None:
        super().__init__(name)
        self._asked_to_end = StopRequest()
        self.given: P = declare(self, parameters)
        self.arm: Arm = load_arm(self.given.arm)
        self.hardware = self.given.hardware
        self.prefix = self.given.tf_prefix
        self.startup_timeout = self.given.startup_timeout
        self.guard = ""
        self.reader = ArmReader(self, self.arm, self.prefix)
        self._awaited = AwaitedStates(self, self.reader.topic, self.arm.name)
        subscription(self, GUARD_STATE, self._on_guard_state)
        self._arm_guard = client(self, GUARD_ARM)
        command = f"ros2 service call {GUARD_ARM.resolved(self.get_namespace())} {GUARD_ARM.type}"
        self._arming = Arming(self.hardware, self.given.auto_arm, command, self.startup_timeout)

    def wait_for_robot(self, listeners: Callable[[], bool], otherwise: str) -> None:
        """Returns once joint states come, the guard is there and `listeners()` holds.

        Raises:
            DriveFailed: one of them does not come up within startup_timeout.
        """
        latest = time.monotonic() + self.startup_timeout
        while not self.look():
            heard = self.reader.heard, self.reader.states.trouble(time.monotonic())
            if time.monotonic() > latest:
                raise DriveFailed(
                    f"{self._awaited.missing(*heard)} (waited {self.startup_timeout:g} s)."
                )
            self._awaited.say_when_due(*heard)
            self._serve(LONGEST_WAIT)
        self._wait(self._arm_guard.service_is_ready, latest, "the velocity guard is not there")
        self._wait(listeners, latest, otherwise)

    def wait_for(self, condition: Callable[[], bool], otherwise: str) -> None:
        """Returns once `condition()` holds; DriveFailed where it does not in startup_timeout."""
        self._wait(condition, time.monotonic() + self.startup_timeout, otherwise)

    def wait_until_armed(self) -> None:
        """Returns once the guard is armed: by this node where it may, otherwise by a person.

        Raises:
            DriveFailed: this node arms it, and it refuses for too long.
        """
        self._arming.begin(time.monotonic())
        while (step := self._arming.next(self.guard, time.monotonic())).act is not Act.GO:
            if step.act is Act.GIVE_UP:
                raise DriveFailed(step.say)
            if step.say:
                print(step.say, flush=True)
            if step.act is Act.ASK:
                self._ask_the_guard()
            self._serve(LONGEST_WAIT)

    def _ask_the_guard(self) -> None:
        answer = self.answer_to(self._arm_guard.call_async(Trigger.Request()), ANSWER_PATIENCE)
        if answer is not None and not answer.success:
            self._arming.on_refusal(answer.message)

    @property
    def position(self) -> np.ndarray:
        """(n,) [rad] of the last good joint state; NaN before the first."""
        return self.reader.states.position

    @property
    def has_stopped(self) -> bool:
        """Whether the guard stops the arm, or has stopped it."""
        return self.guard.startswith("stop")

    def spin_for(self, seconds: float) -> None:
        """Serves callbacks for a time [s]."""
        latest = time.monotonic() + seconds
        while (left := latest - time.monotonic()) > 0.0:
            self._serve(left)

    def answer_to(self, asked: Future, patience: float) -> Optional[Any]:
        """The response to a service call; None where it takes longer than `patience` [s]."""
        latest = time.monotonic() + patience
        while not asked.done() and (left := latest - time.monotonic()) > 0.0:
            self._serve(left)
        return asked.result() if asked.done() else None

    def look(self) -> bool:
        """Takes the joint states since the last look; false where none was of the arm."""
        return self.reader.look()

    def _wait(self, condition: Callable[[], bool], latest: float, otherwise: str) -> None:
        while not condition():
            if time.monotonic() > latest:
                raise DriveFailed(f"{otherwise} within {self.startup_timeout:g} s.")
            self._serve(LONGEST_WAIT)

    def _serve(self, seconds: float) -> None:
        """Waits for one callback; Interrupted where the process is to end."""
        rclpy.spin_once(self, timeout_sec=min(seconds, LONGEST_WAIT))
        if reason := self._asked_to_end.reason:
            raise Interrupted(reason)

    def _on_guard_state(self, message: String) -> None:
        self.guard = message.data


def run_to_its_end(name: str, run: Callable[[], None]) -> int:
    """Runs a node's work in ROS; the process's exit code: 0, or 1 after a sentence that says why.

    A process that is asked to end does so with 0.

    Args:
        name: of the node, for the sentence.
        run: makes the node and does its work.
    """
    start_ros()
    try:
        run()
    except (ValueError, DriveFailed) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except Interrupted as asked:
        print(f"{name}: ended before its work was done: {asked}", file=sys.stderr)
    finally:
        ignore_further_requests()
        rclpy.try_shutdown()
    return 0
