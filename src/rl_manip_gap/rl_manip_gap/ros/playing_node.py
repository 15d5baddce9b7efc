"""The part that nodes share which play a motion of their own through the velocity guard.

in   /joint_states · the guard's state std_msgs/String · service ~/arm of the guard
out  /policy/command sensor_msgs/JointState (names, velocities): requests for the guard
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Callable, Optional, Protocol, Type, TypeVar

import numpy as np
from sensor_msgs.msg import JointState

from rl_manip_deploy.ros.driving_node import DriveFailed, DrivingNode, DrivingParameters
from rl_manip_deploy.states.joint_states import LONGEST_SILENCE
from rl_manip_description.contract.settings import setting
from rl_manip_ros.endpoints import publisher
from rl_manip_ros.interfaces import POLICY_COMMAND
from rl_manip_ros.real_time import take_realtime_priority

PERIOD = 0.008  # [s] between requests; the guard makes 500 smooth commands a second of them


class Motion(Protocol):
    """What can be played."""

    duration: float  # [s]

    def velocity(self, time: np.ndarray) -> np.ndarray:
        """Joint velocities (k, n) [rad/s] at times (k,) [s]."""


@dataclass(frozen=True)
class PlayingParameters(DrivingParameters):
    """Parameters of every node that plays a motion."""

    listeners: int = setting(1, "Subscribers of the requests to wait for.", "", 0, 100)
    realtime_priority: int = setting(
        0, "SCHED_FIFO priority of the process; 0 leaves scheduling as it is.", "", 0, 99
    )


P = TypeVar("P", bound=PlayingParameters)


class PlayingNode(DrivingNode[P]):
    """Sends a motion's velocities at their time, and zeros before, after and while it stops.

    Args:
        name: of the node.
        parameters: its own kind of `PlayingParameters`.
    """

    def __init__(self, name: str, parameters: Type[P]) -> None:
        super().__init__(name, parameters)
        # a request that is late slows the arm down, and one that is 0.1 s late stops it
        take_realtime_priority(self.given.realtime_priority, self.get_logger().warning)
        self.is_silent = False
        """Whether requests cease."""
        self.requested = np.zeros(self.arm.num_joints)
        """(n,) [rad/s] of the last request."""
        self.requested_at = -math.inf
        """When that was sent, on the steady clock [s]."""
        self._motion: Optional[Motion] = None
        self._played = 0.0  # motion sent so far [s]
        self._last_tick: Optional[float] = None  # None while the arm is to stand
        self._requests = publisher(self, POLICY_COMMAND)
        self._names = list(self.reader.order.names)
        self.create_timer(PERIOD, self._request)

    def wait_for_listeners(self) -> None:
        """Returns once joint states come, the guard is there, and all listen; else DriveFailed."""
        listeners = self.given.listeners
        self.wait_for_robot(
            lambda: self._requests.get_subscription_count() >= listeners,
            f"fewer than {listeners} listen to /policy/command (guard, recorder)",
        )

    def play(
        self,
        motion: Motion,
        look_period: float,
        on_look: Callable[[float], None],
        stops: int = 0,
    ) -> None:
        """Plays a motion from its begin to its end.

        Args:
            motion: what is played.
            look_period: between two looks at the arm [s].
            on_look: told how much of the motion was sent so far [s], at each look with a new state.
            stops: of the guard after which the arm is armed again and the motion goes on.

        Raises:
            DriveFailed: one stop more, or joint states no longer come.
        """
        self._motion, self._played = motion, 0.0
        self._last_tick = heard = time.monotonic()
        while self._played < motion.duration:
            self.spin_for(look_period)
            if self.look():
                heard = time.monotonic()
                on_look(self._played)
            elif time.monotonic() - heard > LONGEST_SILENCE:
                raise DriveFailed("joint states no longer come.")
            if self.has_stopped:
                self._last_tick = None
                if not stops:
                    raise DriveFailed(f"the guard stopped the arm: {self.guard}.")
                stops -= 1
                print(f"the guard says {self.guard!r}", flush=True)
                self.wait_until_armed()
                self._last_tick = heard = time.monotonic()
        self._motion, self._last_tick = None, None

    def _request(self) -> None:
        """Sends the velocities of this moment: zeros before, after, and while the guard stops."""
        if self.is_silent:
            return
        velocity = np.zeros(self.arm.num_joints)
        if self._motion is not None and self._last_tick is not None:
            now = time.monotonic()
            # a process that was frozen goes on where it stopped: the motion has no jumps
            self._played += min(now - self._last_tick, 5.0 * PERIOD)
            self._last_tick = now
            velocity = self._motion.velocity(np.array([self._played]))[0]
        self.requested, self.requested_at = velocity, time.monotonic()
        message = JointState(name=self._names, velocity=velocity.tolist())
        message.header.stamp = self.get_clock().now().to_msg()
        self._requests.publish(message)
