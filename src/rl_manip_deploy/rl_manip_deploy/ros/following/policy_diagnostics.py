"""What the policy node says of itself: on /diagnostics, and in the log why an arm stands still."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from rclpy.node import Node

from rl_manip_deploy.policy.goal_follower import GoalFollower
from rl_manip_ros.diagnostic_report import ERROR, OK, WARN, diagnostic_report
from rl_manip_ros.durations import Durations
from rl_manip_ros.endpoints import publisher
from rl_manip_ros.interfaces import DIAGNOSTICS


class PolicyDiagnostics:
    """Keeps how punctual the control steps are, and tells it with the state of the follower."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._diagnostics = publisher(node, DIAGNOSTICS)
        self._trouble_told = ""
        self.start_over()

    def start_over(self) -> None:
        """Counts control steps from now on."""
        self._period_error = Durations()
        self._missed = 0

    def add_step(self, late: float, period: float) -> None:
        """Takes by how much a control step is late, and what the steps are apart [s]."""
        self._period_error.add(abs(late))
        self._missed += late > period

    def tell_trouble(self, follower: GoalFollower, now: float) -> None:
        """Says once why an arm that has a goal does not move, and when it goes on."""
        if follower.goal.position is None:
            self._trouble_told = ""
            return
        trouble = follower.trouble(now)
        # the age in it changes with each step
        if bool(trouble) != bool(self._trouble_told):
            if trouble:
                self._node.get_logger().warning(f"holding still: {trouble}")
            else:
                self._node.get_logger().info("going on")
        self._trouble_told = trouble

    def report(self, follower: Optional[GoalFollower], now: float) -> None:
        """Publishes the state of a follower that acts; None where the node is not active."""
        level, message, values = WARN, "not active", {}
        if follower is not None:
            level, message = _state(follower, now)
            values = self._values(follower)
        self._diagnostics.publish(diagnostic_report(self._node, level, message, values))

    def _values(self, follower: GoalFollower) -> Dict[str, object]:
        values: Dict[str, object] = {"deadlines missed": self._missed}
        for what, durations in (
            ("period error", self._period_error),
            ("joint state age", follower.state_age),
            ("inference", follower.inference),
        ):
            values.update({f"{what} {k} [ms]": v for k, v in durations.summary().items()})
        for name, share in follower.outside_shares().items():
            values[f"{name} outside training range [1]"] = f"{share:.4f}"
        return values


def _state(follower: GoalFollower, now: float) -> Tuple[bytes, str]:
    """Level and message for a follower that acts."""
    trouble = follower.trouble(now)
    message = f"holding still: {trouble}" if trouble else "following a goal"
    if follower.rests:
        message = "resting at its goal"
    if not follower.has_fresh_state(now):
        return ERROR, message
    return WARN if trouble and follower.goal.position is not None else OK, message
