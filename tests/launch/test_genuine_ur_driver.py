"""Against the genuine UR driver on mock hardware, where it is installed; else skipped.

With ROS 2 from PyPI there is no ros2_control: these tests are for a machine that has the driver.
"""

import json

import numpy as np
import pytest
from arm_watch import ArmWatch
from genuine_ur_driver import CONTROLLERS, NO_ROBOT, LaunchBesideGenuineDriver, missing
from injection import FORBEARANCE, stop_of_a_moving_arm
from terminal_faults import PORT_FAULTS, TERMINAL_FAULTS

from ros2_process import Ros2Process

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.mark.parametrize("port", CONTROLLERS)
def test_goals_are_met(tmp_path, port):
    arguments = [f"command_port:={port}", "goals:=10", "auto_arm:=true", "record:=false"]
    driver = [f"robot_ip:={NO_ROBOT}", "use_mock_hardware:=true", f"run_dir:={tmp_path}/run"]
    with Ros2Process("launch", "rl_manip", "evaluate.launch.py", *driver, *arguments) as launch:
        code, said = launch.finish()
    assert code == 0, said
    evaluation = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert evaluation["successes"] >= 9, said


BY_PORT = {"velocity": TERMINAL_FAULTS, **PORT_FAULTS}


@pytest.mark.parametrize(
    ("port", "fault"), [(port, fault) for port, faults in BY_PORT.items() for fault in faults]
)
def test_a_launch_that_ends_in_any_way_leaves_the_arm_at_rest(port, fault):
    known = BY_PORT[port][fault]
    with ArmWatch() as watch, LaunchBesideGenuineDriver(watch, port) as stack:
        stop = stop_of_a_moving_arm(known, stack, np.random.default_rng(0))
    assert stop.rest <= FORBEARANCE * known.bound.rest
