"""`policy_node`: runs a policy file, as a lifecycle node.

in   /joint_states sensor_msgs/JointState, by name · goals: see `goal_port` · the guard's state
     std_msgs/String: a stop drops the goal · /object_pose geometry_msgs/PoseStamped, for policies
     that ask for an object · the guard's heartbeat std_msgs/Bool, for policies with a gripper ·
     /robot_description std_msgs/String (latched): this arm's own kinematics · /tf: `tf_transforms`
out  /policy/command sensor_msgs/JointState (names, velocities [rad/s]): one per control step while
     active, repeated every 10 ms until the next is due, stamped with its step's time; zeros
     while an input is missing or old, one last zero on the way out of `active` · /diagnostics ·
     the gripper's command std_msgs/Float64MultiArray [rad], only while acting with the guard
     armed: on a stop the gripper holds its last command, what it carries is neither dropped nor
     squeezed · ~/policy std_msgs/String (latched): the metadata of the policy that is loaded

configure loads, checks and warms up the policy; activate needs fresh joint states. The parameter
`policy` can be set while the arm rests: see `policy_swap`.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from dataclasses import replace
from typing import Optional, Tuple

from rclpy.clock import Clock, ClockType
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.timer import Timer
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_deploy.policy.policy_file import Command, Policy, PolicyFileError
from rl_manip_deploy.policy.step_times import StepTimes
from rl_manip_deploy.ros.following.followed_policy import FollowedPolicy
from rl_manip_deploy.ros.following.goal_port import GoalPort
from rl_manip_deploy.ros.following.policy_diagnostics import PolicyDiagnostics
from rl_manip_deploy.ros.following.policy_parameters import CHANGEABLE, QUEUED_FOR, PolicyParameters
from rl_manip_deploy.ros.following.policy_swap import PolicySwap, load_fitting, why_not_now
from rl_manip_deploy.ros.robot.arm_reader import STATES_KEPT
from rl_manip_deploy.ros.robot.awaited_states import AwaitedStates
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.ros.robot.told_kinematics import ToldKinematics, is_moving
from rl_manip_deploy.states.heard_joints import HeardJoints
from rl_manip_description import Arm, load_arm
from rl_manip_description.model.own_kinematics import with_written_tool
from rl_manip_ros.endpoints import PolledSubscription, publisher, subscription
from rl_manip_ros.interfaces import (
    GOAL_POSE,
    GUARD_STATE,
    POLICY_COMMAND,
    POLICY_FILE,
    joint_states,
)
from rl_manip_ros.node_process import run_node
from rl_manip_ros.parameters import declare
from rl_manip_ros.real_time import take_realtime_priority

AUTOSTART_PERIOD = 0.2  # [s]
DIAGNOSTICS_PERIOD = 0.5  # [s]
# Longest time between two messages [s]: by their absence the guard notices a dead or frozen policy
# long before the next control step. A step that is late is not covered up.
REPEAT_PERIOD = 0.01


class PolicyNode(LifecycleNode):
    """ROS around `GoalFollower`."""

    def __init__(self) -> None:
        super().__init__("policy_node")
        self.failure = ""
        self._given = declare(self, PolicyParameters, changeable=CHANGEABLE)
        self._arm = load_arm(self._given.arm)
        self._prefix = self._given.tf_prefix
        take_realtime_priority(self._given.realtime_priority, self.get_logger().warning)
        self._followed: Optional[FollowedPolicy] = None
        self._guard_state = ""
        self._control_timer: Optional[Timer] = None
        self._steps = StepTimes(0.0, self._given.control_dt, 0.0)
        self._steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._command = JointState(name=[self._prefix + name for name in self._arm.joint_names])

        self._commands = publisher(self, POLICY_COMMAND)
        self._policy_told = publisher(self, POLICY_FILE)
        self._diagnostics = PolicyDiagnostics(self)
        self._states_topic = joint_states(self._arm.controller.joint_state_topic)
        self._states = PolledSubscription(self, self._states_topic)
        self._awaited = AwaitedStates(self, self._states_topic, self._arm.name)
        self._frames = ToldFrames(self, self._arm, self._given)
        self._goals = GoalPort(
            self, lambda: self._followed if self.is_active else None, self._frames
        )
        subscription(self, GUARD_STATE, self._on_guard_state)
        self._own_arm = with_written_tool(self._arm, self._given.tool)
        self._told = ToldKinematics(
            self,
            self._own_arm,
            self._given,
            self._take_kinematics,
            lambda: is_moving(self._guard_state),
            says=True,
            simulated=self._given.rehearsal,
            describe=self._frames.describe,
        )
        PolicySwap(self, self._swap_obstacle, self._load, self._swap, self._keep_asking)
        self.create_timer(DIAGNOSTICS_PERIOD, self._report, clock=self._steady)
        if self._given.autostart:
            self.create_timer(AUTOSTART_PERIOD, self._start_by_itself, clock=self._steady)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Loads the policy; fails, with the reason in the log, where it does not fit."""
        try:
            policy = self._load(self._given.policy, self._given.policy_sha256)
        except PolicyFileError as error:
            self.failure = str(error)
            self.get_logger().error(self.failure)
            return TransitionCallbackReturn.FAILURE
        self._connect(policy)
        gc.collect()
        gc.freeze()
        return TransitionCallbackReturn.SUCCESS

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts to act; fails while there are no fresh joint states."""
        if not self._loaded.sees_fresh_states(self._states):
            self.get_logger().warning(self._awaited.missing(*self._heard()))
            return TransitionCallbackReturn.FAILURE
        period = self._loaded.follower.policy.metadata.control_dt
        tick_period = period / math.ceil(period / REPEAT_PERIOD - 1e-9)
        self._steps = StepTimes(time.monotonic(), period, slack=0.5 * tick_period)
        self._control_timer = self.create_timer(tick_period, self._tick, clock=self._steady)
        self.get_logger().info(
            f"active, waiting for a goal on {GOAL_POSE.resolved(self.get_namespace())}"
        )
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stops acting, asks for zero velocity and forgets the goal."""
        self._rest()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets the policy."""
        self._rest()
        self._disconnect()
        self._policy_told.publish(String())
        return TransitionCallbackReturn.SUCCESS

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Asks for zero velocity."""
        self._rest()
        return TransitionCallbackReturn.SUCCESS

    on_error = on_shutdown

    def leave(self) -> None:
        """Asks for zero velocity before the process ends."""
        self._rest()

    @property
    def has_given_up(self) -> bool:
        """Whether it was to start by itself and cannot."""
        return bool(self.failure) and self._given.autostart

    @property
    def is_active(self) -> bool:
        """Whether the policy acts."""
        return self._control_timer is not None

    def _load(self, path: str, sha256: str) -> Policy:
        """A policy that fits what is set up, warmed up; raises PolicyFileError."""
        before = self._followed.follower.policy if self._followed is not None else None
        return load_fitting(path, sha256, self._arm, self._given.control_dt, before)

    def _swap_obstacle(self) -> str:
        follower = self._loaded.follower if self.is_active else None
        return why_not_now(follower, is_moving(self._guard_state), time.monotonic())

    def _swap(self, policy: Policy, path: str, sha256: str) -> None:
        self._given = replace(self._given, policy=path, policy_sha256=sha256)
        if self._followed is not None:
            self._goals.drop(self._followed, "another policy is loaded: send a goal again")
            self._connect(policy)
            self._loaded.follower.blend_in()

    def _keep_asking(self) -> None:
        if self.is_active:
            self._tick()

    def _connect(self, policy: Policy) -> None:
        """Follows a policy, and subscribes to what it asks for."""
        self._disconnect()
        given = self._given
        follower = GoalFollower(policy, self._prefix, given.timeout, given.queue_goals, QUEUED_FOR)
        follower.take_kinematics(self._own_arm)
        self._followed = FollowedPolicy(self, follower, given.rehearsal, self._frames)
        self._goals.on_guard_state(self._followed, self._guard_state)
        self._policy_told.publish(String(data=policy.metadata.to_json()))
        self._diagnostics.start_over()
        self.get_logger().info(self._followed.introduced(given.policy, self._own_arm))
        if follower.gripper is not None:
            self._states.destroy()
            self._states = PolledSubscription(self, self._states_topic, STATES_KEPT)

    def _disconnect(self) -> None:
        if self._followed is not None:
            self._followed.destroy()
        self._followed = None

    @property
    def _loaded(self) -> FollowedPolicy:
        """What is followed, once the node is configured."""
        if self._followed is None:
            raise RuntimeError("no policy is loaded: configure the policy node first.")
        return self._followed

    def _tick(self) -> None:
        now = time.monotonic()
        if self._steps.is_due(now):
            self._act(now)
        elif self._command.velocity:
            self._commands.publish(self._command)

    def _act(self, now: float) -> None:
        followed = self._loaded
        follower = followed.follower
        self._diagnostics.add_step(self._steps.take(now), follower.policy.metadata.control_dt)
        followed.look(self._states)
        try:
            self._ask(follower.act(now), now)
        except PolicyFileError as error:
            self.get_logger().error(str(error))
            self.trigger_deactivate()
        else:
            self._diagnostics.tell_trouble(follower, now)

    def _ask(self, command: Command, now: float) -> None:
        self._command.header.stamp = self.get_clock().now().to_msg()
        self._command.velocity = command.joint_velocity.tolist()
        self._commands.publish(self._command)
        self._loaded.ask_gripper(command.gripper_opening, now)

    def _rest(self) -> None:
        if self._control_timer is not None:
            self.destroy_timer(self._control_timer)
            self._control_timer = None
            self._ask(Command(0.0 * self._arm.home), time.monotonic())
            self._command.velocity = []
        if self._followed is not None:
            self._goals.drop(self._followed, "the policy is not active any more")

    def _take_kinematics(self, arm: Arm) -> None:
        self._own_arm = arm
        if self._followed is not None:
            self._followed.follower.take_kinematics(arm)

    def _on_guard_state(self, message: String) -> None:
        self._guard_state = message.data
        if self._followed is not None:
            self._goals.on_guard_state(self._followed, message.data)

    def _start_by_itself(self) -> None:
        if self.failure or self.is_active:
            return
        if self._followed is None:
            self.trigger_configure()
        elif self._followed.sees_fresh_states(self._states):
            self.trigger_activate()
        else:
            self._awaited.say_when_due(*self._heard())

    def _heard(self) -> Tuple[HeardJoints, str]:
        """What of the arm arrives, and what is wrong with it."""
        arm_state = self._loaded.follower.arm_state
        return arm_state.heard, arm_state.trouble(time.monotonic())

    def _report(self) -> None:
        self._told.look()
        follower = self._loaded.follower if self.is_active else None
        if follower is not None:
            self._told.warn_of_the_data_sheet()
        self._diagnostics.report(follower, time.monotonic())


def main() -> int:
    """Runs the node; its last command is zero. 1 where it cannot start."""
    return run_node(PolicyNode, SingleThreadedExecutor, _leave, lambda node: node.has_given_up)


def _leave(node: PolicyNode, executor: Executor, reason: str) -> int:
    node.leave()
    return 1 if node.failure else 0


if __name__ == "__main__":
    sys.exit(main())
