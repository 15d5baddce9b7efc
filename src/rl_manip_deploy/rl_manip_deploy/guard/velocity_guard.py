"""The velocity guard as a state machine, without ROS.

    disarmed --arm--> armed --any fault, or stop--> stopping --at rest--> stopped --arm--> armed
    armed --enable switch released--> holding --pressed again--> armed, or later --> stopping

Only `armed` passes requests on. Every other state commands a ramp to zero, then zero. Nothing but
`arm` leads back, and it is a decision: it is refused, with a sentence that says what to do, while
anything is wrong. While armed, a request is followed for as long as suits its requester's rate;
from then on the arm slows down, and a new request in time makes it go on. All times are the
receiver's steady clock, in seconds.
"""

from __future__ import annotations

from functools import partial
from typing import Optional, Sequence

import numpy as np

from rl_manip_deploy.guard.braking import Motion, no_motion
from rl_manip_deploy.guard.command_history import CommandHistory
from rl_manip_deploy.guard.conditions.arming_ramp import ArmingRamp
from rl_manip_deploy.guard.conditions.contact_force import ContactForce
from rl_manip_deploy.guard.conditions.enable_switch import EnableSwitch
from rl_manip_deploy.guard.conditions.following import FollowingCheck
from rl_manip_deploy.guard.conditions.guard_timing import GuardTiming
from rl_manip_deploy.guard.conditions.heartbeat_input import HeartbeatInput
from rl_manip_deploy.guard.conditions.request_stream import RequestStream
from rl_manip_deploy.guard.conditions.robot_word import RobotWord
from rl_manip_deploy.guard.guard_limits import GuardLimits
from rl_manip_deploy.guard.mode import MOVING, Mode
from rl_manip_deploy.guard.safe_motion import SafeMotion
from rl_manip_deploy.guard.space.guarded_space import NOTHING_AROUND, Surroundings
from rl_manip_deploy.states.joint_states import JointStates
from rl_manip_description import Arm
from rl_manip_description.model.joint_order import JointOrder

DEFAULT_TIMING = GuardTiming()


