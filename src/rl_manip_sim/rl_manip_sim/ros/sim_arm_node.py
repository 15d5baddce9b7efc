"""`sim_arm_node`: a simulated arm behind the UR driver's topics and services, hazards included.

in   the controller's std_msgs/Float64MultiArray, velocities [rad/s] or, with `command_port`
     position, positions [rad]; the last one is held for ever; with trajectory JointTrajectory
     services /dashboard_client/pause, play, stop, unlock_protective_stop · ~/protective_stop
     (std_srvs/Trigger)
out  /joint_states sensor_msgs/JointState, 500 Hz, effort is motor current [A] ·
     robot_program_running std_msgs/Bool (latched) · speed_scaling std_msgs/Float64, 0 to 100 ·
     /robot_description std_msgs/String (latched), with the kinematics that it really has
Faults are parameters that can be set while it runs: those of `StateFaults`, `program_paused`
(false: the program runs again, and its controller by itself), `protective_stop` (false: unlocked,
not yet playing). It ends, once the arm rests, when the process that started it is gone.
With `gripper:=<name>` and `object:=true` there is more, see `gripper_and_object`, with
`support:=true`, too, `block_under_goals`; with `hole:=true` see `hole_and_wrist`.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from array import array
from dataclasses import fields

import numpy as np
import rclpy
from rcl_interfaces.msg import SetParametersResult
from rclpy.duration import Duration
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool, Float64, String
from std_srvs.srv import Trigger

from rl_manip_description import load_arm
from rl_manip_description.model.robot_urdf import robot_urdf
from rl_manip_ros.endpoints import publisher, serve
from rl_manip_ros.interfaces import (
    PAUSE_PROGRAM,
    PLAY_PROGRAM,
    PROTECTIVE_STOP,
    ROBOT_DESCRIPTION,
    SIM_ARM,
    SPEED_SCALING,
    STOP_PROGRAM,
    UNLOCK_PROTECTIVE_STOP,
    joint_states,
    program_running,
)
from rl_manip_ros.node_process import start_ros
from rl_manip_ros.parameters import declare
from rl_manip_ros.real_time import take_realtime_priority
from rl_manip_ros.stop_request import StopRequest, ignore_further_requests
from rl_manip_sim.models.scene import HOLE_SHAPES, OBJECT_SHAPES, Scene
from rl_manip_sim.ros.block_under_goals import BlockUnderGoals
from rl_manip_sim.ros.gripper_and_object import GripperDriver, ObjectOnTable
from rl_manip_sim.ros.heard_commands import HeardCommands
from rl_manip_sim.ros.hole_and_wrist import HoleAndWrist
from rl_manip_sim.ros.sim_arm_parameters import (
    ProgramFaults,
    SimArmParameters,
    hidden_parameters,
    published_order,
    real_arm,
)
from rl_manip_sim.stand_in.simulated_arm import CYCLE, SimulatedArm
from rl_manip_sim.stand_in.state_faults import FrozenReading, StateFaults

# After a stall the node catches up with at most this many cycles at once.
MOST_CYCLES_BEHIND = 25
CYCLES_PER_SCALING = 50
CYCLES_PER_SERVICE = 5
CYCLES_PER_LOOK = 250
REFUSAL = (
    "{}: a rehearsal does not run beside a driver. End the driver, or rehearse in a ROS domain of "
    "its own: ROS_DOMAIN_ID=<another number>."
)
# A real robot does not vanish with the terminal: it obeys for so long after SIGINT [s].
GRACE = 1.5
REALTIME_PRIORITY = 30


class SimArmNode(Node):
    """ROS around `SimulatedArm`; `cycle` is called every 2 ms."""

    def __init__(self) -> None:
        super().__init__(SIM_ARM)
        given = declare(self, SimArmParameters)
        arm = real_arm(load_arm(given.arm, given.gripper), given)
        seed, prefix = given.seed, given.tf_prefix
        scene = Scene(
            OBJECT_SHAPES if given.object else (),
            hole_shapes=HOLE_SHAPES if given.hole else (),
            support=given.support,
        )
        self.sim = SimulatedArm(arm, hidden_parameters(arm.num_joints, given), seed, scene)
        self._rng = np.random.default_rng(seed)
        self._take_faults(declare(self, StateFaults, changeable=True))
        program = declare(self, ProgramFaults, changeable=True)
        for name, begin, _ in self._switches():
            if getattr(program, name):
                begin()
        self.add_on_set_parameters_callback(self._on_parameters)
        self._order = np.array(published_order(arm, given.name_order, seed))
        self._message = JointState(name=[prefix + arm.joint_names[i] for i in self._order])
        self.cycles = self._sent_in = 0
        self._frozen = FrozenReading()

        driver = arm.controller
        self.states = publisher(self, joint_states(driver.joint_state_topic))
        running = program_running(driver.program_running_topic)
        self._running = publisher(self, running) if running is not None else None
        self._scaling = publisher(self, SPEED_SCALING)
        self._description = publisher(self, ROBOT_DESCRIPTION)
        self._description.publish(String(data=robot_urdf(arm)))
        self._commands = HeardCommands(self, self.sim, arm, given)
        self._rehearsal = given.rehearsal
        self._handling = []
        if arm.gripper is not None:
            self._handling.append(GripperDriver(self, self.sim, arm, prefix, given.rehearsal))
        if scene.has_object:
            thing = ObjectOnTable(self, self.sim, arm, prefix, seed)
            self._handling.append(thing)
            if scene.support:
                self._block = BlockUnderGoals(self, self.sim, arm, prefix, seed, thing)
        if scene.has_hole:
            self._handling.append(HoleAndWrist(self, self.sim, arm, prefix, seed))
        for service, action in (
            (PAUSE_PROGRAM, self.sim.pause),
            (STOP_PROGRAM, self.sim.pause),
            (PLAY_PROGRAM, self.sim.play),
            (UNLOCK_PROTECTIVE_STOP, self.sim.unlock),
            (PROTECTIVE_STOP, self.sim.protective_stop),
        ):
            serve(self, service, self._changing_program(action))
        self._tell_program()
        carries = f" with {arm.gripper.name}" if arm.gripper else ""
        order = given.name_order
        self.get_logger().info(f"simulated {arm.name}{carries}, seed {seed}, names {order}")

    def cycle(self) -> None:
        """One control cycle: physics, then what the driver publishes of it."""
        self._commands.take()
        ran = self.sim.program_running
        reading = self.sim.step()
        if ran and not self.sim.program_running:
            self.get_logger().error("protective stop: the arm is held up by something")
            self._tell_program()
        self.cycles += 1
        for part in self._handling:
            part.cycle(self.cycles)
        reading = self._frozen.of(reading, self._faults.frozen_states)
        since_last = CYCLE * (self.cycles - self._sent_in)
        if self._faults.is_dropped(self._rng, since_last):
            return
        self._sent_in = self.cycles
        time.sleep(self._faults.wait(self._rng))
        message = self._message
        offset = Duration(seconds=self._faults.clock_offset)
        message.header.stamp = (self.get_clock().now() + offset).to_msg()
        position = self._faults.spoil(reading.position, self._rng)
        # arrays of doubles: rclpy looks at each element of anything else
        message.position = array("d", position[self._order].tobytes())
        message.velocity = array("d", reading.velocity[self._order].tobytes())
        message.effort = array("d", reading.effort[self._order].tobytes())
        self.states.publish(message)
        if self.cycles % CYCLES_PER_SCALING == 0:
            self._scaling.publish(Float64(data=100.0 * self.sim.speed_scaling))

    def _on_parameters(self, parameters: list) -> SetParametersResult:
        names = {field.name for field in fields(StateFaults)}
        given = {p.name: p.value for p in parameters if p.name in names}
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
            ("controller_inactive", self.sim.deactivate, self.sim.activate),
        )

    def _take_faults(self, faults: StateFaults) -> None:
        self._faults = faults
        self.sim.speed_scaling = faults.speed_scaling / 100.0

    def another_driver(self) -> str:
        """What shows that an arm's driver is on this ROS domain, too; empty where nothing does."""
        if not self._rehearsal:
            return ""
        topic = self.states.topic_name
        others = {
            info.node_name
            for info in self.get_publishers_info_by_topic(topic)
            if info.node_name not in (self.get_name(), "_NODE_NAME_UNKNOWN_")
        }
        return f"{', '.join(sorted(others))} publishes {topic}, too" if others else ""

    def _changing_program(self, action):
        def serve(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            response.success = action() is not False
            self._tell_program()
            if not response.success:
                response.message = "protective stop: unlock it first"
            return response

        return serve

    def _tell_program(self) -> None:
        if self._running is not None:
            self._running.publish(Bool(data=self.sim.program_running))
        if not self.sim.program_running:
            self.get_logger().warning("robot program is not running")


def main() -> int:
    """Runs until it is asked to end, then until the arm rests. 1 on bad parameters."""
    start_ros()
    asked, asked_at = StopRequest(), math.inf
    try:
        node = SimArmNode()
    except ValueError as error:
        print(f"sim_arm_node: {error}", file=sys.stderr)
        return 1
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    gc.collect()
    gc.freeze()
    # where it is allowed: a robot does not slow down because the desktop is busy
    take_realtime_priority(REALTIME_PRIORITY, node.get_logger().debug)
    due = time.monotonic()
    while not _may_go(node.sim, asked_at):
        due = max(due + CYCLE, time.monotonic() - MOST_CYCLES_BEHIND * CYCLE)
        if node.cycles % CYCLES_PER_SERVICE == 0:
            executor.spin_once(timeout_sec=0.0)
        time.sleep(max(due - time.monotonic(), 0.0))
        node.cycle()
        if node.cycles % CYCLES_PER_LOOK == 0 and (driver := node.another_driver()):
            print(f"sim_arm_node: {REFUSAL.format(driver)}", file=sys.stderr)
            return 1
        if asked.reason:
            asked_at = min(asked_at, time.monotonic())
    node.states.wait_for_all_acked(Duration(seconds=0.2))  # the last one shows an arm at rest
    speed = np.abs(node.sim.true_velocity).max()
    node.get_logger().info(f"fastest joint at the end: {speed:.4f} rad/s")
    ignore_further_requests()
    executor.shutdown()
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


def _may_go(sim: SimulatedArm, asked_at: float) -> bool:
    return (waited := time.monotonic() - asked_at) > 0.0 and (sim.is_at_rest or waited > GRACE)


if __name__ == "__main__":
    sys.exit(main())
