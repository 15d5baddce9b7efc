"""What deploy_real.launch.py hands to the UR driver; a stand-in takes the documented arguments."""

import importlib.util
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from ur_driver_stand_in import ARGUMENTS, REQUIRED, UR_TYPES, write_stand_in

from rl_manip_deploy.launch_arguments import DEPLOY_ARGUMENTS, plan_deployment
from rl_manip_description import load_arm
from ros2_process import Ros2Process

ROOT = Path(__file__).resolve().parents[2]


def given_to_the_driver(tmp_path, distribution, *arguments):
    """Arguments with which ur_control.launch.py runs."""
    prefix = tmp_path / "prefix"
    write_stand_in(prefix, distribution)
    environment = {
        "AMENT_PREFIX_PATH": f"{prefix}{os.pathsep}{os.environ['AMENT_PREFIX_PATH']}",
        "ROS_DISTRO": distribution,
    }
    common = ("robot_ip:=192.0.2.1", "record:=false", f"run_dir:={tmp_path}/run")
    words = ("launch", "rl_manip", "deploy_real.launch.py", *common, *arguments)
    with Ros2Process(*words, **environment) as launch:
        line = launch.wait_for("ur_control was given ")
        launch.finish(signal.SIGINT)
    return json.loads(line.split("ur_control was given ")[1])


def test_the_driver_starts_with_the_velocity_controller(tmp_path):
    given = given_to_the_driver(tmp_path, "jazzy", "arm:=ur10e")
    assert given["ur_type"] == "ur10e"
    assert given["robot_ip"] == "192.0.2.1"
    assert given["initial_joint_controller"] == "forward_velocity_controller"
    assert given["activate_joint_controller"] == "true"
    assert given["headless_mode"] == "false"
    assert given["use_mock_hardware"] == "false"
    assert given["tf_prefix"] == "default"  # ros2 launch takes no empty value


def test_prefix_headless_mode_and_mock_hardware_are_passed_by_their_names_on_humble(tmp_path):
    given = given_to_the_driver(
        tmp_path,
        "humble",
        "arm:=ur3e",
        "tf_prefix:=left_",
        "headless_mode:=true",
        "use_mock_hardware:=true",
    )
    assert given["ur_type"] == "ur3e"
    assert given["tf_prefix"] == "left_"
    assert given["headless_mode"] == "true"
    assert given["use_fake_hardware"] == "true"


@pytest.mark.parametrize(
    ("distribution", "arm"),
    [
        *((d, arm) for d in ("humble", "jazzy") for arm in ("ur3e", "ur5e", "ur8long", "ur15")),
        *(("jazzy", arm) for arm in ("ur7e", "ur10e", "ur12e", "ur16e", "ur18", "ur20", "ur30")),
    ],
)
def test_nothing_is_passed_that_the_driver_does_not_document(
    tmp_path, monkeypatch, distribution, arm
):
    write_stand_in(tmp_path, distribution)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    monkeypatch.setenv("ROS_DISTRO", distribution)
    passed = arguments_for(
        distribution, arm=arm, kinematics_params_file="/home/me/mine.yaml", run_dir=tmp_path / "run"
    )
    assert set(passed) <= {*REQUIRED, *ARGUMENTS[distribution]}
    assert passed["ur_type"] == arm
    assert arm in UR_TYPES
    assert passed["kinematics_params_file"] == "/home/me/mine.yaml"


def arguments_for(distribution, arm, command_port="auto", kinematics_params_file="", **given):
    """What the launch file would hand to the arm's driver."""
    spec = importlib.util.spec_from_file_location("d", ROOT / "launch" / "deploy_real.launch.py")
    launch_file = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(launch_file)
    values = {name: default for name, (default, _) in DEPLOY_ARGUMENTS.items()}
    values.update(arm=arm, policy="none", robot_ip="192.0.2.1", command_port=command_port)
    values.update({name: str(value) for name, value in given.items()})
    plan = plan_deployment(values, ROOT / "policies")
    plan = replace(plan, kinematics_params_file=kinematics_params_file)
    return launch_file.driver_arguments(plan, load_arm(arm).driver, distribution)


def test_other_makers_drivers_are_given_what_their_launch_files_declare(tmp_path):
    """gen3.launch.py, franka.launch.py, xarm7_control_rviz_display.launch.py."""
    run_dir = tmp_path / "run"
    gen3 = arguments_for("jazzy", "gen3", run_dir=run_dir)
    assert gen3 == {
        "robot_ip": "192.0.2.1",
        "dof": "7",
        "robot_controller": "joint_trajectory_controller",
        "launch_rviz": "false",
        "use_fake_hardware": "false",
    }
    assert arguments_for("jazzy", "gen3_6", run_dir=run_dir) == {**gen3, "dof": "6"}
    fr3 = arguments_for("jazzy", "fr3", run_dir=run_dir)
    assert fr3 == {
        "robot_type": "fr3",
        "robot_ip": "192.0.2.1",
        "load_gripper": "false",
        "use_fake_hardware": "false",
    }
    xarm7 = arguments_for("jazzy", "xarm7", tf_prefix="left_", run_dir=run_dir)
    assert xarm7 == {"robot_ip": "192.0.2.1", "prefix": "left_", "velocity_control": "true"}


@pytest.mark.parametrize(
    ("arm", "port", "others"),
    [("gen3", "velocity", "trajectory"), ("xarm7", "position", "velocity or trajectory")],
)
def test_a_port_without_controller_is_refused_before_anything_starts(tmp_path, arm, port, others):
    said = f"'{port}', but .* names no controller for it: give {others}, or"
    with pytest.raises(ValueError, match=said):
        arguments_for("jazzy", arm, port, run_dir=tmp_path / "run")
