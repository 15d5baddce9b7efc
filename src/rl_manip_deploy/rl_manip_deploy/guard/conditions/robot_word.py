"""What robot, driver and ROS graph say of themselves: whether the arm would follow, and only us."""

from __future__ import annotations

import math
from typing import Dict, Optional

# ur_dashboard_msgs: RobotMode.RUNNING; SafetyMode.NORMAL and REDUCED.
ROBOT_MODES = {
    -1: "no controller",
    0: "disconnected",
    1: "confirm safety",
    2: "booting",
    3: "power off",
    4: "power on",
    5: "idle",
    6: "backdrive",
    7: "running",
    8: "updating firmware",
}
SAFETY_MODES = {
    1: "normal",
    2: "reduced",
    3: "protective stop",
    4: "recovery",
    5: "safeguard stop",
    6: "system emergency stop",
    7: "robot emergency stop",
    8: "violation",
    9: "fault",
    10: "validating joint ids",
    11: "undefined",
    12: "automatic mode safeguard stop",
    13: "three-position enabling stop",
}
_RUNNING = 7
_SAFE = (1, 2)


class RobotWord:
    """Collects facts that others tell; each says in `trouble` why the arm must not move.

    Args:
        says_program: whether this driver tells if the robot program runs. Mock hardware does not.
    """

    def __init__(self, says_program: bool = True) -> None:
        self.scaling = 1.0
        """Share of full speed that the robot allows, in [0, 1]."""
        self._program: Optional[bool] = None if says_program else True
        self._troubles: Dict[str, str] = {}

    def on_program_running(self, running: bool) -> str:
        """Takes the driver's word on whether the robot follows; returns what is wrong."""
        self._program = bool(running)
        return "" if running else "robot program is not running"

    def on_speed_scaling(self, scaling: float) -> str:
        """Takes the robot's speed scaling [1]; returns what is wrong."""
        if math.isfinite(scaling) and scaling > 0.0:
            self.scaling = min(float(scaling), 1.0)
            return ""
        self.scaling = 0.0
        return f"speed scaling is {scaling}"

    def on_controller(self, active: Optional[bool], name: str) -> str:
        """Takes whether the controller of that name is active, None where nobody knows."""
        wrong = (
            f"controller {name} is not active: "
            f"activate it, ros2 control switch_controllers --activate {name}"
        )
        return self._note("controller", wrong if active is False else "")

    def on_publishers(self, requesters: int, other_commanders: int) -> str:
        """Takes how many publish requests, and how many others publish the controller's commands.

        Args:
            requesters: publishers of the request topic.
            other_commanders: publishers of the controller's command topic other than this guard
                and its watchdog.
        """
        wrong = ""
        if other_commanders > 0:
            wrong = (
                f"{other_commanders} other node(s) publish to the controller: end them, "
                "`ros2 topic info -v` on its topic names them"
            )
        elif requesters > 1:
            wrong = (
                f"{requesters} nodes publish requests: end all but one, `ros2 topic info -v` on "
                "the request topic names them"
            )
        return self._note("publishers", wrong)

    def on_robot_mode(self, mode: int) -> str:
        """Takes ur_dashboard_msgs/RobotMode."""
        said = ROBOT_MODES.get(mode, str(mode))
        return self._note("robot", "" if mode == _RUNNING else f"robot mode is {said}")

    def on_safety_mode(self, mode: int) -> str:
        """Takes ur_dashboard_msgs/SafetyMode."""
        said = SAFETY_MODES.get(mode, str(mode))
        return self._note("safety", "" if mode in _SAFE else f"safety mode is {said}")

    def trouble(self) -> str:
        """Why the arm must not move; empty where nobody knows a reason."""
        if self._program is None:
            return "nobody says that the robot program is running"
        if not self._program:
            return "robot program is not running"
        if self.scaling == 0.0:
            return "speed scaling is zero"
        return next((wrong for wrong in self._troubles.values() if wrong), "")

    def _note(self, what: str, wrong: str) -> str:
        self._troubles[what] = wrong
        return wrong
