"""`velocity_guard_node`: stands between every policy and the arm's driver, in a process of its own.

in   /policy/command sensor_msgs/JointState (names, velocities) · /joint_states ·
     robot_program_running std_msgs/Bool (latched) · speed_scaling std_msgs/Float64 [%] ·
     the watchdog's heartbeat std_msgs/Bool · with `force_limit` the wrist's wrench
     geometry_msgs/WrenchStamped · /robot_description std_msgs/String (latched): the kinematics that
     this very arm has, taken while it is not armed
     services ~/arm, ~/stop std_srvs/Trigger
out  the controller's std_msgs/Float64MultiArray, one per joint state, zeros while not armed ·
     ~/state std_msgs/String (latched): a word, then the reason · /diagnostics ·
     ~/tool geometry_msgs/PoseStamped (latched): where the parameter tool has it ·
     ~/heartbeat std_msgs/Bool: whether it may be moving the arm; the watchdog acts on its silence
"""

from __future__ import annotations

import sys
import time
from array import array

import numpy as np
from geometry_msgs.msg import WrenchStamped
from rclpy.clock import Clock, ClockType
from rclpy.executors import Executor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64, String
from std_srvs.srv import Trigger

from rl_manip_deploy.guard.heartbeat import PERIOD
from rl_manip_deploy.guard.mode import Mode
from rl_manip_deploy.guard.velocity_guard import VelocityGuard
from rl_manip_deploy.ros.guarding.command_ports import make_port
from rl_manip_deploy.ros.guarding.guard_parameters import declared_limits, declared_parameters
from rl_manip_deploy.ros.guarding.robot_facts import RobotFacts
from rl_manip_deploy.ros.robot.pose_messages import pose_message
from rl_manip_deploy.ros.robot.told_kinematics import ToldKinematics
from rl_manip_deploy.ros.robot.wrench_messages import elements_of
from rl_manip_description import load_arm
from rl_manip_description.kinematics.serial_chain import quaternion_from_matrix
from rl_manip_description.model.own_kinematics import with_written_tool
from rl_manip_ros.diagnostic_report import ERROR, OK, WARN, diagnostic_report
from rl_manip_ros.durations import Durations
from rl_manip_ros.endpoints import publisher, serve, subscription
from rl_manip_ros.interfaces import (
    DIAGNOSTICS,
    GUARD,
    GUARD_ARM,
    GUARD_HEARTBEAT,
    GUARD_SENT,
    GUARD_STATE,
    GUARD_STOP,
    GUARD_TOOL,
    POLICY_COMMAND,
    SPEED_SCALING,
    WATCHDOG_HEARTBEAT,
    WRENCH,
    enable_switch,
    joint_states,
    program_running,
)
from rl_manip_ros.node_process import quick_executor, run_node
from rl_manip_ros.real_time import take_realtime_priority

# Without joint states the ramp to zero goes on at this period [s].
IDLE_PERIOD = 0.01
DIAGNOSTICS_PERIOD = 0.5  # [s]
ARMING_PERIOD = 0.1  # [s] between two looks whether everything is fresh
_BUSY_SHARE = 0.25  # of the time that steps may take: states that come sooner are taken, no more
LEVELS = {
    Mode.ARMED: OK,
    Mode.HOLDING: WARN,
    Mode.DISARMED: WARN,
    Mode.STOPPING: ERROR,
    Mode.STOPPED: ERROR,
}


