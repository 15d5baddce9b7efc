"""Where goals come to the policy node, and where it says what becomes of them.

in   /goal_pose geometry_msgs/PoseStamped, in any frame that connects to the base ·
     service ~/drop_goal std_srvs/Trigger
out  ~/goal std_msgs/String (latched): what became of the last goal, see `GoalWord` ·
     ~/frames std_msgs/String (latched): the file of frames that it was started with
"""

from __future__ import annotations

import time
from typing import Callable, Optional

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger

from rl_manip_deploy.frames.pose_frames import GOAL
from rl_manip_deploy.policy.goals.goal_word import Fate, GoalWord
from rl_manip_deploy.ros.following.followed_policy import FollowedPolicy
from rl_manip_deploy.ros.robot.pose_messages import age_of, stamp_of
from rl_manip_deploy.ros.robot.told_frames import ToldFrames
from rl_manip_ros.endpoints import publisher, serve, subscription
from rl_manip_ros.interfaces import DROP_GOAL, GOAL_POSE, POLICY_FRAMES, POLICY_GOAL


class GoalPort:
    """Hands goals to the policy that acts.

    Args:
        node: hears and tells.
        acting: the policy that acts now; None while none does.
        frames: in which goals may be given.
    """

    def __init__(
        self, node: Node, acting: Callable[[], Optional[FollowedPolicy]], frames: ToldFrames
    ) -> None:
        self._node, self._acting, self._frames = node, acting, frames
        self._told = publisher(node, POLICY_GOAL)
        self._told_frames = publisher(node, POLICY_FRAMES)
        if written := frames.written:
            self._told_frames.publish(String(data=written))
        self._stamp = 0  # of the goal that was taken, or waits
        subscription(node, GOAL_POSE, self._on_goal)
        serve(node, DROP_GOAL, self._on_drop)

    def on_guard_state(self, followed: FollowedPolicy, state: str) -> None:
        """Passes on what the guard says of itself: a goal may be dropped, or begun."""
        if said := followed.on_guard_state(state):
            self._node.get_logger().warning(said)
            has_goal = followed.follower.goal.position is not None
            self._tell(Fate.TAKEN if has_goal else Fate.DROPPED, self._stamp, said)

    def drop(self, followed: FollowedPolicy, reason: str) -> bool:
        """Ends the goal, and one that waits; whether there was any."""
        had_goal = followed.follower.has_goal(time.monotonic())
        followed.follower.forget_goal()
        if had_goal:
            self._tell(Fate.DROPPED, self._stamp, reason)
        return had_goal

    def _on_goal(self, message: PoseStamped) -> None:
        stamp = stamp_of(message)
        followed = self._acting()
        if followed is None:
            self._refuse(stamp, "goal refused: the policy is not active")
            return
        follower = followed.follower
        now = time.monotonic()
        # once, as it comes: a frame that moves afterwards does not take the goal along
        located = self._frames.locate(GOAL, message, follower.arm_state.stamped, now)
        sent_ago = age_of(stamp, self._node.get_clock().now().nanoseconds)
        refusal = located.refusal or follower.take_goal(*located[:2], now, sent_ago)
        if refusal:
            self._refuse(stamp, refusal)
            return
        self._stamp = stamp
        goal = follower.goal.position
        if goal is None:
            said = "the goal waits until the guard is armed"
            self._tell(Fate.WAITS, stamp, said)
        else:
            strange = "" if follower.is_familiar(goal) else " outside the region trained in"
            frame = message.header.frame_id
            given = "" if frame == self._frames.base else f", given in {frame!r}"
            said = f"goal {goal.round(3).tolist()} m{strange}{given}"
            self._tell(Fate.TAKEN, stamp)
        self._node.get_logger().info(said)

    def _on_drop(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        followed = self._acting()
        response.success = True
        response.message = "there was no goal"
        if followed is not None and self.drop(followed, "dropped by request"):
            response.message = "the goal is dropped: zero velocity is asked for"
            self._node.get_logger().info("goal dropped by request")
        return response

    def _refuse(self, stamp: int, reason: str) -> None:
        self._node.get_logger().warning(reason)
        self._tell(Fate.REFUSED, stamp, reason)

    def _tell(self, fate: Fate, stamp: int, reason: str = "") -> None:
        self._told.publish(String(data=GoalWord(fate, stamp, reason).text()))
