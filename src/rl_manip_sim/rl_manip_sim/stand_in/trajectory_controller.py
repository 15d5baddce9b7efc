"""A joint_trajectory_controller as ros2_controllers documents it, for the simulated arm.

A new trajectory replaces the old one at once. It begins at the controller's own desired state and
goes through its points along cubic splines of position and velocity. Its last point has to be at
rest; there the controller holds, whatever has become of the sender. Joints that turn without end
go to the first point by the shorter way.
Source: ros2_controllers (Jazzy), joint_trajectory_controller: "Trajectory Representation",
"Trajectory Replacement", parameters allow_nonzero_velocity_at_trajectory_end (false) and
angle_wraparound.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

import numpy as np

from rl_manip_description.kinematics.cubic_spline import between
from rl_manip_sim.stand_in.position_controller import whole_turns


class TrajectoryPoint(NamedTuple):
    """Where the joints are to be at a time."""

    time_from_start: float  # [s]
    position: Sequence[float]  # (n,) [rad]
    velocity: Sequence[float]  # (n,) [rad/s]


class TrajectoryController:
    """Desired positions over time.

    Args:
        position: of the joints now, (n,) [rad].
        endless: which of them turn without end, (n,) bool; none: no joint.
    """

    def __init__(self, position: np.ndarray, endless: Optional[np.ndarray] = None) -> None:
        self._endless = np.zeros(len(position), bool) if endless is None else endless
        self.hold(position)

    def hold(self, position: np.ndarray) -> None:
        """Stays at a position (n,) [rad], as after activation."""
        rest = np.zeros_like(position)
        self._time = np.array([0.0])
        self._position, self._velocity = position[None].copy(), rest[None]

    def take(self, points: Sequence[TrajectoryPoint], now: float) -> str:
        """Follows a trajectory from `now` [s] on; why it was refused, or nothing."""
        if refusal := self._refusal(points):
            return refusal
        position, velocity = self.desired(now)
        self._time = np.array([now, *(now + point.time_from_start for point in points)])
        turns = whole_turns(np.array(points[0].position), position, self._endless)
        there = [np.array(point.position) + turns for point in points]
        self._position = np.array([position, *there])
        self._velocity = np.array([velocity, *(point.velocity for point in points)])
        return ""

    def desired(self, now: float) -> tuple:
        """Position [rad] and velocity [rad/s] at a time, each (n,)."""
        after = int(np.searchsorted(self._time, now, side="right"))
        if after == len(self._time):
            return self._position[-1], np.zeros_like(self._position[-1])
        before = after - 1
        length = self._time[after] - self._time[before]
        share = (now - self._time[before]) / length
        first, second = ((self._position[i], self._velocity[i]) for i in (before, after))
        return between(first, second, length, share)

    def _refusal(self, points: Sequence[TrajectoryPoint]) -> Optional[str]:
        n = self._position.shape[1]
        if not points:
            return "a trajectory without points"
        times = np.array([point.time_from_start for point in points])
        if times[0] <= 0.0 or np.any(np.diff(times) <= 0.0):
            return f"times do not rise: {times.tolist()}"
        for point in points:
            for values in (point.position, point.velocity):
                if len(values) != n or not np.all(np.isfinite(values)):
                    return f"{n} finite numbers expected, got {list(values)}"
        if np.any(points[-1].velocity):
            return f"the last point is not at rest: {list(points[-1].velocity)}"
        return None
