"""`sim_arm_node`: a simulated arm behind the UR driver's topics and services, hazards included.

in   the controller's std_msgs/Float64MultiArray (velocities [rad/s]); the last one is held for ever
     services /dashboard_client/pause, play, stop, unlock_protective_stop · ~/protective_stop
     (std_srvs/Trigger)
out  /joint_states sensor_msgs/JointState, 500 Hz, effort is motor current [A] ·
     robot_program_running std_msgs/Bool (latched) · speed_scaling std_msgs/Float64, 0 to 100
Faults are parameters that can be set while it runs: those of `StateFaults`, `program_paused`
(false: the program runs again, and its controller by itself), `protective_stop` (false: unlocked,
not yet playing). It ends, once the arm rests, when the process that started it is gone.
With `gripper:=<name>` and `object:=true` there is more, see `sim_handling_node`.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import time
from array import array
from dataclasses import fields, replace

import numpy as np
import rclpy
from rcl_interfaces.msg import SetParametersResult
from rclpy.duration import Duration
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64, Float64MultiArray
from std_srvs.srv import Trigger

from rl_manip_description import load_arm
from rl_manip_sim.models.scene import EMPTY, OBJECT_SHAPES, Scene
from rl_manip_sim.ros.gripper_and_object import GripperDriver, ObjectOnTable
from rl_manip_sim.ros.newest_message import NewestMessage
from rl_manip_sim.stand_in.hidden_parameters import HiddenParameters, draw_hidden_parameters
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_sim.stand_in.state_faults import StateFaults

NAME_ORDERS = ("alphabetical", "controller", "random")
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
SPEED_SCALING_TOPIC = "/speed_scaling_state_broadcaster/speed_scaling"
# After a stall the node catches up with at most this many cycles at once.
MOST_CYCLES_BEHIND = 25
CYCLES_PER_SCALING = 50
CYCLES_PER_SERVICE = 5
# A real robot does not vanish with the terminal: it obeys for so long after SIGINT [s].
GRACE = 1.5
REALTIME_PRIORITY = 30


class SimArmNode(Node):
    """ROS around `SimulatedArm`; `cycle` is called every 2 ms."""

    def __init__(self) -> None:
        super().__init__("sim_arm_node")
        name = self.declare_parameter("arm", "ur5e").value
        arm = load_arm(name, self.declare_parameter("gripper", "").value)
        scene = Scene(OBJECT_SHAPES) if self.declare_parameter("object", False).value else EMPTY
        seed = self.declare_parameter("seed", 1).value
        prefix = self.declare_parameter("tf_prefix", "").value
        name_order = self.declare_parameter("name_order", "alphabetical").value
        self.sim = SimulatedArm(arm, self._hidden(arm.num_joints, seed), seed, scene)
        self._rng = np.random.default_rng(seed)
        given = {
            f.name: self.declare_parameter(f.name, f.default).value for f in fields(StateFaults)
        }
        self._take_faults(StateFaults(**given))
        for name, begin, _ in self._switches():
            if self.declare_parameter(name, False).value:
                begin()
        self.add_on_set_parameters_callback(self._on_parameters)
        self._from_controller = [arm.controller.joint_names.index(n) for n in arm.joint_names]
        self._order = np.array(_published_order(arm, name_order, seed))
        self._message = JointState(name=[prefix + arm.joint_names[i] for i in self._order])
        self.cycles = 0

        interface = arm.controller
        self._states = self.create_publisher(JointState, interface.joint_state_topic, 10)
        self._running = self.create_publisher(Bool, interface.program_running_topic, LATCHED)
        self._scaling = self.create_publisher(Float64, SPEED_SCALING_TOPIC, 10)
        self._commands = NewestMessage(self, Float64MultiArray, interface.command_topic)
        self._handling = []
        if arm.gripper is not None:
            self._handling.append(GripperDriver(self, self.sim, arm, prefix))
        if scene.has_object:
            self._handling.append(ObjectOnTable(self, self.sim, arm, prefix, seed))
        for name, action in (
            ("/dashboard_client/pause", self.sim.pause),
            ("/dashboard_client/stop", self.sim.pause),
            ("/dashboard_client/play", self.sim.play),
            ("/dashboard_client/unlock_protective_stop", self.sim.unlock),
            ("~/protective_stop", self.sim.protective_stop),
        ):
            self.create_service(Trigger, name, self._changing_program(action))
        self._tell_program()
        carries = f" with {arm.gripper.name}" if arm.gripper else ""
        self.get_logger().info(f"simulated {arm.name}{carries}, seed {seed}, names {name_order}")

    def cycle(self) -> None:
        """One control cycle: physics, then what the driver publishes of it."""
        self._take_command()
        ran = self.sim.program_running
        reading = self.sim.step()
        if ran and not self.sim.program_running:
            self.get_logger().error("protective stop: the arm is held up by something")
            self._tell_program()
        self.cycles += 1
        for part in self._handling:
            part.cycle(self.cycles)
        if self._faults.is_dropped(self._rng):
            return
        time.sleep(self._faults.wait(self._rng))
        message = self._message
        offset = Duration(seconds=self._faults.clock_offset)
        message.header.stamp = (self.get_clock().now() + offset).to_msg()
        position = self._faults.spoil(reading.position, self._rng)
        # arrays of doubles: rclpy looks at each element of anything else
        message.position = array("d", position[self._order].tobytes())
        message.velocity = array("d", reading.velocity[self._order].tobytes())
        message.effort = array("d", reading.effort[self._order].tobytes())
        self._states.publish(message)
        if self.cycles % CYCLES_PER_SCALING == 0:
            self._scaling.publish(Float64(data=100.0 * self.sim.speed_scaling))

    def _hidden(self, num_joints: int, seed: int) -> HiddenParameters:
        """Drawn from the seed; the delays may be given instead."""
        hidden = draw_hidden_parameters(num_joints, seed)
        for name in ("command_delay", "state_delay"):
            delay = self.declare_parameter(name, -1.0).value
            if not delay <= 1.0:
                raise ValueError(f"{name} is {delay} s: give 0 to 1 s; less than 0 draws it.")
            if delay >= 0.0:
                hidden = replace(hidden, **{name: delay})
        return hidden

    def _on_parameters(self, parameters: list) -> SetParametersResult:
        names = {field.name for field in fields(StateFaults)}
        given = {p.name: float(p.value) for p in parameters if p.name in names}
        try:
            self._take_faults(self._faults.changed(**given))
        except ValueError as error:
            return SetParametersResult(successful=False, reason=str(error))
        switched = {p.name: p.value for p in parameters}
        for name, begin, end in self._switches():
            if name in switched:
                begin() if switched[name] else end()
                self._tell_program()
        return SetParametersResult(successful=True)

    def _switches(self) -> tuple:
        """Parameters that are true or false, what true does, and what false does."""
        return (
            ("program_paused", self.sim.pause, self.sim.play),
            ("protective_stop", self.sim.protective_stop, self.sim.unlock),
        )

    def _take_faults(self, faults: StateFaults) -> None:
        self._faults = faults
        self.sim.speed_scaling = faults.speed_scaling / 100.0

    def _take_command(self) -> None:
        message = self._commands.take()
        if message is None:
            return
        data = message.data
        if len(data) == self.sim.num_joints:
            data = [data[i] for i in self._from_controller]
        if not self.sim.command(data):
            self.get_logger().warning(
                f"command {list(data)} dropped: {self.sim.num_joints} finite numbers expected",
                throttle_duration_sec=1.0,
            )

    def _changing_program(self, action):
        def serve(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            response.success = action() is not False
            self._tell_program()
            if not response.success:
                response.message = "protective stop: unlock it first"
            return response

        return serve

    def _tell_program(self) -> None:
        self._running.publish(Bool(data=self.sim.program_running))
        if not self.sim.program_running:
            self.get_logger().warning("robot program is not running")


def _published_order(arm, name_order: str, seed: int) -> list:
    if name_order not in NAME_ORDERS:
        raise ValueError(f"name_order is {name_order!r}: choose one of {', '.join(NAME_ORDERS)}.")
    if name_order == "alphabetical":
        return sorted(range(arm.num_joints), key=lambda i: arm.joint_names[i])
    if name_order == "controller":
        return [arm.joint_names.index(name) for name in arm.controller.joint_names]
    return np.random.default_rng(seed).permutation(arm.num_joints).tolist()


def main() -> int:
    """Runs until SIGINT or SIGTERM, then until the arm rests. 1 on bad parameters."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    asked_to_end = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_end.append(time.monotonic()))
    try:
        node = SimArmNode()
    except (ValueError, InvalidParameterTypeException) as error:
        print(f"sim_arm_node: {error}", file=sys.stderr)
        return 1
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    gc.collect()
    gc.freeze()
    # where it is allowed: a robot does not slow down because the desktop is busy
    with contextlib.suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(REALTIME_PRIORITY))
    due, parent = time.monotonic(), os.getppid()
    while not (asked_to_end and _may_go(node.sim, asked_to_end[0])):
        due = max(due + CYCLE, time.monotonic() - MOST_CYCLES_BEHIND * CYCLE)
        if node.cycles % CYCLES_PER_SERVICE == 0:
            executor.spin_once(timeout_sec=0.0)
        time.sleep(max(due - time.monotonic(), 0.0))
        node.cycle()
        if not asked_to_end and os.getppid() != parent:
            asked_to_end.append(time.monotonic())
    speed = float(np.abs(node.sim.true_velocity).max())
    node.get_logger().info(f"fastest joint at the end: {speed:.4f} rad/s")
    executor.shutdown()
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


def _may_go(sim: SimulatedArm, asked: float) -> bool:
    return sim.is_at_rest or time.monotonic() - asked > GRACE


if __name__ == "__main__":
    sys.exit(main())
