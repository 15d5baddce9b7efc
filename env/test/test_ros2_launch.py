"""`ros2 launch`, as far as this workspace brings it."""

from __future__ import annotations

import importlib.util
import signal

import pytest

from ros2_process import Ros2Process

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("rl_manip_ros2launch") is None, reason="the real ros2 launch is here"
)

LAUNCH_FILE = """
import sys
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess, LogInfo
from launch.substitutions import LaunchConfiguration

def generate_launch_description():
    script = "import time; print('child runs', flush=True); time.sleep(60)"
    return LaunchDescription([
        DeclareLaunchArgument("arm", default_value="ur5e", choices=["ur5e", "ur10e"],
                              description="The arm"),
        DeclareLaunchArgument("goals", description="How many"),
        LogInfo(msg=["arm is ", LaunchConfiguration("arm")]),
        ExecuteProcess(cmd=[sys.executable, "-c", script], output="screen"),
    ])
"""


@pytest.fixture
def launch_file(tmp_path):
    path = tmp_path / "test.launch.py"
    path.write_text(LAUNCH_FILE)
    return path


def run(*arguments) -> tuple[int, str]:
    with Ros2Process("launch", *arguments) as process:
        return process.finish()


def test_interrupt_ends_the_children_too(launch_file):
    with Ros2Process("launch", launch_file, "goals:=3", "arm:=ur10e") as process:
        process.wait_for("arm is ur10e")
        process.wait_for("child runs")
        code, output = process.finish(signal.SIGINT)
    assert "user interrupted with ctrl-c" in output
    assert "process has died" in output or "process has finished" in output
    assert code == 0


INTERRUPTED_FILE = """
import os, signal
from launch import LaunchDescription
from launch.actions import LogInfo, OpaqueFunction

def interrupt(context):
    os.kill(os.getpid(), signal.SIGINT)

def generate_launch_description():
    return LaunchDescription([OpaqueFunction(function=interrupt), LogInfo(msg="went on")])
"""


def test_an_interrupt_tears_no_event(tmp_path):
    path = tmp_path / "interrupted.launch.py"
    path.write_text(INTERRUPTED_FILE)
    code, output = run(path)
    assert "user interrupted with ctrl-c" in output
    assert "went on" in output
    assert code == 0


def test_show_args(launch_file):
    code, output = run("-s", launch_file)
    assert code == 0
    assert "'arm':" in output
    assert "Valid choices are: ['ur5e', 'ur10e']" in output
    assert "(default: 'ur5e')" in output


def test_print_description(launch_file):
    code, output = run("--print", launch_file)
    assert code == 0
    assert "DeclareLaunchArgument" in output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("no_such_package", "a.launch.py"), "Package 'no_such_package' not found"),
        (("rl_manip_description", "no.launch.py"), "file 'no.launch.py' was not found in package"),
        (("no_such_file.launch.py",), "'no_such_file.launch.py' is not a launch file"),
        (("{file}", "goals=3"), "malformed launch argument 'goals=3'"),
    ],
)
def test_a_wrong_word_is_one_sentence(launch_file, arguments, sentence):
    code, output = run(*(word.format(file=launch_file) for word in arguments))
    assert code == 1
    assert sentence in output
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [((), "goals"), (("goals:=1", "arm:=banana"), "banana")],
)
def test_a_wrong_argument_fails(launch_file, arguments, sentence):
    code, output = run(launch_file, *arguments)
    assert code == 1
    assert sentence in output
