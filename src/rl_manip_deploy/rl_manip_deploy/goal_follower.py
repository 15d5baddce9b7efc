"""What the policy node does in each control step, without ROS: joint state and goal -> command."""

from __future__ import annotations

import math
import time
from typing import Optional, Sequence

import numpy as np

from rl_manip_deploy.durations import Durations
from rl_manip_deploy.joint_order import JointNamesError, JointOrder
from rl_manip_deploy.policy_file import Policy
from rl_manip_description import HalfShell


class GoalFollower:
    """Runs a policy towards the current goal; holds still (zero velocity) where there is none.

    All times are the receiver's steady clock, in seconds.
    """

    def __init__(self, policy: Policy, joint_prefix: str = "", state_timeout: float = 0.05) -> None:
        metadata = policy.metadata
        self.policy = policy
        self.goal: Optional[np.ndarray] = None  # (3,) [m] in the base frame
        self.inference = Durations()
        self.state_age = Durations()
        self._order = JointOrder(metadata.joint_names, joint_prefix)
        self._base_frame = joint_prefix + metadata.base_frame
        self._region = HalfShell.from_dict(metadata.goal_region)
        self._state_timeout = state_timeout
        self._position = self._velocity = np.zeros(len(metadata.joint_names))
        self._received = -math.inf
        self._outside = {spec.name: 0 for spec in metadata.inputs}
        self._steps = 0

    def on_joint_state(
        self,
        names: Sequence[str],
        position: Sequence[float],
        velocity: Sequence[float],
        now: float,
    ) -> None:
        """Takes a joint state [rad, rad/s] by name; one that is not whole and finite is no news."""
        if not self._order.concerns(names):
            return
        try:
            measured = self._order.pick(names, position, "positions")
            speed = self._order.pick(names, velocity, "velocities")
        except (JointNamesError, TypeError, ValueError):
            return
        if np.all(np.isfinite(measured)) and np.all(np.isfinite(speed)):
            self._position, self._velocity, self._received = measured, speed, now

    def has_fresh_state(self, now: float) -> bool:
        """Whether the joint state is recent enough to act on."""
        return now - self._received <= self._state_timeout

    def set_goal(self, frame: str, position: Sequence[float]) -> str:
        """Takes a goal [m]; returns why it was refused, empty where it was taken."""
        if frame != self._base_frame:
            return (
                f"goal in frame {frame!r} refused: give it in {self._base_frame!r} "
                "(the pendant's 'base' is that frame turned by 180 degrees about z)"
            )
        goal = np.asarray(position, dtype=float)
        if not np.all(np.isfinite(goal)):
            return f"goal {goal.tolist()} refused: its position is not finite"
        self.goal = goal
        return ""

    def is_familiar(self, goal) -> bool:
        """Whether a goal [m] lies in the region trained in."""
        return bool(self._region.contains(goal))

    def act(self, now: float) -> np.ndarray:
        """Joint velocities to ask for, (n,) [rad/s]; zeros without goal or fresh joint state.

        Raises:
            PolicyFileError: the policy returned something that is not finite.
        """
        if self.goal is None or not self.has_fresh_state(now):
            return np.zeros_like(self._position)
        self.state_age.add(now - self._received)
        start = time.perf_counter()
        command = self.policy.act(self._position, self._velocity, self.goal)
        self.inference.add(time.perf_counter() - start)
        self._count_outside()
        return command

    def outside_shares(self) -> dict:
        """Share of steps with the input outside its training range, per input [1]."""
        return {name: count / max(self._steps, 1) for name, count in self._outside.items()}

    def _count_outside(self) -> None:
        seen = {
            "joint_position": self._position,
            "joint_velocity": self._velocity,
            "goal_position": self.goal,
        }
        self._steps += 1
        for spec in self.policy.metadata.inputs:
            if spec.low is not None and spec.high is not None:
                value = seen[spec.name]
                self._outside[spec.name] += bool(
                    np.any(value < spec.low) or np.any(value > spec.high)
                )
