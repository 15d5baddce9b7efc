"""The velocity guard as a state machine, without ROS.

    disarmed --arm--> armed --any fault, or stop--> stopping --at rest--> stopped --arm--> armed

Only `armed` passes requests on. Every other state commands a ramp to zero, then zero. Nothing but
`arm` leads back. While armed, a request is followed for `command_hold`; from then on the arm slows
down, and a new request in time makes it go on. All times are the receiver's steady clock, in
seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Optional, Sequence

import numpy as np

from rl_manip_deploy.guard.braking import Motion
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_description import Arm
from rl_manip_description.model.joint_order import JointNamesError, JointOrder

# No arm gets further beyond its position limits than this; a state that says so is wrong [rad].
OVERSHOOT = 0.5


class Mode(str, Enum):
    """State of the guard; the value is the word that `~/state` shows."""

    DISARMED = "disarmed"
    ARMED = "armed"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True)
class GuardTiming:
    """When something counts as too old."""

    command_timeout: float = 0.1  # [s] a request older than this stops the arm
    command_hold: float = 0.1  # [s] the arm begins to slow down at this age; at most the time-out
    joint_state_timeout: float = 0.05  # [s] likewise a joint state
    watchdog_timeout: float = 0.2  # [s] likewise the watchdog's heartbeat, where one is needed
    stall_timeout: float = 0.05  # [s] the guard itself standing still for longer stops the arm
    longest_step: float = 0.01  # [s] a ramp never takes a larger step than this, however late

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if not (math.isfinite(value) and 0.0 < value <= 1.0):
                raise ValueError(f"{name} is {value} s: give a time above 0 and up to 1 s.")
        if self.command_hold > self.command_timeout:
            raise ValueError(
                f"command_hold is {self.command_hold} s: give no more than command_timeout, "
                f"{self.command_timeout} s."
            )


@dataclass
class _Input:
    """The last good value of one input, when it came, or what is wrong with it."""

    what: str
    timeout: float  # [s]
    value: Optional[np.ndarray] = None
    received: float = -math.inf  # [s]
    fault: str = ""

    def take(self, value: np.ndarray, now: float) -> None:
        self.value, self.received, self.fault = value, now, ""

    def refuse(self, fault: str) -> None:
        self.value, self.fault = None, fault

    def trouble(self, now: float) -> str:
        """Why this input cannot be used; empty where it can."""
        if self.fault:
            return self.fault
        if self.value is None:
            return f"no {self.what} yet"
        age = now - self.received
        return f"{self.what} is {age:.3f} s old" if age > self.timeout else ""


class VelocityGuard:
    """Passes velocity requests on to an arm while everything that they rest on is sound."""

    def __init__(
        self,
        arm: Arm,
        limits: GuardLimits,
        timing: GuardTiming = GuardTiming(),
        joint_prefix: str = "",
        watchdog: bool = False,
    ) -> None:
        self.mode = Mode.DISARMED
        self.reason = "not armed yet"
        self.timing = timing
        self.motion = Motion(np.zeros(arm.num_joints), np.zeros(arm.num_joints))
        self._joints = JointOrder(arm.joint_names, joint_prefix)
        self._safe = SafeMotion(arm, limits)
        self._request = _Input("command", timing.command_timeout)
        self._position = _Input("joint state", timing.joint_state_timeout)
        self._lowest = arm.limits.position_lower - OVERSHOOT
        self._highest = arm.limits.position_upper + OVERSHOOT
        self._measured_velocity: Optional[np.ndarray] = None
        self._watchdog = _Input("watchdog's heartbeat", timing.watchdog_timeout)
        self._needs_watchdog = watchdog
        self._program_running: Optional[bool] = None
        self._scaling = 1.0
        self._last_step: Optional[float] = None

    def on_command(self, names: Sequence[str], velocity: Sequence[float], now: float) -> None:
        """Takes a request [rad/s] by name; anything wrong with it stops the arm."""
        try:
            request = self._joints.pick_exactly(names, velocity, "velocities")
        except (JointNamesError, TypeError, ValueError) as error:
            return self._refuse(self._request, f"command refused: {error}")
        if not np.all(np.isfinite(request)):
            return self._refuse(self._request, f"command is not finite: {request.tolist()}")
        self._request.take(request, now)

    def on_joint_state(
        self,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
        now: float,
    ) -> bool:
        """Takes a joint state [rad, rad/s] by name; false for one of other joints only."""
        if not self._joints.concerns(names):
            return False
        try:
            measured = self._joints.pick(names, position, "positions")
            speed = self._joints.pick(names, velocity, "velocities") if len(velocity) else None
        except (JointNamesError, TypeError, ValueError) as error:
            self._refuse(self._position, f"joint state refused: {error}")
            return True
        if not np.all(np.isfinite(measured if speed is None else [measured, speed])):
            self._refuse(self._position, "joint state is not finite")
        elif np.any(measured < self._lowest) or np.any(measured > self._highest):
            self._refuse(self._position, f"joint state cannot be true: {measured.tolist()} rad")
        else:
            self._position.take(measured, now)
            self._measured_velocity = speed
        return True

    def on_watchdog(self, now: float) -> None:
        """Takes a heartbeat of the watchdog, without which the arm does not move."""
        self._watchdog.take(self.motion.velocity, now)

    def on_program_running(self, running: bool) -> None:
        """Takes the driver's word on whether the robot follows commands; false stops."""
        self._program_running = bool(running)
        if not running:
            self.stop("robot program is not running")

    def on_speed_scaling(self, scaling: float) -> None:
        """Takes the robot's speed scaling [1]; requests are limited to that share of full speed."""
        if math.isfinite(scaling) and scaling > 0.0:
            self._scaling = min(float(scaling), 1.0)
        else:
            self._scaling = 0.0
            self.stop(f"speed scaling is {scaling}")

    def trouble(self, now: float) -> str:
        """What keeps the arm from moving, in a few words; empty where nothing does."""
        if trouble := self._position.trouble(now):
            return trouble
        if self._program_running is None:
            return "nobody says that the robot program is running"
        if not self._program_running:
            return "robot program is not running"
        if self._scaling == 0.0:
            return "speed scaling is zero"
        if self._needs_watchdog and (trouble := self._watchdog.trouble(now)):
            return trouble
        return self._request.trouble(now)

    def arm(self, now: float) -> str:
        """Lets requests through from now on; returns why not, or nothing where it is armed."""
        if self.mode is Mode.STOPPING:
            return f"still stopping: {self.reason}"
        trouble = self.trouble(now)
        if not trouble:
            self.mode, self.reason = Mode.ARMED, ""
        return trouble

    def stop(self, reason: str) -> None:
        """Ramps to zero and stays there; the first reason is kept until the next `arm`."""
        if self.mode is Mode.ARMED:
            self.mode, self.reason = Mode.STOPPING, reason

    def step(self, now: float) -> np.ndarray:
        """Velocities to command now, (n,) [rad/s] in the arm's order: finite, within limits."""
        elapsed = 0.0 if self._last_step is None else max(now - self._last_step, 0.0)
        self._last_step = now
        if self.mode is Mode.ARMED:
            if elapsed > self.timing.stall_timeout:
                self.stop(f"the guard itself stood still for {elapsed:.3f} s")
                self._take_up_the_motion()
            elif self.trouble(now):
                self.stop(self.trouble(now))
        time_step = min(elapsed, self.timing.longest_step)
        followed = now - self._request.received <= self.timing.command_hold
        if self.mode is Mode.ARMED and followed:
            self.motion = self._safe.step(
                self._request.value, self.motion, self._position.value, time_step, self._scaling
            )
        else:
            self.motion = self._safe.stop_step(self.motion, time_step)
            if self.mode is Mode.STOPPING and self.at_rest:
                self.mode = Mode.STOPPED
        return self.motion.velocity

    @property
    def measured_position(self) -> Optional[np.ndarray]:
        """The newest joint positions (n,) [rad]; none where they cannot be used."""
        return self._position.value

    @property
    def at_rest(self) -> bool:
        """Whether zero is commanded and stays so."""
        return not (np.any(self.motion.velocity) or np.any(self.motion.acceleration))

    def _take_up_the_motion(self) -> None:
        """After a stall others may have stopped the arm: the ramp must not set it going again.

        It starts from the measured velocity where that lies between zero and the last command.
        """
        if self._measured_velocity is not None:
            last = self.motion.velocity
            velocity = np.clip(self._measured_velocity, np.minimum(last, 0), np.maximum(last, 0))
            self.motion = Motion(velocity, np.zeros_like(velocity))

    def _refuse(self, which: _Input, fault: str) -> None:
        which.refuse(fault)
        self.stop(fault)
