"""The genuine UR driver on genuine ros2_control, with mock hardware, where both are installed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

from ament_index_python.packages import get_packages_with_prefixes
from arm_watch import DEADLINE, ArmWatch
from launched_stack import LaunchBesideDriver, LaunchedStack

NEEDED = {"ur_robot_driver", "controller_manager", "joint_trajectory_controller"}
CONTROLLERS = {
    "velocity": "forward_velocity_controller",
    "trajectory": "scaled_joint_trajectory_controller",
    "position": "forward_position_controller",
}
NO_ROBOT = "192.0.2.1"  # an address for documentation (RFC 5737): mock hardware asks nobody


def missing() -> str:
    """What of it is not installed, in a sentence; empty where all is there."""
    absent = sorted(NEEDED - set(get_packages_with_prefixes()))
    return f"needs {', '.join(absent)}: install ros-$ROS_DISTRO-ur" if absent else ""


class LaunchBesideGenuineDriver(LaunchBesideDriver):
    """deploy_real.launch.py beside a driver that runs apart, with the controller of a port."""

    def __init__(self, watch: ArmWatch, command_port: str = "velocity") -> None:
        super().__init__(watch, command_port)
        # it never says that a robot program runs
        self.arguments = (*self.arguments, "use_mock_hardware:=true")

    def __enter__(self) -> LaunchBesideGenuineDriver:
        humble = os.environ.get("ROS_DISTRO") == "humble"
        mock = "use_fake_hardware" if humble else "use_mock_hardware"
        self._driver = subprocess.Popen(
            ["ros2", "launch", "ur_robot_driver", "ur_control.launch.py", "ur_type:=ur5e"]
            + [f"robot_ip:={NO_ROBOT}", f"{mock}:=true", "launch_rviz:=false"]
            + [f"initial_joint_controller:={CONTROLLERS[self._port]}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.watch.wait_until(lambda: self.watch.states, "the driver publishes joint states")
        return self

    def __exit__(self, *exits: object) -> None:
        LaunchedStack.__exit__(self, *exits)
        os.killpg(self._driver.pid, signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._driver.wait(DEADLINE / 4.0)
        # ros2_control_node hangs in some of its ends
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._driver.pid, signal.SIGKILL)
        self._driver.wait()