class VelocityGuard:
    """Passes velocity requests on to an arm while everything that they rest on is sound.

    Args:
        arm: which arm.
        limits: what it is kept within.
        timing: when something counts as too old.
        joint_prefix: in front of each joint's name in messages.
        watchdog: whether the arm may only move while a watchdog's heartbeat is heard.
        enable_switch: whether it may only move while a person holds a switch.
        says_program: whether the driver tells if the robot program runs; mock hardware does not.
        surroundings: zones and payload.
        force_limit: largest force of contact, as the wrist measures it [N]; 0 for none.
    """

    def __init__(
        self,
        arm: Arm,
        limits: GuardLimits,
        timing: GuardTiming = DEFAULT_TIMING,
        joint_prefix: str = "",
        watchdog: bool = False,
        enable_switch: bool = False,
        says_program: bool = True,
        surroundings: Surroundings = NOTHING_AROUND,
        force_limit: float = 0.0,
    ) -> None:
        self.mode = Mode.DISARMED
        self.reason = "not armed yet"
        self.timing = timing
        self.motion = no_motion(arm.num_joints)
        order = JointOrder(arm.joint_names, joint_prefix)
        self.states = JointStates(order, arm.limits, timing.joint_state_timeout)
        """What is measured."""
        self._safe_motion_of = partial(SafeMotion, limits=limits, surroundings=surroundings)
        self._safe = self._safe_motion_of(arm)
        self._history = CommandHistory(arm.num_joints)
        self._request = RequestStream(order, timing)
        self._following = FollowingCheck(order.names, limits.response_time, self._history)
        self._robot = RobotWord(says_program)
        self._enable = EnableSwitch(timing, enable_switch)
        self._watchdog = HeartbeatInput("watchdog's heartbeat", timing.watchdog_timeout, watchdog)
        self.contact = ContactForce(force_limit, timing.wrench_timeout)
        """What the wrist feels."""
        self._response_time = limits.response_time
        self._last_step: Optional[float] = None
        self._ramp = ArmingRamp(timing.arming_ramp)
        self._held_since = 0.0

    def take_kinematics(self, arm: Arm) -> None:
        """Takes the kinematics that the arm really has, which it must not be told while it moves.

        Raises:
            ValueError: the arm may move, or parts of it overlap at home.
        """
        if self.may_move:
            raise ValueError("the arm may move: tell the guard its kinematics once it is at rest.")
        self._safe = self._safe_motion_of(arm)

    def on_command(self, names: Sequence[str], velocity: Sequence[float], now: float) -> None:
        """Takes a request [rad/s] by name; anything wrong with it stops the arm."""
        self._fault(self._request.take(names, velocity, now))

    def on_joint_state(
        self,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
        now: float,
        stamp: Optional[float] = None,
    ) -> bool:
        """Takes a joint state [rad, rad/s] by name; false for one of other joints only.

        Args:
            velocity: empty where the driver measures none.
            stamp: the sender's [s]; only compared with its own others.
        """
        states = self.states
        received, jumps = states.received, states.jumps
        if not states.take(names, position, velocity, now, stamp):
            return False
        if states.fault:
            self._fault(states.fault)
        elif states.jumps > jumps:
            self._fault(f"joint states went on elsewhere: {states.skipped_last}")
        elif states.received > received and self.mode in MOVING:
            self._following.on_state(states.position, now)
        return True

    def on_watchdog(self, now: float) -> None:
        """Takes a heartbeat of the watchdog."""
        self._watchdog.beat(now)

    def on_enable(self, pressed: bool, now: float) -> None:
        """Takes the enable switch; it must be heard as pressed again and again."""
        self._enable.take(pressed, now)

    def on_program_running(self, running: bool) -> None:
        """Takes the driver's word on whether the robot follows commands; false stops."""
        self._fault(self._robot.on_program_running(running))

    def on_speed_scaling(self, scaling: float) -> None:
        """Takes the robot's speed scaling [1]; requests keep to that share of full speed."""
        self._fault(self._robot.on_speed_scaling(scaling))
        self._following.on_scaling(self._robot.scaling)

    def on_controller(self, active: Optional[bool], name: str) -> None:
        """Takes whether the controller of that name is active, None where nobody can tell.

        While it is not, zero is commanded, for the moment it is back.
        """
        if fault := self._robot.on_controller(active, name):
            self._fault(fault)
            self.motion = no_motion(len(self.motion.velocity))

    def on_publishers(self, requesters: int, other_commanders: int) -> None:
        """Takes who else is there; see `RobotWord.on_publishers`."""
        self._fault(self._robot.on_publishers(requesters, other_commanders))

    def on_robot_mode(self, mode: int) -> None:
        """Takes ur_dashboard_msgs/RobotMode; anything but running stops."""
        self._fault(self._robot.on_robot_mode(mode))

    def on_safety_mode(self, mode: int) -> None:
        """Takes ur_dashboard_msgs/SafetyMode; anything but normal and reduced stops."""
        self._fault(self._robot.on_safety_mode(mode))

    def trouble(self, now: float) -> str:
        """What keeps the arm from moving, in a few words; empty where nothing does."""
        return (
            self.states.trouble(now)
            or self._robot.trouble()
            or self.contact.trouble(now)
            or self._watchdog.trouble(now)
            or self._request.trouble(now)
            or self._following.trouble
        )

    def refusal(self, now: float) -> str:
        """Why the arm cannot be armed, and what to do about it; empty where it can."""
        if self.mode is Mode.STOPPING:
            return f"still stopping: {self.reason}; arm again when it is at rest"
        refusal = (
            self.states.trouble(now)
            or self._robot.trouble()
            or self.contact.trouble(now)
            or self._watchdog.trouble(now)
            or self._request.refusal(now)
            or self._enable.refusal(now)
        )
        if not refusal and not self.states.is_at_rest():
            return "the arm was not seen at rest for 0.1 s: wait until it stands still, then arm"
        return refusal

    def arm(self, now: float) -> str:
        """Lets requests through from now on; returns why not, or nothing where it is armed."""
        if self.mode in MOVING:
            return ""
        refusal = self.refusal(now)
        if not refusal:
            self.mode, self.reason = Mode.ARMED, ""
            self._request.forget_the_old(now)
            self._following.restart()
            self._ramp.restart()
        return refusal

    def stop(self, reason: str) -> str:
        """Ramps to zero and stays there; the first reason is kept until the next `arm`.

        Before arming it is not forgotten either: what arms by itself then no longer does.

        Returns what it means, for whoever asked.
        """
        if self.mode in (Mode.STOPPING, Mode.STOPPED):
            return f"{self.mode.value} already: {self.reason}; nothing moves before it is armed"
        self.mode = Mode.STOPPING if self.mode in MOVING else Mode.STOPPED
        self.reason = reason
        return f"{self.mode.value}: {reason}; nothing moves before it is armed"

    def step(self, now: float) -> np.ndarray:
        """Velocities to command now, (n,) [rad/s] in the arm's order: finite, within limits."""
        elapsed = 0.0 if self._last_step is None else max(now - self._last_step, 0.0)
        self._last_step = now
        if self.mode in MOVING:
            if elapsed > self.timing.stall_timeout:
                self._fault(f"the guard itself stood still for {elapsed:.3f} s")
                self._take_up_the_motion(now - elapsed)
                # the stop begins now; nobody has braked for it in the time gone by
                elapsed = self.timing.longest_step
            elif trouble := self.trouble(now):
                self._fault(trouble)
            else:
                self._look_at_the_switch(now)
        self.motion = self._next_motion(elapsed, now)
        self._history.add(self.motion.velocity, now)
        if self.mode is Mode.STOPPING and self.at_rest:
            self.mode = Mode.STOPPED
        return self.motion.velocity

    @property
    def measured_position(self) -> Optional[np.ndarray]:
        """The newest joint positions (n,) [rad]; none where they cannot be used."""
        return None if self.states.fault or not self.states.is_known else self.states.position

    @property
    def at_rest(self) -> bool:
        """Whether zero is commanded and stays so."""
        return not (np.any(self.motion.velocity) or np.any(self.motion.acceleration))

    @property
    def held_at(self) -> str:
        """What an arm that is asked to move is held at, in words; empty where it moves."""
        request, position = self._request.value, self.measured_position
        if self.mode is not Mode.ARMED or request is None or position is None:
            return ""
        return self._safe.held_at(request, self.motion, position)

    @property
    def may_move(self) -> bool:
        """Whether the arm moves, or might with the next request: what its heartbeat says."""
        return self.mode in MOVING or not self.at_rest

    def _next_motion(self, elapsed: float, now: float) -> Motion:
        states, request = self.states, self._request.value
        if self.mode is not Mode.ARMED or request is None or not self._request.is_followed(now):
            return self._safe.stop_step(self.motion, elapsed)
        pending = self._history.pending(states.received, self._response_time, now)
        scaling = self._robot.scaling * self._ramp.share(request, now)
        return self._safe.step(request, self.motion, states.position, elapsed, scaling, pending)

    def _look_at_the_switch(self, now: float) -> None:
        if self._enable.is_pressed(now):
            if self.mode is Mode.HOLDING:
                self.mode, self.reason = Mode.ARMED, ""
                self._ramp.restart()
        elif self.mode is Mode.ARMED:
            self.mode, self.reason = Mode.HOLDING, "enable switch released"
            self._held_since = now
        elif now - self._held_since > self.timing.enable_grace:
            self._fault(f"enable switch released for {self.timing.enable_grace:g} s")

    def _take_up_the_motion(self, since: float) -> None:
        """After a stall others may have stopped the arm: the ramp must not set it going again.

        It starts from the velocity measured since then, if between zero and the last command.
        """
        states, last = self.states, self.motion.velocity
        self.motion = no_motion(len(last))
        if states.received > since and states.measures_velocity:
            velocity = np.clip(states.velocity, np.minimum(last, 0.0), np.maximum(last, 0.0))
            self.motion = Motion(velocity, np.zeros_like(velocity))

    def _fault(self, reason: str) -> None:
        """Stops an arm that may move, where there is a reason."""
        if reason and self.mode in MOVING:
            self.stop(reason)
