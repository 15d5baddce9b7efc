"""`cockpit_node`: serves a page on which a person sees an arm, sends it goals and stops it.

in   see `arm_link`; /robot_description std_msgs/String (latched): kinematics of this very arm
out  see `page_orders`
The arm does not depend on it: whatever becomes of node and page, the guard does what it would do.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Optional

from rclpy.clock import Clock, ClockType
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.node import Node

from rl_manip_cockpit.page.cockpit_page import CockpitPage
from rl_manip_cockpit.ros.arm_link import ArmLink
from rl_manip_cockpit.ros.cockpit_parameters import CockpitParameters
from rl_manip_cockpit.ros.page_orders import PageOrders
from rl_manip_cockpit.state.access import Access
from rl_manip_cockpit.state.bag_size import bag_bytes
from rl_manip_cockpit.state.goal_choice import GoalChoice
from rl_manip_deploy.guard.guard_limits import tightened
from rl_manip_deploy.guard.guard_settings import read_settings
from rl_manip_deploy.policy.known_policies import known_policies, split_folders
from rl_manip_deploy.policy.policy_file import load_policy
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_deploy.ros.robot.told_kinematics import ToldKinematics
from rl_manip_description import Arm, load_arm
from rl_manip_description.contract.policy_contract import PolicyMetadata
from rl_manip_description.model.own_kinematics import with_written_tool
from rl_manip_description.paths import path_of
from rl_manip_ros.interfaces import COCKPIT
from rl_manip_ros.node_process import run_node
from rl_manip_ros.parameters import declare

if TYPE_CHECKING:
    from rl_manip_cockpit.twin.ghost import Ghost

PERIOD = 0.05  # [s] between two looks at the arm
SLOW_PERIOD = 1.0  # [s] between two looks at what changes seldom


class CockpitNode(Node):
    """ROS on one side of `CockpitPage`; what pages ask for goes through `PageOrders`."""

    def __init__(self) -> None:
        super().__init__(COCKPIT)
        given = declare(self, CockpitParameters)
        arm = with_written_tool(load_arm(given.arm, given.gripper), given.tool)
        settings = read_settings(given.guard_settings)
        limits = tightened(arm, settings.limits)
        policy = load_policy(given.policy, arm) if given.policy else None
        arm = with_written_tool(policy.arm, given.tool) if policy else arm
        self._goals = goals = GoalChoice(
            arm, policy.metadata if policy else None, seed=time.time_ns() % 2**31
        )
        frame = given.tf_prefix + arm.base_frame
        self._orders = PageOrders(self, goals, frame, given.enable_topic)
        frames = ToldFrames(self, arm, given)
        self._link = ArmLink(self, arm, given.tf_prefix, frames)
        self._ghost = self._make_ghost(arm) if given.twin else None
        self._bag = path_of(given.bag) if given.bag else None
        self._recorder, self._bag_bytes = "", bag_bytes(None)
        access = Access(given.host, given.token)
        self._page = CockpitPage(
            arm,
            limits,
            settings.surroundings.zones,
            goals,
            access,
            self._orders,
            bool(given.enable_topic),
            given.host,
            given.port,
            self.get_logger().warning,
            settings.timing.joint_state_timeout,
            lambda: known_policies(split_folders(given.policies)),
        )
        self._goals_of = policy.metadata if policy else None
        self._kinematics = ToldKinematics(
            self, arm, given, self._page.take_kinematics, lambda: False, describe=frames.describe
        )
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(PERIOD, self._look, clock=steady)
        self.create_timer(SLOW_PERIOD, self._look_at_the_recording, clock=steady)
        token = f"; token for those who may command: {access.token}" if access.token else ""
        self.get_logger().info(f"open http://{given.host}:{self._page.port}{token}")

    def leave(self) -> None:
        """Nothing is held any more, and nothing is served."""
        self._orders.leave()
        self._page.close()

    def _make_ghost(self, arm: Arm) -> Optional[Ghost]:
        """The simulated twin; None, with a sentence, where this machine has no MuJoCo."""
        try:
            from rl_manip_cockpit.twin.ghost import Ghost
        except ImportError:
            self.get_logger().info("no simulated twin: MuJoCo is not installed here")
            return None
        return Ghost(arm)

    def _look(self) -> None:
        now = time.monotonic()
        seen = self._link.look(now)
        seen = replace(seen, recorder=self._recorder, bag_bytes=self._bag_bytes)
        if self._ghost is not None:
            self._ghost.follow(seen.state, self._link.commands, now)
            seen = replace(seen, twin=self._ghost.position)
        self._take_policy(seen.loaded)
        self._orders.look(seen, self._link.object_position)
        self._page.show(seen, self._orders.note)

    def _take_policy(self, loaded: Optional[PolicyMetadata]) -> None:
        """Goals are such as the policy follows that is loaded now."""
        if loaded is not None and loaded != self._goals_of:
            self._goals_of = loaded
            self._goals.take_policy(loaded)
            self._page.take_goals()

    def _look_at_the_recording(self) -> None:
        recorded = self._link.is_recorded
        self._recorder = (self._bag.name if self._bag else "on") if recorded else ""
        self._bag_bytes = bag_bytes(self._bag)
        self._kinematics.look()


def main() -> int:
    """Runs the node until it is asked to end; 1 with a sentence where it cannot start."""
    return run_node(CockpitNode, SingleThreadedExecutor, _leave)


def _leave(node: CockpitNode, executor: Executor, reason: str) -> int:
    node.leave()
    return 0


if __name__ == "__main__":
    sys.exit(main())