class VelocityGuardNode(Node):
    """ROS around `VelocityGuard`: one single-threaded process, the steady clock, no other duty."""

    def __init__(self) -> None:
        super().__init__(GUARD)
        settings, given = declared_parameters(self)
        self._given = given
        # what is on the flange decides which point of the robot must stay in the box
        arm = with_written_tool(load_arm(given.arm, given.gripper), given.tool)
        take_realtime_priority(given.realtime_priority, self.get_logger().warning)
        self._auto_arm = given.auto_arm
        limits = declared_limits(self, arm, settings, given)
        running = program_running(arm.controller.program_running_topic)
        self.guard = VelocityGuard(
            arm,
            limits,
            given.timing,
            given.tf_prefix,
            given.watchdog,
            bool(given.enable_topic),
            given.says_program and running is not None,
            settings.surroundings,
            given.force_limit,
        )
        self._is_recorded = False
        self._told = self._held = ""
        self._heard_arm = False
        self._last_beat = 0.0
        self._waited_since = self._last_step = self._last_idle = time.monotonic()
        self._step_time, self._step_cost = Durations(), 0.0

        driver = arm.controller
        self._port = make_port(
            given.command_port, self, arm, limits, given.tf_prefix, given.rehearsal
        )
        self._sent = publisher(self, GUARD_SENT)
        self._sent_message = JointState(name=[given.tf_prefix + name for name in arm.joint_names])
        self._state = publisher(self, GUARD_STATE)
        self._tool = publisher(self, GUARD_TOOL)
        if (own := arm.own_tool) is not None:
            told = (*own[:3, 3], *quaternion_from_matrix(own[:3, :3]))
            self._tool.publish(pose_message(self, given.tf_prefix + arm.flange_frame, told))
        self._heartbeat = publisher(self, GUARD_HEARTBEAT)
        self._diagnostics = publisher(self, DIAGNOSTICS)
        subscription(self, POLICY_COMMAND, self._on_command)
        subscription(self, joint_states(driver.joint_state_topic), self._on_joint_state)
        if running is not None:
            subscription(self, running, self._on_program_running)
        subscription(self, SPEED_SCALING, self._on_speed_scaling)
        subscription(self, WATCHDOG_HEARTBEAT, self._on_watchdog)
        if given.force_limit > 0.0:
            subscription(self, WRENCH, self._on_wrench)
        if given.enable_topic:
            subscription(self, enable_switch(given.enable_topic), self._on_enable)
        self._told_kinematics = ToldKinematics(
            self, arm, given, self.guard.take_kinematics, lambda: self.guard.may_move
        )
        self._facts = RobotFacts(self, self.guard, self._port.topic, self._controller())
        serve(self, GUARD_ARM, self._on_arm)
        serve(self, GUARD_STOP, self._on_stop)
        # a timer on ROS time stands still under use_sim_time without /clock
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(IDLE_PERIOD, self._on_idle, clock=steady)
        self.create_timer(DIAGNOSTICS_PERIOD, self._report, clock=steady)
        self.create_timer(DIAGNOSTICS_PERIOD, self._told_kinematics.look, clock=steady)
        if given.auto_arm:
            self.create_timer(ARMING_PERIOD, self._try_to_arm, clock=steady)
        self._tell()

    def step(self) -> None:
        """Publishes the next command."""
        start = time.monotonic()
        velocity = self.guard.step(start)
        guard = self.guard
        self._port.send(guard.motion, guard.states.position, start, not guard.may_move)
        if self._is_recorded:
            self._report_what_was_sent(velocity)
        self._last_step = start
        if start - self._last_beat >= PERIOD:
            self._beat(start)
        self._step_cost = time.monotonic() - start
        self._step_time.add(self._step_cost)
        if self._summary() != self._told:
            self._tell()

    def hold_still(self) -> None:
        """Stops the arm while the launch is frozen: nobody could stop it from that terminal."""
        self.guard.stop("the launch is suspended, as by Ctrl+Z: let it go on (fg), then arm")

    def say_farewell(self) -> None:
        """The last command and heartbeat; waits a moment until the driver has them."""
        self.step()
        self._beat(time.monotonic())
        self._port.flush()

    def _report_what_was_sent(self, velocity: np.ndarray) -> None:
        message = self._sent_message
        message.header.stamp = self.get_clock().now().to_msg()
        # an array of doubles: rclpy looks at each element of anything else
        message.velocity = array("d", velocity.tobytes())
        self._sent.publish(message)

    def _beat(self, now: float) -> None:
        self._heartbeat.publish(Bool(data=self.guard.may_move))
        self._last_beat = now

    def _on_command(self, message: JointState) -> None:
        self.guard.on_command(message.name, message.velocity, time.monotonic())

    def _on_joint_state(self, message: JointState) -> None:
        now, stamp = time.monotonic(), message.header.stamp
        if self.guard.on_joint_state(
            message.name,
            message.position,
            message.velocity,
            now,
            stamp.sec + 1e-9 * stamp.nanosec,
        ):
            self._heard_arm = True
            # the kernel halts real-time processes that keep a core to themselves
            if now - self._last_step >= self._step_cost / _BUSY_SHARE:
                self.step()

    def _on_enable(self, message: Bool) -> None:
        self.guard.on_enable(message.data, time.monotonic())

    def _on_wrench(self, message: WrenchStamped) -> None:
        self.guard.contact.take(elements_of(message), time.monotonic())

    def _on_watchdog(self, message: Bool) -> None:
        self.guard.on_watchdog(time.monotonic())

    def _on_program_running(self, message: Bool) -> None:
        self.guard.on_program_running(message.data)

    def _on_speed_scaling(self, message: Float64) -> None:
        self.guard.on_speed_scaling(message.data / 100.0)

    def _on_arm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        refusal = self._obstacle() or self.guard.arm(time.monotonic())
        response.success, response.message = not refusal, refusal or "armed"
        if refusal:
            self.get_logger().warning(f"not armed: {refusal}")
        self._tell()
        return response

    def _on_stop(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, self.guard.stop("stop was asked for")
        self._tell()
        return response

    def _obstacle(self) -> str:
        """What of the arm's surroundings speaks against arming."""
        return self._facts.another_guard() or self._told_kinematics.obstacle()

    def _controller(self) -> str:
        """Name of the arm's controller in ros2_control; empty where the arm is simulated."""
        return "" if self._given.rehearsal else self._port.topic.name.split("/")[0]

    def _try_to_arm(self) -> None:
        """Arms once; a stop that was asked for before takes that back."""
        if not self._auto_arm or self.guard.mode is not Mode.DISARMED:
            return
        now = time.monotonic()
        refusal = self._obstacle() or self.guard.arm(now)
        if not refusal:
            self._auto_arm = False
        elif self._heard_arm and now - self._waited_since > 5.0:
            self.get_logger().info(f"waiting to arm: {refusal}")
            self._waited_since = now

    def _on_idle(self) -> None:
        now, last, self._last_idle = time.monotonic(), self._last_idle, time.monotonic()
        # after a stall the joint states that wait come first
        if now - last < 3.0 * IDLE_PERIOD and now - self._last_step > 0.9 * IDLE_PERIOD:
            self.step()

    def _summary(self) -> str:
        guard = self.guard
        return f"{guard.mode.value}: {guard.reason}" if guard.reason else guard.mode.value

    def _tell(self) -> None:
        self._told = self._summary()
        self._state.publish(String(data=self._told))
        if self.guard.mode in (Mode.STOPPING, Mode.STOPPED):
            self.get_logger().warning(self._told)
        else:
            self.get_logger().info(self._told)
        self._report()

    def _report(self) -> None:
        self._is_recorded = self._sent.get_subscription_count() > 0
        held = self.guard.held_at
        if held not in ("", self._held):
            self.get_logger().warning(f"held at {held}: ask for a way that leads round it")
        self._held = held
        trouble = self.guard.trouble(time.monotonic())
        values = {"trouble": trouble or "none", "held at": held or "none"}
        values.update({f"step {k} [ms]": v for k, v in self._step_time.summary().items()})
        level = WARN if held else LEVELS[self.guard.mode]
        self._diagnostics.publish(diagnostic_report(self, level, self._told, values))


def main() -> int:
    """Runs the node; on SIGINT and SIGTERM the arm comes to rest first. 1 on bad parameters."""
    return run_node(
        VelocityGuardNode, quick_executor, _bring_to_rest, suspended=VelocityGuardNode.hold_still
    )


def _bring_to_rest(node: VelocityGuardNode, executor: Executor, reason: str) -> int:
    node.guard.stop(reason)
    latest = time.monotonic() + 1.0
    while not node.guard.at_rest and time.monotonic() < latest:
        executor.spin_once(timeout_sec=IDLE_PERIOD)
    node.say_farewell()
    node.get_logger().info("the arm is commanded to rest; bye")
    return 0


if __name__ == "__main__":
    sys.exit(main())
