"""`excite_node`: tones and moves of every joint through the velocity guard; it ends by itself.

in   /joint_states · the guard's state std_msgs/String · service ~/arm of the guard
out  /policy/command sensor_msgs/JointState (names, velocities): requests for the guard
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Optional

import numpy as np
from sensor_msgs.msg import JointState

from rl_manip_deploy.ros.driving_node import (
    DriveFailed,
    DrivingNode,
    DrivingParameters,
    run_to_its_end,
)
from rl_manip_deploy.states.joint_states import LONGEST_SILENCE
from rl_manip_description.contract.settings import setting
from rl_manip_gap.identify.motion.excitation import ExcitationLimits
from rl_manip_gap.identify.motion.free_path import check_free
from rl_manip_gap.identify.motion.two_motions import TwoMotions
from rl_manip_ros.endpoints import publisher
from rl_manip_ros.interfaces import POLICY_COMMAND
from rl_manip_ros.real_time import take_realtime_priority

PERIOD = 0.008  # [s] between requests; the guard makes 500 smooth commands a second of them
LOOK_PERIOD = 0.05  # [s] between two looks at the guard
PROGRESS_PERIOD = 10.0  # [s] of motion between two lines
STOPS = 3  # after which the excitation ends
SETTLE = 0.5  # [s] of zeros at the end, so that the bag shows the arm come to rest


@dataclass(frozen=True)
class ExciteParameters(DrivingParameters):
    """Parameters of the node."""

    duration: float = setting(60.0, "Length of the tones.", "s", 1.0, 3600.0)
    moves: float = setting(20.0, "Length of the moves after them; 0 for none.", "s", 0.0, 3600.0)
    seed: int = setting(0, "Seed of the motion.", "", 0, 2**31 - 1)
    speed: float = setting(1.0, "Share of the motion's full speed.", "", 0.05, 1.0)
    listeners: int = setting(1, "Subscribers of the requests to wait for.", "", 0, 100)
    realtime_priority: int = setting(
        0, "SCHED_FIFO priority of the process; 0 leaves scheduling as it is.", "", 0, 99
    )


class ExciteNode(DrivingNode[ExciteParameters]):
    """Plays `TwoMotions` from where the arm stands."""

    def __init__(self) -> None:
        super().__init__("excite_node", ExciteParameters)
        # a request that is late slows the arm down, and one that is 0.1 s late stops it
        take_realtime_priority(self.given.realtime_priority, self.get_logger().warning)
        self._duration = 0.0  # of the whole motion [s]
        self._seed = self.given.seed
        self._speed = self.given.speed
        self._listeners = self.given.listeners
        self._motion: Optional[TwoMotions] = None
        self._played = 0.0  # motion sent so far [s]
        self._last_tick: Optional[float] = None  # None while the arm is to stand
        self._requests = publisher(self, POLICY_COMMAND)
        self._names = list(self.reader.order.names)
        self.create_timer(PERIOD, self._request)

    def run(self) -> None:
        """Plays the whole motion; DriveFailed or ValueError where it cannot."""
        self.wait_for_robot(
            lambda: self._requests.get_subscription_count() >= self._listeners,
            f"fewer than {self._listeners} listen to /policy/command (guard, recorder)",
        )
        limits = ExcitationLimits().slowed(self._speed)
        given = self.given
        motion = TwoMotions(
            self.arm, self.position, given.duration, given.moves, self._seed, limits
        )
        self._duration = motion.duration
        check_free(self.arm, motion.path())
        self.wait_until_armed()
        fastest = float(np.abs(motion.velocity(np.arange(0.0, self._duration, 0.01))).max())
        print(
            f"excitation of {self._duration:g} s: every joint within {motion.excursion:.2f} rad of "
            f"where it stands, up to {fastest:.2f} rad/s",
            flush=True,
        )
        self._motion = motion
        self._play()
        self._motion = None
        self.spin_for(SETTLE)
        print(f"{self._duration:g} s of motion done", flush=True)

    def _play(self) -> None:
        stops_left = STOPS
        told, heard = 0.0, time.monotonic()
        self._last_tick = time.monotonic()
        while self._played < self._duration:
            self.spin_for(LOOK_PERIOD)
            if self.look():
                heard = time.monotonic()
            elif time.monotonic() - heard > LONGEST_SILENCE:
                raise DriveFailed("joint states no longer come.")
            if self.has_stopped:
                self._last_tick = None
                if not stops_left:
                    raise DriveFailed(f"the guard stopped the arm: {self.guard}.")
                stops_left -= 1
                print(f"the guard says {self.guard!r}", flush=True)
                self.wait_until_armed()
                self._last_tick = heard = time.monotonic()
            if self._played - told >= PROGRESS_PERIOD:
                told += PROGRESS_PERIOD
                print(f"excitation {told:g} of {self._duration:g} s", flush=True)
        self._last_tick = None

    def _request(self) -> None:
        """Sends the velocities of this moment: zeros before, after, and while the guard stops."""
        velocity = np.zeros(self.arm.num_joints)
        if self._motion is not None and self._last_tick is not None:
            now = time.monotonic()
            # a process that was frozen goes on where it stopped: the motion has no jumps
            self._played += min(now - self._last_tick, 5.0 * PERIOD)
            self._last_tick = now
            velocity = self._motion.velocity(np.array([self._played]))[0]
        message = JointState(name=self._names, velocity=velocity.tolist())
        message.header.stamp = self.get_clock().now().to_msg()
        self._requests.publish(message)


def main() -> int:
    """0 when the whole motion was played; 1 otherwise, after a sentence that says why."""
    return run_to_its_end("excite_node", lambda: ExciteNode().run())


if __name__ == "__main__":
    sys.exit(main())
